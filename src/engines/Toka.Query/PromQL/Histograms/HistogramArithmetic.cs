using System.Diagnostics.CodeAnalysis;
using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>
/// The arithmetic of native histograms. Histograms of one layout are joined by one pass over their buckets; of others the
/// coarser schema, the wider zero bucket and the custom bounds that both have are taken. Results keep empty buckets until
/// <see cref="Compact(in HistogramView)"/>.
/// </summary>
/// <remarks>Source: Prometheus 3, FloatHistogram.</remarks>
internal static class HistogramArithmetic
{
    /// <summary>The sum of two histograms.</summary>
    /// <returns>Whether they can be joined: custom bounds and exponential ones cannot.</returns>
    public static bool TryAdd(
        in HistogramView left, in HistogramView right, ref HistogramNotes notes, [NotNullWhen(true)] out NativeHistogram? result)
    {
        if (!TryJoin(left, right, 1, ref notes, out result))
        {
            return false;
        }

        if (result is not null)
        {
            return true;
        }

        var added = new double[left.Layout.BucketCount];
        var others = right.Buckets[..added.Length];
        left.Buckets[..added.Length].CopyTo(added);
        for (var i = 0; i < added.Length; i++)
        {
            added[i] += others[i];
        }

        result = NativeHistogram.Owning(
            left.Layout, HistogramHints.Join(left.ResetHint, right.ResetHint), left.ZeroCount + right.ZeroCount, left.Count + right.Count,
            left.Sum + right.Sum, added);
        return true;
    }

    /// <summary>The difference of two histograms, which is a gauge.</summary>
    /// <returns>Whether they can be joined: custom bounds and exponential ones cannot.</returns>
    public static bool TrySubtract(
        in HistogramView left, in HistogramView right, ref HistogramNotes notes, [NotNullWhen(true)] out NativeHistogram? result)
    {
        if (!TryJoin(left, right, -1, ref notes, out result))
        {
            return false;
        }

        if (result is not null)
        {
            result = result.WithHint(HistogramResetHint.Gauge);
            return true;
        }

        var less = new double[left.Layout.BucketCount];
        var others = right.Buckets[..less.Length];
        left.Buckets[..less.Length].CopyTo(less);
        for (var i = 0; i < less.Length; i++)
        {
            less[i] -= others[i];
        }

        result = NativeHistogram.Owning(
            left.Layout, HistogramResetHint.Gauge, left.ZeroCount - right.ZeroCount, left.Count - right.Count, left.Sum - right.Sum, less);
        return true;
    }

    /// <summary>A histogram with every number multiplied; a negative factor makes it a gauge.</summary>
    public static NativeHistogram Multiply(in HistogramView h, double factor)
    {
        var buckets = new double[h.Layout.BucketCount];
        for (var i = 0; i < buckets.Length; i++)
        {
            buckets[i] = h.Buckets[i] * factor;
        }

        return NativeHistogram.Owning(
            h.Layout, factor < 0 ? HistogramResetHint.Gauge : h.ResetHint, h.ZeroCount * factor, h.Count * factor, h.Sum * factor, buckets);
    }

    /// <summary>
    /// A histogram with every number divided; a negative divisor makes it a gauge, and one of 0 leaves no bucket but the zero
    /// bucket.
    /// </summary>
    public static NativeHistogram Divide(in HistogramView h, double divisor)
    {
        var layout = h.Layout;
        if (divisor == 0)
        {
            layout = new HistogramLayout(layout.Schema, layout.ZeroThreshold, [], [], layout.CustomValues);
        }

        var buckets = new double[layout.BucketCount];
        for (var i = 0; i < buckets.Length; i++)
        {
            buckets[i] = h.Buckets[i] / divisor;
        }

        // Custom bounds have no zero bucket to become NaN.
        return NativeHistogram.Owning(
            layout, divisor < 0 ? HistogramResetHint.Gauge : h.ResetHint, layout.IsCustom ? 0 : h.ZeroCount / divisor, h.Count / divisor,
            h.Sum / divisor, buckets);
    }

    /// <summary>The same histogram with another hint; the buckets are shared.</summary>
    public static NativeHistogram WithHint(NativeHistogram h, HistogramResetHint hint) => h.WithHint(hint);

    /// <summary>A histogram without its empty buckets.</summary>
    public static NativeHistogram Compact(in HistogramView h) => HistogramCompaction.Compact(h) ?? h.ToHistogram();

    /// <summary>A histogram without its empty buckets; the same one if it has none.</summary>
    public static NativeHistogram Compact(NativeHistogram h) => HistogramCompaction.Compact(h.View) ?? h;

    /// <summary>A histogram at a coarser schema; as it is where its schema is no finer, and with custom bounds.</summary>
    public static NativeHistogram ReduceTo(in HistogramView h, int schema)
    {
        if (h.Layout.IsCustom || schema >= h.Layout.Schema || schema < HistogramLayout.SchemaMin)
        {
            return h.ToHistogram();
        }

        // Adding it to nothing at that schema does just this.
        var sum = new HistogramSum();
        sum.Set(new HistogramView(new HistogramLayout(schema, h.Layout.ZeroThreshold, [], [], []), h.ResetHint, 0, 0, 0, []));
        var notes = HistogramNotes.None;
        sum.Add(h, 1, ref notes);
        return sum.ToHistogram(1);
    }

    /// <summary>What is equal in PromQL: every bit of every number, and the same buckets, empty ones too.</summary>
    public static bool AreEqual(in HistogramView a, in HistogramView b) => HistogramComparison.AreEqual(a, b);

    /// <summary>What is equal but for rounding and empty buckets.</summary>
    public static bool AreAlmostEqual(in HistogramView a, in HistogramView b, double tolerance) =>
        HistogramComparison.AreAlmostEqual(a, b, tolerance);

    /// <summary>Whether a counter began anew between two histograms.</summary>
    public static bool IsReset(in HistogramView previous, in HistogramView current) => HistogramComparison.IsReset(previous, current);

    /// <summary>What a histogram has observed up to a bound.</summary>
    public static NativeHistogram TrimUpper(in HistogramView h, double bound) => HistogramTrimming.Trim(h, bound, isUpper: true);

    /// <summary>What a histogram has observed above a bound.</summary>
    public static NativeHistogram TrimLower(in HistogramView h, double bound) => HistogramTrimming.Trim(h, bound, isUpper: false);

    /// <summary>What can be joined, is; where the layouts are one, nothing is done yet, for that goes bucket by bucket.</summary>
    private static bool TryJoin(in HistogramView left, in HistogramView right, double divisor, ref HistogramNotes notes, out NativeHistogram? result)
    {
        result = null;
        if (left.Layout.IsCustom != right.Layout.IsCustom)
        {
            return false;
        }

        notes |= HistogramHints.Collision(left.ResetHint, right.ResetHint);
        if (!ReferenceEquals(left.Layout, right.Layout) && !left.Layout.Equals(right.Layout))
        {
            var sum = new HistogramSum();
            sum.Set(left);
            sum.Add(right, divisor, ref notes);
            result = sum.ToHistogram(1);
        }

        return true;
    }
}
