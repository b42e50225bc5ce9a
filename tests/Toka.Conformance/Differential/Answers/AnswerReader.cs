using System.Globalization;
using System.Text.Json;
using Toka.Core.Labels;

namespace Toka.Conformance.Differential.Answers;

/// <summary>Reads what the HTTP interface answers to a query.</summary>
internal static class AnswerReader
{
    public static Answer Read(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (root.GetProperty("status").GetString() != "success")
        {
            return Answer.Failure(root.GetProperty("errorType").GetString()!, root.GetProperty("error").GetString()!);
        }

        var data = root.GetProperty("data");
        var type = data.GetProperty("resultType").GetString()!;
        var result = data.GetProperty("result");
        return new Answer("", "", type, type == "scalar" ? [Series(LabelSet.Empty, [result])] : [.. result.EnumerateArray().Select(Series)]);
    }

    private static AnswerSeries Series(JsonElement series)
    {
        var labels = new LabelSetBuilder();
        foreach (var label in series.GetProperty("metric").EnumerateObject())
        {
            labels.Set(label.Name, label.Value.GetString()!);
        }

        return Series(labels.Build(), series.TryGetProperty("values", out var values) ? [.. values.EnumerateArray()] : [series.GetProperty("value")]);
    }

    private static AnswerSeries Series(LabelSet labels, JsonElement[] points) => new(
        labels,
        [.. points.Select(static point => (long)(point[0].GetDecimal() * 1000))],
        [.. points.Select(static point => Number(point[1].GetString()!))]);

    private static double Number(string text) => text switch
    {
        "NaN" => double.NaN,
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
