using System.Runtime.InteropServices;

namespace Toka.Core.Samples;

/// <summary>
/// One native histogram: a whole distribution as one sample. Counts are float64, which holds whole counts up to 2^53
/// exactly and those of gauges and rates too. Immutable, thread-safe; equal where every bit is.
/// </summary>
public sealed class NativeHistogram : IEquatable<NativeHistogram>
{
    private readonly double[] _buckets;

    /// <summary>Makes a histogram of copies.</summary>
    /// <param name="layout">Where the buckets lie.</param>
    /// <param name="hint">What is known about resets.</param>
    /// <param name="zeroCount">Observations in the zero bucket.</param>
    /// <param name="count">All observations.</param>
    /// <param name="sum">Their sum; NaN where it is not known.</param>
    /// <param name="buckets">Observations of each bucket, not counted up: the positive ones, then the negative ones.</param>
    /// <exception cref="ArgumentException">There are not as many counts as the layout has buckets.</exception>
    public NativeHistogram(HistogramLayout layout, HistogramResetHint hint, double zeroCount, double count, double sum, ReadOnlySpan<double> buckets)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (buckets.Length != layout.BucketCount)
        {
            throw new ArgumentException($"{buckets.Length} counts were given for {layout.BucketCount} buckets.", nameof(buckets));
        }

        (Layout, ResetHint, ZeroCount, Count, Sum) = (layout, hint, zeroCount, count, sum);
        _buckets = buckets.ToArray();
    }

    private NativeHistogram(HistogramLayout layout, HistogramResetHint hint, double zeroCount, double count, double sum, double[] buckets)
    {
        (Layout, ResetHint, ZeroCount, Count, Sum) = (layout, hint, zeroCount, count, sum);
        _buckets = buckets;
    }

    /// <summary>The histogram that says "this series ended here": no observations, and the stale marker as the sum.</summary>
    public static NativeHistogram Stale { get; } = new(HistogramLayout.Empty, HistogramResetHint.Unknown, 0, 0, StaleMarker.Value, []);

    /// <summary>Where the buckets lie.</summary>
    public HistogramLayout Layout { get; }

    /// <summary>What is known about resets.</summary>
    public HistogramResetHint ResetHint { get; }

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; }

    /// <summary>All observations.</summary>
    public double Count { get; }

    /// <summary>The sum of the observations; NaN where it is not known, and the stale marker where the series ended.</summary>
    public double Sum { get; }

    /// <summary>Observations of each bucket: the positive ones, then the negative ones.</summary>
    public ReadOnlySpan<double> Buckets => _buckets;

    /// <summary>Observations of each positive bucket.</summary>
    public ReadOnlySpan<double> PositiveBuckets => _buckets.AsSpan(0, Layout.PositiveCount);

    /// <summary>Observations of each negative bucket.</summary>
    public ReadOnlySpan<double> NegativeBuckets => _buckets.AsSpan(Layout.PositiveCount);

    /// <summary>Whether it says that the series ended.</summary>
    public bool IsStale => StaleMarker.Is(Sum);

    /// <summary>The same as a view.</summary>
    public HistogramView View => new(Layout, ResetHint, ZeroCount, Count, Sum, _buckets);

    /// <summary>Makes a histogram that takes an array over instead of copying it.</summary>
    /// <param name="layout">Where the buckets lie.</param>
    /// <param name="hint">What is known about resets.</param>
    /// <param name="zeroCount">Observations in the zero bucket.</param>
    /// <param name="count">All observations.</param>
    /// <param name="sum">Their sum.</param>
    /// <param name="buckets">Observations of each bucket; nobody may change it any more.</param>
    /// <exception cref="ArgumentException">There are not as many counts as the layout has buckets.</exception>
    public static NativeHistogram Owning(
        HistogramLayout layout, HistogramResetHint hint, double zeroCount, double count, double sum, double[] buckets)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(buckets);
        if (buckets.Length != layout.BucketCount)
        {
            throw new ArgumentException($"{buckets.Length} counts were given for {layout.BucketCount} buckets.", nameof(buckets));
        }

        return new NativeHistogram(layout, hint, zeroCount, count, sum, buckets);
    }

    /// <summary>The same histogram with another hint; the buckets are shared.</summary>
    /// <param name="hint">What is known about resets.</param>
    public NativeHistogram WithHint(HistogramResetHint hint) =>
        hint == ResetHint ? this : new NativeHistogram(Layout, hint, ZeroCount, Count, Sum, _buckets);

    /// <inheritdoc/>
    public bool Equals(NativeHistogram? other) => ReferenceEquals(this, other) || (other is not null && View.IsSame(other.View));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NativeHistogram);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Layout, Count, Sum);
}

/// <summary>A native histogram that lies in somebody's arrays, such as a column's; valid as long as those do not change.</summary>
/// <param name="layout">Where the buckets lie.</param>
/// <param name="hint">What is known about resets.</param>
/// <param name="zeroCount">Observations in the zero bucket.</param>
/// <param name="count">All observations.</param>
/// <param name="sum">Their sum.</param>
/// <param name="buckets">The positive ones, then the negative ones; as many as the layout has.</param>
public readonly ref struct HistogramView(
    HistogramLayout layout, HistogramResetHint hint, double zeroCount, double count, double sum, ReadOnlySpan<double> buckets)
{
    /// <summary>Where the buckets lie.</summary>
    public HistogramLayout Layout { get; } = layout;

    /// <summary>What is known about resets.</summary>
    public HistogramResetHint ResetHint { get; } = hint;

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; } = zeroCount;

    /// <summary>All observations.</summary>
    public double Count { get; } = count;

    /// <summary>The sum of the observations.</summary>
    public double Sum { get; } = sum;

    /// <summary>Observations of each bucket: the positive ones, then the negative ones.</summary>
    public ReadOnlySpan<double> Buckets { get; } = buckets;

    /// <summary>Observations of each positive bucket.</summary>
    public ReadOnlySpan<double> PositiveBuckets => Buckets[..Layout.PositiveCount];

    /// <summary>Observations of each negative bucket.</summary>
    public ReadOnlySpan<double> NegativeBuckets => Buckets[Layout.PositiveCount..];

    /// <summary>Whether every bit of two histograms is the same.</summary>
    /// <param name="other">The other one.</param>
    public bool IsSame(in HistogramView other) =>
        ResetHint == other.ResetHint
        && BitConverter.DoubleToUInt64Bits(Count) == BitConverter.DoubleToUInt64Bits(other.Count)
        && BitConverter.DoubleToUInt64Bits(Sum) == BitConverter.DoubleToUInt64Bits(other.Sum)
        && BitConverter.DoubleToUInt64Bits(ZeroCount) == BitConverter.DoubleToUInt64Bits(other.ZeroCount)
        && MemoryMarshal.AsBytes(Buckets).SequenceEqual(MemoryMarshal.AsBytes(other.Buckets))
        && Layout.Equals(other.Layout);

    /// <summary>A copy that stands alone.</summary>
    public NativeHistogram ToHistogram() => new(Layout, ResetHint, ZeroCount, Count, Sum, Buckets);
}
