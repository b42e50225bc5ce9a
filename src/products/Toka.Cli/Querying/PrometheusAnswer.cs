using System.Globalization;
using System.Text.Json;
using Toka.Core.Labels;
using Toka.Query.Results;

namespace Toka.Cli.Querying;

/// <summary>Reads the JSON of Prometheus's query API.</summary>
internal static class PrometheusAnswer
{
    /// <summary>Reads an answer whose status is success.</summary>
    /// <exception cref="JsonException">The document is not such an answer.</exception>
    public static QueryResult Read(JsonElement answer)
    {
        var data = answer.Get("data");
        var result = data.Get("result");
        QueryValue value = data.Get("resultType").Text() switch
        {
            "vector" => new VectorValue([.. result.Items().Select(ReadSample)]),
            "matrix" => new MatrixValue([.. result.Items().Select(ReadSeries)]),
            "scalar" => new ScalarValue(TimeOf(result), NumberOf(result)),
            "string" => new StringValue(TimeOf(result), TextOf(result)),
            _ => throw new JsonException("The answer has no result type."),
        };
        var statistics = data.Get("stats").Get("toka");
        return new QueryResult(
            value, Texts(answer.Get("warnings")), Texts(answer.Get("infos")),
            statistics.ValueKind == JsonValueKind.Object ? QueryProfileJson.Read(statistics) : new QueryStatistics(0, 0, default));
    }

    private static VectorSample ReadSample(JsonElement item)
    {
        if (item.Get("histogram") is { ValueKind: JsonValueKind.Array } histogram)
        {
            return new VectorSample(ReadLabels(item.Get("metric")), TimeOf(histogram), 0, HistogramAnswer.Read(Part(histogram, 1)));
        }

        var sample = item.Get("value");
        return new VectorSample(ReadLabels(item.Get("metric")), TimeOf(sample), NumberOf(sample));
    }

    private static MatrixSeries ReadSeries(JsonElement item)
    {
        var samples = item.Get("values").Items().ToArray();
        var histograms = item.Get("histograms").Items().ToArray();
        return new MatrixSeries(ReadLabels(item.Get("metric")), Array.ConvertAll(samples, TimeOf), Array.ConvertAll(samples, NumberOf))
        {
            HistogramTimestamps = Array.ConvertAll(histograms, TimeOf),
            Histograms = Array.ConvertAll(histograms, static pair => HistogramAnswer.Read(Part(pair, 1))),
        };
    }

    private static LabelSet ReadLabels(JsonElement metric)
    {
        var builder = new LabelSetBuilder();
        if (metric.ValueKind == JsonValueKind.Object)
        {
            foreach (var label in metric.EnumerateObject())
            {
                builder.Set(label.Name, label.Value.Text());
            }
        }

        return builder.Build();
    }

    private static JsonElement Part(JsonElement pair, int index) =>
        pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 ? pair[index] : throw new JsonException("A sample is not a pair.");

    private static long TimeOf(JsonElement pair) => (long)Math.Round(Part(pair, 0).Number(0) * 1000);

    private static string TextOf(JsonElement pair) => Part(pair, 1).Text();

    private static double NumberOf(JsonElement pair) => TextOf(pair) switch
    {
        "NaN" => double.NaN,
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new JsonException($"'{text}' is not a number."),
    };

    private static string[] Texts(JsonElement array) => [.. array.Items().Select(static item => item.Text())];
}
