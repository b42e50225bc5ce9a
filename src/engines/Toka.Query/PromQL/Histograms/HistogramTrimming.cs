using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>
/// What is left of a histogram on one side of a bound. Of the bucket that the bound lies in, the part that interpolation gives
/// is kept: exponential in exponential buckets, linear in the zero bucket and between custom bounds. The sum is estimated from
/// the middle of what is kept of each bucket.
/// </summary>
/// <remarks>Source: Prometheus 3, FloatHistogram.TrimBuckets.</remarks>
internal static class HistogramTrimming
{
    public static NativeHistogram Trim(in HistogramView h, double bound, bool isUpper)
    {
        var counts = h.Buckets[..h.Layout.BucketCount].ToArray();
        var positives = counts.AsSpan(0, h.Layout.PositiveCount);
        var negatives = counts.AsSpan(h.Layout.PositiveCount);
        var total = (Count: 0.0, Sum: 0.0);
        var hasPositive = TrimSide(h, new BucketCursor(h.Layout.PositiveSpans, h.PositiveBuckets), true, bound, isUpper, positives, ref total);
        var hasNegative = TrimSide(h, new BucketCursor(h.Layout.NegativeSpans, h.NegativeBuckets), false, bound, isUpper, negatives, ref total);
        var zeroCount = h.ZeroCount;
        if (zeroCount > 0)
        {
            var threshold = h.Layout.ZeroThreshold;
            var (count, middle) = TrimZero(
                hasPositive && !hasNegative ? 0 : -threshold, hasNegative && !hasPositive ? 0 : threshold, zeroCount, bound, isUpper);
            zeroCount = count;
            total = (total.Count + count, total.Sum + (middle * count));
        }

        // Where nothing is taken away, the sum is known and needs no estimate.
        if (zeroCount == h.ZeroCount && counts.AsSpan().SequenceEqual(h.Buckets))
        {
            return h.ToHistogram();
        }

        return HistogramArithmetic.Compact(NativeHistogram.Owning(h.Layout, h.ResetHint, zeroCount, total.Count, total.Sum, counts));
    }

    private static bool TrimSide(
        in HistogramView h, BucketCursor buckets, bool isPositive, double bound, bool isUpper, Span<double> counts,
        ref (double Count, double Sum) total)
    {
        var hasAny = false;
        while (buckets.MoveNext())
        {
            var count = buckets.Count;
            if (count == 0)
            {
                continue;
            }

            hasAny = true;
            var outer = HistogramBuckets.UpperBound(h.Layout, buckets.Index);
            var inner = HistogramBuckets.UpperBound(h.Layout, buckets.Index - 1);
            var (lower, upper) = isPositive ? (inner, outer) : (-outer, -inner);
            var isLinear = h.Layout.IsCustom;
            var middle = 0.0;
            if (isUpper ? upper <= bound : lower >= bound)
            {
                middle = Middle(lower, upper, isLinear);
            }
            else if (isUpper ? !(lower < bound) : !(upper > bound))
            {
                count = 0;
            }
            else if (double.IsInfinity(lower) || double.IsInfinity(upper))
            {
                (count, middle) = TrimInfinite(lower, upper, count, bound, isUpper);
            }
            else
            {
                var below = count * Position(lower, upper, bound, isLinear);
                (count, middle) = isUpper
                    ? (below, Middle(lower, bound, isLinear))
                    : (count - below, Middle(bound, upper, isLinear));
            }

            counts[buckets.Position] = count;
            total = (total.Count + count, total.Sum + (middle * count));
        }

        return hasAny;
    }

    /// <summary>
    /// Of a bucket without end nobody knows how its observations lie: the first custom bucket is taken to begin at 0 if it ends
    /// above; else all of it is on the side of its known bound or gone.
    /// </summary>
    private static (double Count, double Middle) TrimInfinite(double lower, double upper, double count, double bound, bool isUpper)
    {
        if (double.IsPositiveInfinity(upper))
        {
            var isKept = !isUpper && !double.IsNegativeInfinity(lower);
            return isKept ? (count, bound) : (0, 0);
        }

        if (upper <= 0)
        {
            return isUpper ? (count, bound) : (0, 0);
        }

        if (bound <= 0)
        {
            return isUpper || bound < 0 ? (0, 0) : (count, upper / 2);
        }

        return isUpper ? (count * bound / upper, bound / 2) : (count * (1 - (bound / upper)), (bound + upper) / 2);
    }

    private static (double Count, double Middle) TrimZero(double lower, double upper, double count, double bound, bool isUpper)
    {
        if (isUpper ? bound >= upper && bound > lower : bound <= lower)
        {
            return (count, (lower + upper) / 2);
        }

        if (isUpper ? bound <= lower : bound >= upper)
        {
            return (0, 0);
        }

        return isUpper
            ? (count * ((bound - lower) / (upper - lower)), (lower + bound) / 2)
            : (count * ((upper - bound) / (upper - lower)), (bound + upper) / 2);
    }

    /// <summary>How far into a bucket a value lies, 0 to 1.</summary>
    private static double Position(double lower, double upper, double value, bool isLinear)
    {
        if (isLinear)
        {
            return (value - lower) / (upper - lower);
        }

        var (logLower, logUpper, logValue) = (Math.Log2(Math.Abs(lower)), Math.Log2(Math.Abs(upper)), Math.Log2(Math.Abs(value)));
        return lower > 0 ? (logValue - logLower) / (logUpper - logLower) : 1 - ((logValue - logUpper) / (logLower - logUpper));
    }

    private static double Middle(double lower, double upper, bool isLinear)
    {
        if (double.IsInfinity(lower))
        {
            return double.IsInfinity(upper) ? 0 : upper > 0 ? upper / 2 : upper;
        }

        if (double.IsInfinity(upper))
        {
            return lower;
        }

        // The roots one by one, as the product of two large bounds overflows.
        return isLinear ? (lower + upper) / 2 : Math.CopySign(Math.Sqrt(Math.Abs(lower)) * Math.Sqrt(Math.Abs(upper)), lower);
    }
}
