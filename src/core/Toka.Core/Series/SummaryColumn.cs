using System.Buffers;
using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <summary>
/// Summaries of one series' samples, ascending in time, in pooled arrays of the same length. The owner clears it between
/// series and disposes it at the end; not thread-safe. A view ends with the next change of the column.
/// </summary>
public sealed class SummaryColumn : IDisposable
{
    private long[] _timestamps;
    private double[] _min;
    private double[] _max;
    private double[] _sum;
    private long[] _count;
    private double[] _last;
    private double[] _increase;

    /// <summary>An empty column.</summary>
    /// <param name="capacity">How many summaries fit before the arrays grow; at least 1.</param>
    public SummaryColumn(int capacity = 64)
    {
        _timestamps = ArrayPool<long>.Shared.Rent(capacity);
        _min = ArrayPool<double>.Shared.Rent(capacity);
        _max = ArrayPool<double>.Shared.Rent(capacity);
        _sum = ArrayPool<double>.Shared.Rent(capacity);
        _count = ArrayPool<long>.Shared.Rent(capacity);
        _last = ArrayPool<double>.Shared.Rent(capacity);
        _increase = ArrayPool<double>.Shared.Rent(capacity);
    }

    /// <summary>The number of summaries.</summary>
    public int Length { get; private set; }

    /// <summary>The time of each one's last sample, ms since the Unix epoch, ascending.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Length);

    /// <summary>See <see cref="Summary.Min"/>.</summary>
    public ReadOnlySpan<double> Min => _min.AsSpan(0, Length);

    /// <summary>See <see cref="Summary.Max"/>.</summary>
    public ReadOnlySpan<double> Max => _max.AsSpan(0, Length);

    /// <summary>See <see cref="Summary.Sum"/>.</summary>
    public ReadOnlySpan<double> Sum => _sum.AsSpan(0, Length);

    /// <summary>See <see cref="Summary.Count"/>.</summary>
    public ReadOnlySpan<long> Count => _count.AsSpan(0, Length);

    /// <summary>See <see cref="Summary.Last"/>.</summary>
    public ReadOnlySpan<double> Last => _last.AsSpan(0, Length);

    /// <summary>See <see cref="Summary.Increase"/>.</summary>
    public ReadOnlySpan<double> Increase => _increase.AsSpan(0, Length);

    /// <summary>One summary.</summary>
    /// <param name="index">From 0 to <see cref="Length"/> − 1.</param>
    public Summary this[int index] => new(
        Timestamps[index], _min[index], _max[index], _sum[index], _count[index], _last[index], _increase[index]);

    /// <summary>Forgets the summaries and keeps the arrays.</summary>
    public void Clear() => Length = 0;

    /// <summary>Adds one summary.</summary>
    /// <param name="summary">The summary; its time is after the last one's.</param>
    public void Add(in Summary summary)
    {
        EnsureRoom(1);
        _timestamps[Length] = summary.TimestampMs;
        _min[Length] = summary.Min;
        _max[Length] = summary.Max;
        _sum[Length] = summary.Sum;
        _count[Length] = summary.Count;
        _last[Length] = summary.Last;
        _increase[Length] = summary.Increase;
        Length++;
    }

    /// <summary>Adds a sample as a summary of one; a stale marker as a summary of none.</summary>
    /// <param name="timestampMs">The time, after the last one's.</param>
    /// <param name="value">The value; every bit is kept.</param>
    public void AddSample(long timestampMs, double value)
    {
        if (StaleMarker.Is(value))
        {
            Add(Summary.OfMarker(timestampMs));
            return;
        }

        var before = Length - 1;
        while (before >= 0 && _count[before] == 0)
        {
            before--;
        }

        Add(before < 0 ? Summary.OfSample(timestampMs, value) : Summary.OfSample(timestampMs, value, _last[before]));
    }

    /// <summary>Makes room for summaries which the caller then fills in, column by column; for decoders.</summary>
    /// <param name="count">How many.</param>
    public SummarySpans Extend(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        EnsureRoom(count);
        var from = Length;
        Length += count;
        return new SummarySpans
        {
            Timestamps = _timestamps.AsSpan(from, count),
            Min = _min.AsSpan(from, count),
            Max = _max.AsSpan(from, count),
            Sum = _sum.AsSpan(from, count),
            Count = _count.AsSpan(from, count),
            Last = _last.AsSpan(from, count),
            Increase = _increase.AsSpan(from, count),
        };
    }

    /// <summary>Drops summaries at the end.</summary>
    /// <param name="length">How many stay; not more than there are.</param>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length, nameof(length));
        Length = length;
    }

    /// <summary>Gives the arrays back to the pool.</summary>
    public void Dispose()
    {
        if (_timestamps.Length == 0)
        {
            return;
        }

        Length = 0;
        Give(ref _timestamps);
        Give(ref _min);
        Give(ref _max);
        Give(ref _sum);
        Give(ref _count);
        Give(ref _last);
        Give(ref _increase);
    }

    private void EnsureRoom(int more)
    {
        var needed = Length + more;
        Grow(ref _timestamps, needed);
        Grow(ref _min, needed);
        Grow(ref _max, needed);
        Grow(ref _sum, needed);
        Grow(ref _count, needed);
        Grow(ref _last, needed);
        Grow(ref _increase, needed);
    }

    private void Grow<T>(ref T[] array, int needed)
    {
        if (needed <= array.Length)
        {
            return;
        }

        var larger = ArrayPool<T>.Shared.Rent(Math.Max(needed, Math.Max(16, Length * 2)));
        array.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    private static void Give<T>(ref T[] array)
    {
        ArrayPool<T>.Shared.Return(array);
        array = [];
    }
}

/// <summary>Where a decoder puts summaries, one span a column, all of the same length.</summary>
public readonly ref struct SummarySpans
{
    /// <summary>See <see cref="Summary.TimestampMs"/>.</summary>
    public Span<long> Timestamps { get; init; }

    /// <summary>See <see cref="Summary.Min"/>.</summary>
    public Span<double> Min { get; init; }

    /// <summary>See <see cref="Summary.Max"/>.</summary>
    public Span<double> Max { get; init; }

    /// <summary>See <see cref="Summary.Sum"/>.</summary>
    public Span<double> Sum { get; init; }

    /// <summary>See <see cref="Summary.Count"/>.</summary>
    public Span<long> Count { get; init; }

    /// <summary>See <see cref="Summary.Last"/>.</summary>
    public Span<double> Last { get; init; }

    /// <summary>See <see cref="Summary.Increase"/>.</summary>
    public Span<double> Increase { get; init; }
}
