using System.Runtime.InteropServices;
using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>Histograms compared: as values, but for rounding, and as a counter's samples one after the other.</summary>
/// <remarks>Source: Prometheus 3, FloatHistogram.Equals and DetectReset, and its test scripts' comparison.</remarks>
internal static class HistogramComparison
{
    /// <summary>Below this two numbers of which one is 0 are the same: a relative tolerance says nothing there.</summary>
    private const double SmallestNormal = 2.2250738585072014e-308;

    public static bool AreEqual(in HistogramView a, in HistogramView b) =>
        a.Layout.Schema == b.Layout.Schema
        && a.Layout.ZeroThreshold == b.Layout.ZeroThreshold
        && AreSame(a.ZeroCount, b.ZeroCount) && AreSame(a.Count, b.Count) && AreSame(a.Sum, b.Sum)
        && a.Layout.CustomValues.SequenceEqual(b.Layout.CustomValues)
        && a.Layout.PositiveCount == b.Layout.PositiveCount
        && MemoryMarshal.AsBytes(a.Buckets).SequenceEqual(MemoryMarshal.AsBytes(b.Buckets))
        && HaveSameIndexes(a.Layout.PositiveSpans, b.Layout.PositiveSpans, a.PositiveBuckets)
        && HaveSameIndexes(a.Layout.NegativeSpans, b.Layout.NegativeSpans, a.NegativeBuckets);

    public static bool AreAlmostEqual(in HistogramView a, in HistogramView b, double tolerance) =>
        a.Layout.Schema == b.Layout.Schema
        && a.Layout.ZeroThreshold == b.Layout.ZeroThreshold
        && AreClose(a.ZeroCount, b.ZeroCount, tolerance) && AreClose(a.Count, b.Count, tolerance) && AreClose(a.Sum, b.Sum, tolerance)
        && a.Layout.CustomValues.SequenceEqual(b.Layout.CustomValues)
        && AreClose(
            new BucketCursor(a.Layout.PositiveSpans, a.PositiveBuckets), new BucketCursor(b.Layout.PositiveSpans, b.PositiveBuckets), tolerance)
        && AreClose(
            new BucketCursor(a.Layout.NegativeSpans, a.NegativeBuckets), new BucketCursor(b.Layout.NegativeSpans, b.NegativeBuckets), tolerance);

    /// <summary>
    /// Whether a count fell, a bucket with observations is gone, the resolution rose or the zero bucket narrowed; what the
    /// later one's hint says about it comes first.
    /// </summary>
    public static bool IsReset(in HistogramView previous, in HistogramView current)
    {
        if (current.ResetHint is HistogramResetHint.Reset or HistogramResetHint.NoReset)
        {
            return current.ResetHint == HistogramResetHint.Reset;
        }

        if (current.Count < previous.Count)
        {
            return true;
        }

        var (before, after) = (previous.Layout, current.Layout);
        if (ReferenceEquals(before, after) || before.Equals(after))
        {
            return current.ZeroCount < previous.ZeroCount || AnyLess(current.Buckets, previous.Buckets);
        }

        if (before.IsCustom || after.IsCustom)
        {
            return before.IsCustom != after.IsCustom || CustomBounds.IsReset(previous, current);
        }

        if (after.Schema > before.Schema || after.ZeroThreshold < before.ZeroThreshold
            || ZeroBuckets.Widened(previous, after.ZeroThreshold) != after.ZeroThreshold)
        {
            return true;
        }

        var positive = new ReducingCursor(before, before.PositiveSpans, previous.PositiveBuckets, after.Schema, after.ZeroThreshold);
        var negative = new ReducingCursor(before, before.NegativeSpans, previous.NegativeBuckets, after.Schema, after.ZeroThreshold);
        return AnyLess(new BucketCursor(after.PositiveSpans, current.PositiveBuckets), ref positive)
            || AnyLess(new BucketCursor(after.NegativeSpans, current.NegativeBuckets), ref negative)
            || current.ZeroCount < previous.ZeroCount + positive.Taken + negative.Taken;
    }

    private static bool AreSame(double a, double b) => BitConverter.DoubleToUInt64Bits(a) == BitConverter.DoubleToUInt64Bits(b);

    private static bool HaveSameIndexes(ReadOnlySpan<HistogramSpan> a, ReadOnlySpan<HistogramSpan> b, ReadOnlySpan<double> counts)
    {
        if (a.SequenceEqual(b))
        {
            return true;
        }

        var left = new BucketCursor(a, counts);
        var right = new BucketCursor(b, counts);
        while (left.MoveNext())
        {
            if (!right.MoveNext() || left.Index != right.Index)
            {
                return false;
            }
        }

        return !right.MoveNext();
    }

    private static bool AreClose(double a, double b, double tolerance)
    {
        if (a == b || (double.IsNaN(a) && double.IsNaN(b)))
        {
            return true;
        }

        var difference = Math.Abs(a - b);
        var size = Math.Abs(a) + Math.Abs(b);
        return a == 0 || b == 0 || size < SmallestNormal
            ? difference < tolerance * SmallestNormal
            : difference / Math.Min(size, double.MaxValue) < tolerance;
    }

    private static bool AreClose(BucketCursor a, BucketCursor b, double tolerance)
    {
        while (true)
        {
            var (hasLeft, hasRight) = (MoveToCount(ref a), MoveToCount(ref b));
            if (!hasLeft || !hasRight)
            {
                return hasLeft == hasRight;
            }

            if (a.Index != b.Index || !AreClose(a.Count, b.Count, tolerance))
            {
                return false;
            }
        }
    }

    private static bool MoveToCount(ref BucketCursor cursor)
    {
        while (cursor.MoveNext())
        {
            if (cursor.Count != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnyLess(ReadOnlySpan<double> current, ReadOnlySpan<double> previous)
    {
        previous = previous[..current.Length];
        for (var i = 0; i < current.Length; i++)
        {
            if (current[i] < previous[i])
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnyLess(BucketCursor current, ref ReducingCursor previous)
    {
        var hasCurrent = current.MoveNext();
        var isLess = false;

        // To the end in any case, as what the zero bucket takes in is known only then.
        while (previous.MoveNext())
        {
            while (hasCurrent && current.Index < previous.Index)
            {
                hasCurrent = current.MoveNext();
            }

            isLess |= hasCurrent && current.Index == previous.Index ? current.Count < previous.Count : previous.Count != 0;
        }

        return isLess;
    }
}
