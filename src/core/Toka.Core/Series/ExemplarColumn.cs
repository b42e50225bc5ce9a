using System.Buffers;
using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <summary>
/// Exemplars of one series in pooled arrays, the labels of all in one. Ascending by time; those of one time by label bytes.
/// The owner clears it between series and disposes it at the end; not thread-safe.
/// </summary>
public sealed class ExemplarColumn : IDisposable
{
    private long[] _timestamps;
    private double[] _values;
    private int[] _ends;
    private byte[] _labels;

    /// <summary>An empty column.</summary>
    /// <param name="capacity">How many exemplars fit before the arrays grow; at least 1.</param>
    public ExemplarColumn(int capacity = 64)
    {
        _timestamps = ArrayPool<long>.Shared.Rent(capacity);
        _values = ArrayPool<double>.Shared.Rent(capacity);
        _ends = ArrayPool<int>.Shared.Rent(capacity);
        _labels = ArrayPool<byte>.Shared.Rent(capacity);
    }

    /// <summary>The number of exemplars.</summary>
    public int Count { get; private set; }

    /// <summary>The times, ascending; a time may come more than once. The view ends with the next change of the column.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    /// <summary>The values, one for each time. The view ends with the next change of the column.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>The bytes of all labels.</summary>
    public int LabelBytes => Count == 0 ? 0 : _ends[Count - 1];

    /// <summary>A copy of an exemplar.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public Exemplar this[int index] => new(LabelSet.FromEncoded(LabelsOf(index)), Timestamps[index], Values[index]);

    /// <summary>The canonical label bytes of an exemplar. The view ends with the next change of the column.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public ReadOnlySpan<byte> LabelsOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var start = index == 0 ? 0 : _ends[index - 1];
        return _labels.AsSpan(start, _ends[index] - start);
    }

    /// <summary>Forgets the exemplars and keeps the arrays.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds one exemplar.</summary>
    /// <param name="timestampMs">The time, not before the last one's.</param>
    /// <param name="value">The value; every bit is kept.</param>
    /// <param name="labels">Its canonical label bytes, as <see cref="LabelSet.Encoded"/>.</param>
    public void Add(long timestampMs, double value, ReadOnlySpan<byte> labels)
    {
        var start = LabelBytes;
        if (Count == Math.Min(Math.Min(_timestamps.Length, _values.Length), _ends.Length))
        {
            Grow(ref _timestamps, Count, Count + 1);
            Grow(ref _values, Count, Count + 1);
            Grow(ref _ends, Count, Count + 1);
        }

        if (_labels.Length - start < labels.Length)
        {
            Grow(ref _labels, start, start + labels.Length);
        }

        labels.CopyTo(_labels.AsSpan(start));
        _timestamps[Count] = timestampMs;
        _values[Count] = value;
        _ends[Count] = start + labels.Length;
        Count++;
    }

    /// <summary>Drops exemplars at the end.</summary>
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
        ArrayPool<int>.Shared.Return(_ends);
        ArrayPool<byte>.Shared.Return(_labels);
        _timestamps = [];
        _values = [];
        _ends = [];
        _labels = [];
        Count = 0;
    }

    private static void Grow<T>(ref T[] array, int used, int needed)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(needed, array.Length * 2));
        array.AsSpan(0, used).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }
}
