using Toka.Core.Samples;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>Makes native histograms coarser until they have few enough buckets, far enough apart. Not thread-safe.</summary>
/// <remarks>Source: Prometheus, <c>native_histogram_bucket_limit</c> and <c>native_histogram_min_bucket_factor</c>.</remarks>
/// <param name="bucketsMax">The most buckets, both signs together, without the zero bucket; 0 for any number.</param>
/// <param name="factorMin">The least factor from one bound to the next; 0 for any.</param>
internal sealed class HistogramResolution(int bucketsMax, double factorMin)
{
    private readonly ExponentialBuckets _positive = new();
    private readonly ExponentialBuckets _negative = new();

    /// <summary>The finest schema whose bounds are a factor apart.</summary>
    /// <param name="factor">The least factor from one bound to the next; more than 1.</param>
    public static int SchemaOf(double factor)
    {
        var schema = HistogramLayout.SchemaMax;
        while (schema > HistogramLayout.SchemaMin && Math.Pow(2, Math.ScaleB(1, -schema)) < factor)
        {
            schema--;
        }

        return schema;
    }

    /// <summary>The histogram, coarser where it must be.</summary>
    /// <param name="histogram">The histogram.</param>
    /// <returns>Null where even the coarsest has too many buckets.</returns>
    public NativeHistogram? Fit(NativeHistogram histogram)
    {
        var layout = histogram.Layout;
        if (layout.IsCustom)
        {
            return bucketsMax == 0 || layout.BucketCount <= bucketsMax ? histogram : null;
        }

        var levels = factorMin > 1 ? Math.Max(0, layout.Schema - SchemaOf(factorMin)) : 0;
        while (levels > 0 || (bucketsMax > 0 && histogram.Layout.BucketCount > bucketsMax))
        {
            levels = Math.Max(1, levels);
            if (histogram.Layout.Schema - levels < HistogramLayout.SchemaMin)
            {
                return null;
            }

            histogram = Reduce(histogram, levels);
            levels = 0;
        }

        return histogram;
    }

    private NativeHistogram Reduce(NativeHistogram histogram, int levels)
    {
        var layout = histogram.Layout;
        List<HistogramSpan> positive = [], negative = [];
        List<double> counts = [];
        _positive.Set(layout.PositiveSpans, histogram.PositiveBuckets);
        _positive.Reduce(levels);
        _positive.WriteTo(positive, counts);
        _negative.Set(layout.NegativeSpans, histogram.NegativeBuckets);
        _negative.Reduce(levels);
        _negative.WriteTo(negative, counts);
        var reduced = new HistogramLayout(layout.Schema - levels, layout.ZeroThreshold, [.. positive], [.. negative], []);
        return NativeHistogram.Owning(reduced, histogram.ResetHint, histogram.ZeroCount, histogram.Count, histogram.Sum, [.. counts]);
    }
}
