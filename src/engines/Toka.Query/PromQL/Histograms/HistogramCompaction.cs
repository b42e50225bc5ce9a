using System.Runtime.InteropServices;
using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>Leaves out empty buckets, and writes the spans as few as there can be.</summary>
internal static class HistogramCompaction
{
    /// <summary>A compacted copy, or nothing where the histogram is compact.</summary>
    public static NativeHistogram? Compact(in HistogramView h)
    {
        var layout = h.Layout;
        var buckets = h.Buckets[..layout.BucketCount];
        if (!buckets.Contains(0) && AreCompact(layout.PositiveSpans) && AreCompact(layout.NegativeSpans))
        {
            return null;
        }

        var spans = new List<HistogramSpan>(layout.PositiveSpans.Length + layout.NegativeSpans.Length);
        var counts = new double[buckets.Length - buckets.Count(0)];
        var kept = 0;
        Add(new BucketCursor(layout.PositiveSpans, h.PositiveBuckets), 0, spans, counts, ref kept);
        var positive = spans.Count;
        Add(new BucketCursor(layout.NegativeSpans, h.NegativeBuckets), positive, spans, counts, ref kept);
        var all = CollectionsMarshal.AsSpan(spans);
        return NativeHistogram.Owning(
            new HistogramLayout(layout.Schema, layout.ZeroThreshold, all[..positive], all[positive..], layout.CustomValues),
            h.ResetHint, h.ZeroCount, h.Count, h.Sum, counts);
    }

    private static bool AreCompact(ReadOnlySpan<HistogramSpan> spans)
    {
        for (var i = 0; i < spans.Length; i++)
        {
            if (spans[i].Length <= 0 || (i > 0 && spans[i].Offset == 0))
            {
                return false;
            }
        }

        return true;
    }

    private static void Add(BucketCursor buckets, int first, List<HistogramSpan> spans, double[] counts, ref int kept)
    {
        var next = 0;
        while (buckets.MoveNext())
        {
            if (buckets.Count == 0)
            {
                continue;
            }

            if (spans.Count == first || buckets.Index != next)
            {
                spans.Add(new HistogramSpan(buckets.Index - next, 1));
            }
            else
            {
                spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
            }

            counts[kept++] = buckets.Count;
            next = buckets.Index + 1;
        }
    }
}
