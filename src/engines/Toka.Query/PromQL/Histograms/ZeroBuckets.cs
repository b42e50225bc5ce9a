using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>Zero buckets of different width, which histograms must share before they can be joined or compared.</summary>
/// <remarks>Source: Prometheus 3, FloatHistogram: a zero bucket grows until it ends in no bucket that has observations.</remarks>
internal static class ZeroBuckets
{
    /// <summary>The least threshold that both can have.</summary>
    public static double CommonThreshold(in HistogramView left, in HistogramView right)
    {
        var (first, second) = (left.Layout.ZeroThreshold, right.Layout.ZeroThreshold);
        while (true)
        {
            if (first < second)
            {
                first = Widened(left, second);
            }
            else if (second < first)
            {
                second = Widened(right, first);
            }
            else
            {
                return first;
            }
        }
    }

    /// <summary>The least threshold that a histogram can have from one wanted on.</summary>
    public static double Widened(in HistogramView histogram, double threshold)
    {
        double before;
        do
        {
            before = threshold;
            threshold = Widened(histogram.Layout, histogram.Layout.PositiveSpans, histogram.PositiveBuckets, threshold);
            threshold = Widened(histogram.Layout, histogram.Layout.NegativeSpans, histogram.NegativeBuckets, threshold);
        }
        while (threshold > before);
        return threshold;
    }

    private static double Widened(
        HistogramLayout layout, ReadOnlySpan<HistogramSpan> spans, ReadOnlySpan<double> counts, double threshold)
    {
        var cursor = new BucketCursor(spans, counts);
        while (cursor.MoveNext() && HistogramBuckets.UpperBound(layout, cursor.Index - 1) < threshold)
        {
            if (cursor.Count != 0)
            {
                threshold = Math.Max(threshold, HistogramBuckets.UpperBound(layout, cursor.Index));
            }
        }

        return threshold;
    }
}
