using System.Buffers;
using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <summary>
/// Timestamps (ms since the Unix epoch) and native histograms of one series in pooled arrays: the counts of all buckets in
/// one, the layouts shared. The owner clears it between series and disposes it at the end; not thread-safe.
/// </summary>
public sealed class HistogramColumn : IDisposable
{
    private long[] _timestamps;
    private Entry[] _entries;
    private double[] _buckets;

    /// <summary>An empty column.</summary>
    /// <param name="capacity">How many histograms fit before the arrays grow; at least 1.</param>
    public HistogramColumn(int capacity = 64)
    {
        _timestamps = ArrayPool<long>.Shared.Rent(capacity);
        _entries = ArrayPool<Entry>.Shared.Rent(capacity);
        _buckets = ArrayPool<double>.Shared.Rent(capacity);
    }

    /// <summary>The number of histograms.</summary>
    public int Count { get; private set; }

    /// <summary>The number of buckets of all of them.</summary>
    public int BucketCount { get; private set; }

    /// <summary>The times, ascending. The view ends with the next change of the column.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    /// <summary>A histogram where it lies. The view ends with the next change of the column.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public HistogramView this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            ref readonly var entry = ref _entries[index];
            return new HistogramView(
                entry.Layout, entry.Hint, entry.ZeroCount, entry.Count, entry.Sum, _buckets.AsSpan(entry.BucketStart, entry.Layout.BucketCount));
        }
    }

    /// <summary>Forgets the histograms and keeps the arrays.</summary>
    public void Clear() => Truncate(0);

    /// <summary>Adds one histogram.</summary>
    /// <param name="timestampMs">The time, after the last one's.</param>
    /// <param name="histogram">The histogram; every bit is kept.</param>
    public void Add(long timestampMs, NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        Add(timestampMs, histogram.View);
    }

    /// <summary>Adds one histogram.</summary>
    /// <param name="timestampMs">The time, after the last one's.</param>
    /// <param name="histogram">The histogram, of another column or of anything else that stays as it is meanwhile.</param>
    public void Add(long timestampMs, in HistogramView histogram) =>
        histogram.Buckets.CopyTo(Add(timestampMs, histogram.Layout, histogram.ResetHint, histogram.ZeroCount, histogram.Count, histogram.Sum));

    /// <summary>Adds one histogram whose buckets the caller then fills in; for decoders.</summary>
    /// <param name="timestampMs">The time, after the last one's.</param>
    /// <param name="layout">Where its buckets lie.</param>
    /// <param name="hint">What is known about resets.</param>
    /// <param name="zeroCount">Observations in the zero bucket.</param>
    /// <param name="count">All observations.</param>
    /// <param name="sum">Their sum.</param>
    /// <returns>Where the counts go: the positive buckets, then the negative ones.</returns>
    public Span<double> Add(long timestampMs, HistogramLayout layout, HistogramResetHint hint, double zeroCount, double count, double sum)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (Count == Math.Min(_timestamps.Length, _entries.Length))
        {
            Grow(ref _timestamps, Count, Count + 1);
            Grow(ref _entries, Count, Count + 1);
        }

        if (_buckets.Length - BucketCount < layout.BucketCount)
        {
            Grow(ref _buckets, BucketCount, BucketCount + layout.BucketCount);
        }

        _timestamps[Count] = timestampMs;
        _entries[Count] = new Entry(layout, BucketCount, hint, zeroCount, count, sum);
        Count++;
        BucketCount += layout.BucketCount;
        return _buckets.AsSpan(BucketCount - layout.BucketCount, layout.BucketCount);
    }

    /// <summary>Drops histograms at the end.</summary>
    /// <param name="count">How many stay; not more than there are.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        if (count < Count)
        {
            BucketCount = _entries[count].BucketStart;
            _entries.AsSpan(count, Count - count).Clear();
            Count = count;
        }
    }

    /// <summary>Gives the arrays back to the pool.</summary>
    public void Dispose()
    {
        if (_timestamps.Length == 0)
        {
            return;
        }

        Clear();
        ArrayPool<long>.Shared.Return(_timestamps);
        ArrayPool<Entry>.Shared.Return(_entries);
        ArrayPool<double>.Shared.Return(_buckets);
        _timestamps = [];
        _entries = [];
        _buckets = [];
    }

    private static void Grow<T>(ref T[] array, int used, int needed)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(needed, array.Length * 2));
        array.AsSpan(0, used).CopyTo(larger);
        array.AsSpan(0, used).Clear(); // The pool must not keep layouts alive.
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    private readonly record struct Entry(HistogramLayout Layout, int BucketStart, HistogramResetHint Hint, double ZeroCount, double Count, double Sum);
}
