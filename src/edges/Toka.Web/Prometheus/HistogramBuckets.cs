using Toka.Core.Samples;

namespace Toka.Web.Prometheus;

/// <summary>One bucket of a native histogram with its bounds.</summary>
/// <param name="Lower">The lower bound.</param>
/// <param name="Upper">The upper bound.</param>
/// <param name="LowerInclusive">Whether the lower bound belongs to it.</param>
/// <param name="UpperInclusive">Whether the upper bound belongs to it.</param>
/// <param name="Count">Its observations.</param>
internal readonly record struct HistogramBucket(double Lower, double Upper, bool LowerInclusive, bool UpperInclusive, double Count);

/// <summary>The buckets of a native histogram, ascending. Source: Prometheus, "Native histograms".</summary>
internal static class HistogramBuckets
{
    /// <summary>All buckets: the negative ones, the zero bucket, the positive ones.</summary>
    public static IEnumerable<HistogramBucket> Of(NativeHistogram histogram)
    {
        var layout = histogram.Layout;
        var negative = Indexes(layout.NegativeSpans.ToArray()).ToArray();
        for (var i = negative.Length - 1; i >= 0; i--)
        {
            var (lower, upper) = (-Bound(layout, negative[i]), -Bound(layout, negative[i] - 1));
            yield return new HistogramBucket(lower, upper, true, false, histogram.Buckets[layout.PositiveCount + i]);
        }

        if (!layout.IsCustom)
        {
            yield return new HistogramBucket(-layout.ZeroThreshold, layout.ZeroThreshold, true, true, histogram.ZeroCount);
        }

        var at = 0;
        foreach (var index in Indexes(layout.PositiveSpans.ToArray()))
        {
            var isFirst = layout.IsCustom && index == 0;
            yield return new HistogramBucket(Bound(layout, index - 1), Bound(layout, index), isFirst, true, histogram.Buckets[at++]);
        }
    }

    private static IEnumerable<int> Indexes(HistogramSpan[] spans)
    {
        var index = 0;
        foreach (var span in spans)
        {
            index += span.Offset;
            for (var i = 0; i < span.Length; i++)
            {
                yield return index++;
            }
        }
    }

    private static double Bound(HistogramLayout layout, int index)
    {
        if (!layout.IsCustom)
        {
            return ExponentialBuckets.UpperBound(index, layout.Schema);
        }

        return index < 0 ? double.NegativeInfinity : index < layout.CustomValues.Length ? layout.CustomValues[index] : double.PositiveInfinity;
    }
}
