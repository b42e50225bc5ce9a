using System.Runtime.InteropServices;

namespace Toka.Query.PromQL.Functions;

/// <summary>One bucket: how many observations are not above a bound.</summary>
internal record struct Bucket(double UpperBound, double Count);

/// <summary>Quantiles and fractions of cumulative buckets in ascending order; observations lie evenly within a bucket.</summary>
/// <remarks>Source: Prometheus 3, <c>promql/quantile.go</c>: what is interpolated, what is repaired, and what is NaN.</remarks>
internal static class ClassicHistogram
{
    /// <summary>Counts that differ by less than this share are the same: rates of one histogram round differently.</summary>
    private const double SmallDelta = 1e-12;

    /// <summary>The φ-quantile. The buckets are changed: equal bounds are joined and counts made to ascend.</summary>
    public static double Quantile(double q, List<Bucket> buckets, out bool wasForced)
    {
        wasForced = false;
        if (double.IsNaN(q) || q is < 0 or > 1)
        {
            return double.IsNaN(q) ? double.NaN : q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        if (!double.IsPositiveInfinity(buckets[^1].UpperBound))
        {
            return double.NaN;
        }

        JoinEqualBounds(buckets);
        wasForced = ForceAscent(buckets);
        var total = buckets[^1].Count;
        if (buckets.Count < 2 || total == 0)
        {
            return double.NaN;
        }

        var rank = q * total;
        var place = PlaceOf(rank, buckets);
        if (place == buckets.Count - 1)
        {
            return buckets[^2].UpperBound;
        }

        if (place == 0)
        {
            return buckets[0].UpperBound <= 0 ? buckets[0].UpperBound : buckets[0].UpperBound * (rank / buckets[0].Count);
        }

        var below = buckets[place - 1];
        var (end, count) = buckets[place];
        return below.UpperBound + ((end - below.UpperBound) * ((rank - below.Count) / (count - below.Count)));
    }

    /// <summary>The first bucket that reaches a rank, or the last one. Halving as Prometheus does decides also where counts are NaN.</summary>
    private static int PlaceOf(double rank, List<Bucket> buckets)
    {
        var (from, to) = (0, buckets.Count - 1);
        while (from < to)
        {
            var middle = (from + to) / 2;
            (from, to) = buckets[middle].Count >= rank ? (from, middle) : (middle + 1, to);
        }

        return from;
    }

    /// <summary>The share of observations between two values.</summary>
    public static double Fraction(double lower, double upper, List<Bucket> buckets)
    {
        if (!double.IsPositiveInfinity(buckets[^1].UpperBound))
        {
            return double.NaN;
        }

        JoinEqualBounds(buckets);
        var total = buckets[^1].Count;
        if (total == 0 || double.IsNaN(total) || double.IsNaN(lower) || double.IsNaN(upper))
        {
            return double.NaN;
        }

        return lower >= upper ? 0 : (CountBelow(upper, buckets) - CountBelow(lower, buckets)) / total;
    }

    /// <summary>How many observations lie below a value; none of the last bucket's, whose end is nowhere.</summary>
    private static double CountBelow(double value, List<Bucket> buckets)
    {
        var total = buckets[^1].Count;
        double before = 0;
        var start = buckets[0].UpperBound > 0 ? 0 : double.NegativeInfinity;
        if (value <= start)
        {
            return 0;
        }

        foreach (var (end, count) in buckets)
        {
            if (value < end)
            {
                var inside = double.IsInfinity(start) ? count : before + ((count - before) * (value - start) / (end - start));
                return Math.Min(inside, total);
            }

            (start, before) = (end, count);
        }

        return total;
    }

    private static void JoinEqualBounds(List<Bucket> buckets)
    {
        var all = CollectionsMarshal.AsSpan(buckets);
        var last = 0;
        for (var i = 1; i < all.Length; i++)
        {
            if (all[i].UpperBound == all[last].UpperBound)
            {
                all[last].Count += all[i].Count;
            }
            else
            {
                all[++last] = all[i];
            }
        }

        buckets.RemoveRange(last + 1, buckets.Count - last - 1);
    }

    private static bool ForceAscent(List<Bucket> buckets)
    {
        var all = CollectionsMarshal.AsSpan(buckets);
        var wasForced = false;
        var previous = all[0].Count;
        for (var i = 1; i < all.Length; i++)
        {
            var count = all[i].Count;
            var isSame = AlmostEqual(previous, count);
            if (isSame || count < previous)
            {
                wasForced |= !isSame;
                all[i].Count = previous;
            }
            else
            {
                previous = count;
            }
        }

        return wasForced;
    }

    private static bool AlmostEqual(double a, double b) =>
        a == b || (a != 0 && b != 0 && Math.Abs(a - b) / Math.Min(Math.Abs(a) + Math.Abs(b), double.MaxValue) < SmallDelta);
}
