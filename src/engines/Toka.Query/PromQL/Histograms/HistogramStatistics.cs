using Toka.Core.Samples;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Histograms;

/// <summary>What histograms say about the observations: quantiles, fractions, mean and variance.</summary>
/// <remarks>
/// Source: Prometheus 3, <c>histogram_quantile</c>, <c>histogram_fraction</c>, <c>histogram_stdvar</c> and <c>histogram_avg</c>
/// of native histograms. Between bounds it interpolates: exponentially in exponential buckets, linearly in the zero bucket,
/// which lies on one side of 0 if all other buckets do, and between custom bounds.
/// </remarks>
internal static class HistogramStatistics
{
    /// <summary>The value that a part of the observations does not exceed.</summary>
    /// <param name="q">The part, 0 to 1; below it is −∞, above +∞.</param>
    /// <param name="h">The histogram; NaN where it is empty.</param>
    /// <param name="notes">What wants to be said of observations of NaN.</param>
    public static double Quantile(double q, in HistogramView h, out HistogramQuantileNotes notes)
    {
        notes = HistogramQuantileNotes.None;
        if (q < 0)
        {
            return double.NegativeInfinity;
        }

        if (q > 1)
        {
            return double.PositiveInfinity;
        }

        if (h.Count == 0 || double.IsNaN(q))
        {
            return double.NaN;
        }

        // Observations of NaN are in the count and in no bucket, as if above the highest one: the way must be upwards then.
        var hasNaNs = double.IsNaN(h.Sum);
        var isUpwards = hasNaNs || q < 0.5;
        var rank = isUpwards ? q * h.Count : (1 - q) * h.Count;
        var buckets = new BucketEnumerator(h, !isUpwards, withEmpty: true);
        var bucket = default(HistogramBucket);
        var count = 0.0;
        while (buckets.MoveNext())
        {
            bucket = buckets.Current;
            count += bucket.Count;
            if (bucket.Count != 0 && count >= rank)
            {
                break;
            }
        }

        if (h.Layout.IsCustom)
        {
            if (KnownEnd(ref bucket) is { } end)
            {
                return end;
            }
        }
        else if (bucket.Lower < 0 && bucket.Upper > 0)
        {
            bucket = OneSided(h, bucket);
        }

        // By rounding the buckets may hold a little more than the count.
        count = Math.Min(count, h.Count);
        if (count < rank)
        {
            notes = hasNaNs ? HistogramQuantileNotes.NaNResult : HistogramQuantileNotes.None;
            return hasNaNs ? double.NaN : bucket.Upper;
        }

        rank = isUpwards ? rank - (count - bucket.Count) : count - rank;
        if (hasNaNs && Rest(ref buckets, count) < h.Count)
        {
            notes = HistogramQuantileNotes.NaNSkew;
        }

        return Interpolated(bucket, rank / bucket.Count, h.Layout.IsCustom);
    }

    /// <summary>The part of the observations that lies between two values.</summary>
    /// <param name="lower">The lower value.</param>
    /// <param name="upper">The upper value.</param>
    /// <param name="h">The histogram; NaN where it is empty.</param>
    /// <param name="hasNaNs">Whether observations of NaN, which are part of no fraction, are counted in it.</param>
    public static double Fraction(double lower, double upper, in HistogramView h, out bool hasNaNs)
    {
        hasNaNs = false;
        if (h.Count == 0 || double.IsNaN(lower) || double.IsNaN(upper))
        {
            return double.NaN;
        }

        if (lower >= upper)
        {
            return 0;
        }

        var (count, lowerRank, upperRank) = (0.0, double.NaN, double.NaN);
        var buckets = new BucketEnumerator(h, isDescending: false, withEmpty: true);
        while ((double.IsNaN(lowerRank) || double.IsNaN(upperRank)) && buckets.MoveNext())
        {
            var bucket = buckets.Current;
            var isZero = bucket.Lower <= 0 && bucket.Upper >= 0;
            bucket = isZero ? OneSided(h, bucket) : bucket;
            var isLinear = isZero || h.Layout.IsCustom;
            Rank(lower, bucket, isLinear, count, ref lowerRank);
            Rank(upper, bucket, isLinear, count, ref upperRank);
            count += bucket.Count;
        }

        var total = h.Count;
        if (double.IsNaN(h.Sum))
        {
            total = Rest(ref buckets, count);
            hasNaNs = total < h.Count;
        }

        lowerRank = lowerRank <= total ? lowerRank : total;
        upperRank = upperRank <= total ? upperRank : total;
        return (upperRank - lowerRank) / h.Count;
    }

    /// <summary>The variance of the observations, each taken to lie in the middle of its bucket.</summary>
    public static double StandardVariance(in HistogramView h)
    {
        var mean = Mean(h);
        var sum = default(KahanSum);
        var buckets = new BucketEnumerator(h, isDescending: false, withEmpty: false);
        while (buckets.MoveNext())
        {
            var bucket = buckets.Current;
            var middle = 0.0;
            if (h.Layout.IsCustom)
            {
                middle = (bucket.Upper + bucket.Lower) / 2;
            }
            else if (bucket.Lower > 0 || bucket.Upper < 0)
            {
                middle = Math.CopySign(Math.Sqrt(bucket.Upper * bucket.Lower), bucket.Upper);
            }

            var distance = middle - mean;
            sum.Add(bucket.Count * distance * distance);
        }

        return sum.Total / h.Count;
    }

    /// <summary>The mean of the observations; NaN where there are none.</summary>
    public static double Mean(in HistogramView h) => h.Sum / h.Count;

    /// <summary>A bucket around 0 lies above it where there are only positive buckets, and below where there are only negative ones.</summary>
    private static HistogramBucket OneSided(in HistogramView h, HistogramBucket bucket) =>
        (h.Layout.PositiveCount > 0, h.Layout.NegativeCount > 0) switch
        {
            (true, false) => bucket with { Lower = 0 },
            (false, true) => bucket with { Upper = 0 },
            _ => bucket,
        };

    /// <summary>
    /// The bound that stands for a custom bucket without end; nothing where it has two, or begins at 0 as the first one does
    /// if it ends above.
    /// </summary>
    private static double? KnownEnd(ref HistogramBucket bucket)
    {
        if (!double.IsNegativeInfinity(bucket.Lower))
        {
            return double.IsPositiveInfinity(bucket.Upper) ? bucket.Lower : null;
        }

        if (bucket.Upper <= 0)
        {
            return bucket.Upper;
        }

        bucket = bucket with { Lower = 0 };
        return null;
    }

    private static double Rest(ref BucketEnumerator buckets, double count)
    {
        while (buckets.MoveNext())
        {
            count += buckets.Current.Count;
        }

        return count;
    }

    private static double Interpolated(HistogramBucket bucket, double part, bool isCustom)
    {
        if (isCustom || (bucket.Lower <= 0 && bucket.Upper >= 0))
        {
            return bucket.Lower + ((bucket.Upper - bucket.Lower) * part);
        }

        var (lower, upper) = (Math.Log2(Math.Abs(bucket.Lower)), Math.Log2(Math.Abs(bucket.Upper)));
        return bucket.Lower > 0
            ? Math.Pow(2, lower + ((upper - lower) * part))
            : -Math.Pow(2, upper + ((lower - upper) * (1 - part)));
    }

    /// <summary>How many observations lie below a value, once a bucket has been reached that tells.</summary>
    private static void Rank(double value, HistogramBucket bucket, bool isLinear, double countBelow, ref double rank)
    {
        if (!double.IsNaN(rank))
        {
            return;
        }

        if (bucket.Lower >= value)
        {
            rank = countBelow;
        }
        else if (bucket.Upper <= value)
        {
            return;
        }
        else if (!isLinear)
        {
            rank = countBelow + (bucket.Count * Position(bucket, value));
        }
        else
        {
            // A bucket that begins at −∞ counts as a whole; in one that ends at +∞ nothing lies below any value.
            rank = double.IsNegativeInfinity(bucket.Lower)
                ? bucket.Count
                : countBelow + (bucket.Count * (value - bucket.Lower) / (bucket.Upper - bucket.Lower));
        }
    }

    private static double Position(HistogramBucket bucket, double value)
    {
        var (lower, upper) = (Math.Log2(Math.Abs(bucket.Lower)), Math.Log2(Math.Abs(bucket.Upper)));
        var log = Math.Log2(Math.Abs(value));
        return value > 0 ? (log - lower) / (upper - lower) : 1 - ((log - upper) / (lower - upper));
    }
}
