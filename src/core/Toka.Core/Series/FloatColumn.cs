using System.Buffers;

namespace Toka.Core.Series;

/// <summary>
/// Timestamps (ms since the Unix epoch) and float64 values of one series in two pooled arrays of the same length. The
/// owner clears it between series and disposes it at the end; not thread-safe.
/// </summary>
public sealed class FloatColumn : IDisposable
{
    private long[] _timestamps;
    private double[] _values;

    /// <summary>An empty column.</summary>
    /// <param name="capacity">How many samples fit before the arrays grow; at least 1.</param>
    public FloatColumn(int capacity = 256)
    {
        _timestamps = ArrayPool<long>.Shared.Rent(capacity);
        _values = ArrayPool<double>.Shared.Rent(capacity);
    }

    /// <summary>The number of samples.</summary>
    public int Count { get; private set; }

    /// <summary>The times, ascending. The view ends with the next change of the column.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    /// <summary>The values, one for each time. The view ends with the next change of the column.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>Forgets the samples and keeps the arrays.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds one sample.</summary>
    /// <param name="timestampMs">The time, after the last one's.</param>
    /// <param name="value">The value; every bit is kept.</param>
    public void Add(long timestampMs, double value)
    {
        if (Count == _timestamps.Length || Count == _values.Length)
        {
            Grow(Count + 1);
        }

        _timestamps[Count] = timestampMs;
        _values[Count] = value;
        Count++;
    }

    /// <summary>Makes room for samples which the caller then fills in; for decoders.</summary>
    /// <param name="count">How many.</param>
    /// <param name="timestamps">Where their times go.</param>
    /// <param name="values">Where their values go.</param>
    public void Extend(int count, out Span<long> timestamps, out Span<double> values)
    {
        if (Count + count > Math.Min(_timestamps.Length, _values.Length))
        {
            Grow(Count + count);
        }

        timestamps = _timestamps.AsSpan(Count, count);
        values = _values.AsSpan(Count, count);
        Count += count;
    }

    /// <summary>Drops samples at the end.</summary>
    /// <param name="count">How many stay; not more than there are.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        Count = count;
    }

    /// <summary>Gives the arrays back to the pool.</summary>
    public void Dispose()
    {
        if (_timestamps.Length == 0)
        {
            return;
        }

        ArrayPool<long>.Shared.Return(_timestamps);
        ArrayPool<double>.Shared.Return(_values);
        _timestamps = [];
        _values = [];
        Count = 0;
    }

    private void Grow(int needed)
    {
        var capacity = Math.Max(needed, Math.Max(16, Count * 2));
        var timestamps = ArrayPool<long>.Shared.Rent(capacity);
        var values = ArrayPool<double>.Shared.Rent(capacity);
        Timestamps.CopyTo(timestamps);
        Values.CopyTo(values);
        ArrayPool<long>.Shared.Return(_timestamps);
        ArrayPool<double>.Shared.Return(_values);
        _timestamps = timestamps;
        _values = values;
    }
}
