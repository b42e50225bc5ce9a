using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>Custom bounds of histograms that differ.</summary>
/// <remarks>Source: Prometheus 3: only bounds that both have are kept, as counts cannot be split.</remarks>
internal static class CustomBounds
{
    /// <summary>The bounds that both have.</summary>
    public static double[] Shared(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var shared = new List<double>(Math.Min(left.Length, right.Length));
        var j = 0;
        foreach (var bound in left)
        {
            while (j < right.Length && right[j] < bound)
            {
                j++;
            }

            if (j < right.Length && right[j] == bound)
            {
                shared.Add(bound);
            }
        }

        return [.. shared];
    }

    /// <summary>Whether a bucket holds less than the one before did, by the bounds that both have.</summary>
    public static bool IsReset(in HistogramView previous, in HistogramView current)
    {
        var before = previous.Layout.CustomValues;
        var after = current.Layout.CustomValues;
        var earlier = new BucketCursor(previous.Layout.PositiveSpans, previous.PositiveBuckets);
        var later = new BucketCursor(current.Layout.PositiveSpans, current.PositiveBuckets);
        var (hasEarlier, hasLater) = (earlier.MoveNext(), later.MoveNext());
        var j = 0;
        for (var i = 0; i < before.Length; i++)
        {
            while (j < after.Length && after[j] < before[i])
            {
                j++;
            }

            if (j < after.Length && after[j] == before[i]
                && CountUpTo(j, ref later, ref hasLater) < CountUpTo(i, ref earlier, ref hasEarlier))
            {
                return true;
            }
        }

        return CountUpTo(int.MaxValue, ref later, ref hasLater) < CountUpTo(int.MaxValue, ref earlier, ref hasEarlier);
    }

    private static double CountUpTo(int index, ref BucketCursor cursor, ref bool hasBucket)
    {
        var count = 0.0;
        while (hasBucket && cursor.Index <= index)
        {
            count += cursor.Count;
            hasBucket = cursor.MoveNext();
        }

        return count;
    }
}
