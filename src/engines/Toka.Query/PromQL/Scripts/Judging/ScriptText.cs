using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>Writes answers as scripts write them.</summary>
internal static class ScriptText
{
    /// <summary>More buckets than this are written with their indexes, which scripts cannot: histograms of a person's making are smaller.</summary>
    private const int BucketsInLineMax = 512;

    /// <summary>A number that reads back as the same.</summary>
    public static string Number(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? (value > 0 ? "+Inf" : "-Inf")
        : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A number or a histogram.</summary>
    public static string Value(double number, NativeHistogram? histogram) => histogram is null ? Number(number) : Histogram(histogram);

    public static string Point(in ScriptPoint point) => point.Kind switch
    {
        PointKind.Gap => "_",
        PointKind.Stale => "stale",
        _ => Value(point.Number, point.Histogram),
    };

    public static string Time(long ms) => NumberFormat.PrintDuration(ms);

    public static string Labels(LabelSet labels) => labels.IsEmpty ? "{}" : labels.ToString();

    public static string Histogram(NativeHistogram histogram)
    {
        var parts = new List<string>();
        var layout = histogram.Layout;
        Add("schema", layout.Schema);
        Add("count", histogram.Count);
        Add("sum", histogram.Sum);
        Add("z_bucket", histogram.ZeroCount);
        Add("z_bucket_w", layout.ZeroThreshold);
        if (layout.IsCustom)
        {
            parts.Add($"custom_values:[{string.Join(' ', layout.CustomValues.ToArray().Select(Number))}]");
        }

        AddHint(parts, histogram.ResetHint);
        AddBuckets(parts, "offset", "buckets", layout.PositiveSpans, histogram.PositiveBuckets);
        AddBuckets(parts, "n_offset", "n_buckets", layout.NegativeSpans, histogram.NegativeBuckets);
        return $"{{{{{string.Join(' ', parts)}}}}}";

        void Add(string key, double value)
        {
            if (value != 0)
            {
                parts.Add($"{key}:{Number(value)}");
            }
        }
    }

    private static void AddHint(List<string> parts, HistogramResetHint hint)
    {
        var word = hint switch
        {
            HistogramResetHint.Reset => "reset",
            HistogramResetHint.NoReset => "not_reset",
            HistogramResetHint.Gauge => "gauge",
            _ => null,
        };
        if (word is not null)
        {
            parts.Add($"counter_reset_hint:{word}");
        }
    }

    private static void AddBuckets(List<string> parts, string offsetKey, string key, ReadOnlySpan<HistogramSpan> spans, ReadOnlySpan<double> counts)
    {
        var buckets = new ExponentialBuckets();
        buckets.Set(spans, counts);
        if (buckets.Count == 0)
        {
            return;
        }

        var first = buckets.Indexes[0];
        var length = (long)buckets.Indexes[^1] - first + 1;
        var text = new StringBuilder(key).Append(":[");
        if (length > BucketsInLineMax)
        {
            for (var i = 0; i < buckets.Count; i++)
            {
                text.Append(i == 0 ? "" : " ").Append(CultureInfo.InvariantCulture, $"{buckets.Indexes[i]}={Number(buckets.Counts[i])}");
            }
        }
        else
        {
            if (first != 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{offsetKey}:{first}"));
            }

            var at = 0;
            for (var index = first; index < first + length; index++)
            {
                var has = buckets.Indexes[at] == index;
                text.Append(index == first ? "" : " ").Append(Number(has ? buckets.Counts[at] : 0));
                at += has ? 1 : 0;
            }
        }

        parts.Add(text.Append(']').ToString());
    }
}
