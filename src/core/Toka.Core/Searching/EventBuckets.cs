namespace Toka.Core.Searching;

/// <summary>The buckets of <see cref="EventGroup.Buckets"/>: eight for each doubling.</summary>
public static class EventBuckets
{
    /// <summary>The bucket of what is 0 or less.</summary>
    public const int Zero = int.MinValue;

    /// <summary>The bucket of a number that is none of NaN.</summary>
    public static int Of(double value)
    {
        if (!(value > 0))
        {
            return Zero;
        }

        // The logarithm is rounded: the bounds themselves decide.
        var bucket = double.IsFinite(value) ? (int)Math.Ceiling(Math.Log2(value) * EventAggregation.BucketsPerDoubling) : 1024 * EventAggregation.BucketsPerDoubling;
        while (value > UpperBound(bucket))
        {
            bucket++;
        }

        while (value <= LowerBound(bucket))
        {
            bucket--;
        }

        return bucket;
    }

    /// <summary>The largest number of a bucket.</summary>
    public static double UpperBound(int bucket) => bucket == Zero ? 0 : Math.Pow(2, bucket / (double)EventAggregation.BucketsPerDoubling);

    /// <summary>What is below every number of a bucket.</summary>
    public static double LowerBound(int bucket) => bucket == Zero ? 0 : UpperBound(bucket - 1);

    /// <summary>A quantile, found within its bucket as if the numbers in it were spread evenly by their logarithm.</summary>
    /// <param name="buckets">The buckets, by ascending number.</param>
    /// <param name="quantile">0 to 1.</param>
    /// <returns>Within 9.1 % of a number of that rank, as wide as a bucket is; NaN where there is nothing.</returns>
    /// <remarks>Source: the exponential interpolation of Prometheus's native histograms.</remarks>
    public static double Quantile(IReadOnlyList<KeyValuePair<int, long>> buckets, double quantile)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        var total = buckets.Sum(bucket => bucket.Value);
        if (total == 0)
        {
            return double.NaN;
        }

        var rank = Math.Clamp(quantile, 0, 1) * total;
        var before = 0L;
        foreach (var (bucket, count) in buckets)
        {
            if (before + count >= rank && count > 0)
            {
                var share = (rank - before) / count;
                return bucket == Zero ? 0 : LowerBound(bucket) * Math.Pow(2, share / EventAggregation.BucketsPerDoubling);
            }

            before += count;
        }

        return UpperBound(buckets[^1].Key);
    }
}
