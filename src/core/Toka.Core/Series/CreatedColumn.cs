using System.Buffers;

namespace Toka.Core.Series;

/// <summary>
/// When the counter of one series began, as a step function of time: from each time on, until the next one, the counter is
/// known to have begun at that moment. Ascending, neighbours differ. The owner clears it between series and disposes it at
/// the end; not thread-safe.
/// </summary>
public sealed class CreatedColumn : IDisposable
{
    private long[] _timestamps;
    private long[] _created;

    /// <summary>An empty column.</summary>
    /// <param name="capacity">How many steps fit before the arrays grow; at least 1.</param>
    public CreatedColumn(int capacity = 16)
    {
        _timestamps = ArrayPool<long>.Shared.Rent(capacity);
        _created = ArrayPool<long>.Shared.Rent(capacity);
    }

    /// <summary>The number of steps.</summary>
    public int Count { get; private set; }

    /// <summary>The times of the steps, ms since the Unix epoch. The view ends with the next change of the column.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    /// <summary>The moment that the counter began at, for each step, ms since the Unix epoch. The view ends with the next change.</summary>
    public ReadOnlySpan<long> Created => _created.AsSpan(0, Count);

    /// <summary>Forgets the steps and keeps the arrays.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a step; one that changes nothing is left out.</summary>
    /// <param name="timestampMs">The time, after the last one's.</param>
    /// <param name="createdMs">The moment that the counter began at.</param>
    public void Add(long timestampMs, long createdMs)
    {
        if (Count > 0 && _created[Count - 1] == createdMs)
        {
            return;
        }

        if (Count == Math.Min(_timestamps.Length, _created.Length))
        {
            Grow(ref _timestamps);
            Grow(ref _created);
        }

        _timestamps[Count] = timestampMs;
        _created[Count] = createdMs;
        Count++;
    }

    /// <summary>When the counter that was seen at a time began; null where it is not known.</summary>
    /// <param name="timestampMs">The time of a sample.</param>
    public long? At(long timestampMs)
    {
        var at = Timestamps.BinarySearch(timestampMs);
        at = at < 0 ? ~at - 1 : at;
        return at < 0 ? null : _created[at];
    }

    /// <summary>Gives the arrays back to the pool.</summary>
    public void Dispose()
    {
        if (_timestamps.Length == 0)
        {
            return;
        }

        ArrayPool<long>.Shared.Return(_timestamps);
        ArrayPool<long>.Shared.Return(_created);
        _timestamps = [];
        _created = [];
        Count = 0;
    }

    private void Grow(ref long[] array)
    {
        var larger = ArrayPool<long>.Shared.Rent(Math.Max(Count + 1, array.Length * 2));
        array.AsSpan(0, Count).CopyTo(larger);
        ArrayPool<long>.Shared.Return(array);
        array = larger;
    }
}
