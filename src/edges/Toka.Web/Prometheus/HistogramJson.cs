using System.Text.Json;
using Toka.Core.Samples;

namespace Toka.Web.Prometheus;

/// <summary>
/// Native histograms in JSON: count, sum, and each bucket that has observations as [rule, lower, upper, count], ascending.
/// The rule says which bounds belong to the bucket: 0 the upper, 1 the lower, 2 none, 3 both.
/// Source: Prometheus 3, "HTTP API: Native histograms".
/// </summary>
internal static class HistogramJson
{
    /// <summary>Writes a histogram as an object.</summary>
    public static void Write(Utf8JsonWriter json, NativeHistogram histogram)
    {
        json.WriteStartObject();
        json.WritePropertyName("count"u8);
        ResultWriter.WriteNumber(json, histogram.Count);
        json.WritePropertyName("sum"u8);
        ResultWriter.WriteNumber(json, histogram.Sum);
        var any = false;
        foreach (var bucket in HistogramBuckets.Enumerate(histogram))
        {
            if (!any)
            {
                json.WriteStartArray("buckets"u8);
                any = true;
            }

            WriteBucket(json, bucket);
        }

        if (any)
        {
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteBucket(Utf8JsonWriter json, in HistogramBucket bucket)
    {
        json.WriteStartArray();
        json.WriteNumberValue(bucket.Boundaries);
        ResultWriter.WriteNumber(json, bucket.Lower);
        ResultWriter.WriteNumber(json, bucket.Upper);
        ResultWriter.WriteNumber(json, bucket.Count);
        json.WriteEndArray();
    }
}
