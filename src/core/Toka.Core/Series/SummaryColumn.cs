using System.Buffers;

namespace Toka.Core.Series;

/// <summary>
/// What is known of the samples of one series in one bucket of time. A stale marker is a summary of its own, of no samples,
/// whose <see cref="Last"/> is the marker; the samples around it keep their own last value.
/// </summary>
/// <param name="TimestampMs">The time of the bucket's last sample, in ms since the Unix epoch.</param>
/// <param name="Min">The least value; NaN only where there is nothing else.</param>
/// <param name="Max">The greatest value; NaN only where there is nothing else.</param>
/// <param name="Sum">The sum of the values; NaN where any is.</param>
/// <param name="Count">How many samples, NaN included; 0 for a stale marker.</param>
/// <param name="Last">The last value, every bit of it.</param>
/// <param name="Increase">
/// What a counter rose by since the last sample of the summary before, counted as PromQL counts: <c>Last</c> − that sample's
/// value, and for each fall on the way the value that it fell from. 0 where no sample is known before.
/// </param>
public readonly record struct Summary(long TimestampMs, double Min, double Max, double Sum, long Count, double Last, double Increase);

/// <summary>Where a decoder puts summaries: spans of the same length into a <see cref="SummaryColumn"/>.</summary>
public readonly ref struct SummarySpans
{
    /// <summary>Times of the buckets' last samples.</summary>
    public required Span<long> Timestamps { get; init; }

    /// <summary>Least values.</summary>
    public required Span<double> Min { get; init; }

    /// <summary>Greatest values.</summary>
    public required Span<double> Max { get; init; }

    /// <summary>Sums of the values.</summary>
    public required Span<double> Sum { get; init; }

    /// <summary>Numbers of samples.</summary>
    public required Span<long> Counts { get; init; }

    /// <summary>Last values.</summary>
    public required Span<double> Last { get; init; }

    /// <summary>Increases of a counter.</summary>
    public required Span<double> Increase { get; init; }

    /// <summary>Some of the buckets.</summary>
    /// <param name="start">The first.</param>
    /// <param name="length">How many.</param>
    public SummarySpans Slice(int start, int length) => new()
    {
        Timestamps = Timestamps.Slice(start, length),
        Min = Min.Slice(start, length),
        Max = Max.Slice(start, length),
        Sum = Sum.Slice(start, length),
        Counts = Counts.Slice(start, length),
        Last = Last.Slice(start, length),
        Increase = Increase.Slice(start, length),
    };

    /// <summary>Copies all of them to the start of others of at least this length; the two may overlap.</summary>
    /// <param name="to">Where to.</param>
    public void CopyTo(in SummarySpans to)
    {
        Timestamps.CopyTo(to.Timestamps);
        Min.CopyTo(to.Min);
        Max.CopyTo(to.Max);
        Sum.CopyTo(to.Sum);
        Counts.CopyTo(to.Counts);
        Last.CopyTo(to.Last);
        Increase.CopyTo(to.Increase);
    }
}

/// <summary>
/// Summaries of one series, a bucket of time each, in pooled arrays of the same length: the columns of a tier. The owner
/// clears it between series and disposes it at the end; not thread-safe.
/// </summary>
public sealed class SummaryColumn : IDisposable
{
    private const int Floats = 5;

    private long[] _integers;
    private double[] _floats;
    private int _capacity;

    /// <summary>An empty column.</summary>
    /// <param name="capacity">How many buckets fit before the arrays grow; at least 1.</param>
    public SummaryColumn(int capacity = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _capacity = capacity;
        _integers = ArrayPool<long>.Shared.Rent(2 * capacity);
        _floats = ArrayPool<double>.Shared.Rent(Floats * capacity);
    }

    /// <summary>The number of buckets.</summary>
    public int Count { get; private set; }

    /// <summary>The times of the buckets' last samples, ascending. Views end with the next change of the column.</summary>
    public ReadOnlySpan<long> Timestamps => _integers.AsSpan(0, Count);

    /// <summary>The numbers of samples.</summary>
    public ReadOnlySpan<long> Counts => _integers.AsSpan(_capacity, Count);

    /// <summary>The least values.</summary>
    public ReadOnlySpan<double> Min => _floats.AsSpan(0, Count);

    /// <summary>The greatest values.</summary>
    public ReadOnlySpan<double> Max => _floats.AsSpan(_capacity, Count);

    /// <summary>The sums of the values.</summary>
    public ReadOnlySpan<double> Sum => _floats.AsSpan(2 * _capacity, Count);

    /// <summary>The last values.</summary>
    public ReadOnlySpan<double> Last => _floats.AsSpan(3 * _capacity, Count);

    /// <summary>The increases of a counter, resets counted.</summary>
    public ReadOnlySpan<double> Increase => _floats.AsSpan(4 * _capacity, Count);

    /// <summary>One bucket.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public Summary this[int index] =>
        new(Timestamps[index], Min[index], Max[index], Sum[index], Counts[index], Last[index], Increase[index]);

    /// <summary>Forgets the buckets and keeps the arrays.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds one bucket.</summary>
    /// <param name="summary">The bucket, its time after the last one's; every bit of its values is kept.</param>
    public void Add(in Summary summary)
    {
        var into = Extend(1);
        into.Timestamps[0] = summary.TimestampMs;
        into.Min[0] = summary.Min;
        into.Max[0] = summary.Max;
        into.Sum[0] = summary.Sum;
        into.Counts[0] = summary.Count;
        into.Last[0] = summary.Last;
        into.Increase[0] = summary.Increase;
    }

    /// <summary>Makes room for buckets which the caller then fills in; for decoders.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Where they go, until the next change of the column.</returns>
    public SummarySpans Extend(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (Count + count > _capacity)
        {
            Grow(Count + count);
        }

        Count += count;
        return Spans(Count - count, count);
    }

    /// <summary>Drops buckets at the end.</summary>
    /// <param name="count">How many stay; not more than there are.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        Count = count;
    }

    /// <summary>Gives the arrays back to the pool.</summary>
    public void Dispose()
    {
        if (_integers.Length == 0)
        {
            return;
        }

        ArrayPool<long>.Shared.Return(_integers);
        ArrayPool<double>.Shared.Return(_floats);
        _integers = [];
        _floats = [];
        _capacity = Count = 0;
    }

    private SummarySpans Spans(int start, int count) => new()
    {
        Timestamps = _integers.AsSpan(start, count),
        Counts = _integers.AsSpan(_capacity + start, count),
        Min = _floats.AsSpan(start, count),
        Max = _floats.AsSpan(_capacity + start, count),
        Sum = _floats.AsSpan((2 * _capacity) + start, count),
        Last = _floats.AsSpan((3 * _capacity) + start, count),
        Increase = _floats.AsSpan((4 * _capacity) + start, count),
    };

    private void Grow(int needed)
    {
        var old = Spans(0, Count);
        var (oldIntegers, oldFloats) = (_integers, _floats);
        _capacity = Math.Max(needed, Math.Max(16, _capacity * 2));
        _integers = ArrayPool<long>.Shared.Rent(2 * _capacity);
        _floats = ArrayPool<double>.Shared.Rent(Floats * _capacity);
        old.CopyTo(Spans(0, Count));
        if (oldIntegers.Length > 0)
        {
            ArrayPool<long>.Shared.Return(oldIntegers);
            ArrayPool<double>.Shared.Return(oldFloats);
        }
    }
}
