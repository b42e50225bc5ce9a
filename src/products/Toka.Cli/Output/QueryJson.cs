using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.Results;

namespace Toka.Cli.Output;

/// <summary>The value of a query as the <c>data</c> of Prometheus's query API, so that the same tools read it.</summary>
internal static class QueryJson
{
    public static void Write(QueryResult result, TextWriter output)
    {
        using var buffer = new MemoryStream();

        // Read by programs and people, never put into HTML: label values stay as they are.
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            switch (result.Value)
            {
                case VectorValue vector:
                    json.WriteString("resultType", "vector");
                    WriteVector(json, vector);
                    break;
                case MatrixValue matrix:
                    json.WriteString("resultType", "matrix");
                    WriteMatrix(json, matrix);
                    break;
                case ScalarValue scalar:
                    json.WriteString("resultType", "scalar");
                    json.WritePropertyName("result");
                    WritePair(json, scalar.TimestampMs, Cells.Number(scalar.Value));
                    break;
                case StringValue text:
                    json.WriteString("resultType", "string");
                    json.WritePropertyName("result");
                    WritePair(json, text.TimestampMs, text.Value);
                    break;
                default:
                    throw new InvalidOperationException($"no JSON is described for {result.Value.GetType().Name}");
            }

            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void WriteVector(Utf8JsonWriter json, VectorValue vector)
    {
        json.WriteStartArray("result");
        foreach (var sample in vector.Samples)
        {
            json.WriteStartObject();
            WriteLabels(json, sample.Labels);
            if (sample.Histogram is { } histogram)
            {
                json.WritePropertyName("histogram");
                WriteHistogram(json, sample.TimestampMs, histogram);
            }
            else
            {
                json.WritePropertyName("value");
                WritePair(json, sample.TimestampMs, Cells.Number(sample.Value));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMatrix(Utf8JsonWriter json, MatrixValue matrix)
    {
        json.WriteStartArray("result");
        foreach (var series in matrix.Series)
        {
            json.WriteStartObject();
            WriteLabels(json, series.Labels);
            json.WriteStartArray("values");
            for (var i = 0; i < series.Timestamps.Length; i++)
            {
                WritePair(json, series.Timestamps.Span[i], Cells.Number(series.Values.Span[i]));
            }

            json.WriteEndArray();
            if (series.Histograms.Length > 0)
            {
                json.WriteStartArray("histograms");
                for (var i = 0; i < series.Histograms.Length; i++)
                {
                    WriteHistogram(json, series.HistogramTimestamps.Span[i], series.Histograms.Span[i]);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteHistogram(Utf8JsonWriter json, long timestampMs, NativeHistogram histogram)
    {
        json.WriteStartArray();
        json.WriteNumberValue((decimal)timestampMs / 1000);
        json.WriteStartObject();
        json.WriteString("count", Cells.Number(histogram.Count));
        json.WriteString("sum", Cells.Number(histogram.Sum));
        json.WriteStartArray("buckets");
        foreach (var bucket in HistogramBuckets.Enumerate(histogram))
        {
            json.WriteStartArray();
            json.WriteNumberValue(bucket.Boundaries);
            json.WriteStringValue(Cells.Number(bucket.Lower));
            json.WriteStringValue(Cells.Number(bucket.Upper));
            json.WriteStringValue(Cells.Number(bucket.Count));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteLabels(Utf8JsonWriter json, LabelSet labels)
    {
        json.WriteStartObject("metric");
        foreach (var label in labels)
        {
            json.WriteString(label.Name, label.Value);
        }

        json.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter json, long timestampMs, string value)
    {
        json.WriteStartArray();
        json.WriteNumberValue((decimal)timestampMs / 1000);
        json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
