using Toka.Core.Series;

namespace Toka.TimeSeries.Head;

/// <summary>
/// The samples of one series that came after a newer one had: two sorted lists, merged in when the series is read. The
/// rare path: it costs 16 bytes a sample and, against the order, a move. Used under the head's lock only.
/// </summary>
internal sealed class Overlap
{
    private readonly List<long> _times = [];
    private readonly List<double> _values = [];

    /// <summary>The number of samples.</summary>
    public int Count => _times.Count;

    /// <summary>The bytes they hold.</summary>
    public long Bytes => 16L * _times.Capacity;

    /// <summary>Finds a sample by time.</summary>
    public bool TryGet(long time, out ulong bits)
    {
        var at = _times.BinarySearch(time);
        bits = at >= 0 ? BitConverter.DoubleToUInt64Bits(_values[at]) : 0;
        return at >= 0;
    }

    /// <summary>Adds a sample whose time is not there yet.</summary>
    public void Add(long time, double value)
    {
        var at = ~_times.BinarySearch(time);
        _times.Insert(at, time);
        _values.Insert(at, value);
    }

    /// <summary>Drops what is older than a moment.</summary>
    /// <returns>How many samples went.</returns>
    public int DropBefore(long time)
    {
        var at = _times.BinarySearch(time);
        at = at < 0 ? ~at : at;
        _times.RemoveRange(0, at);
        _values.RemoveRange(0, at);
        return at;
    }

    /// <summary>Copies the samples of a range.</summary>
    public void CopyTo(long from, long to, FloatColumn into)
    {
        var at = _times.BinarySearch(from);
        for (at = at < 0 ? ~at : at; at < _times.Count && _times[at] <= to; at++)
        {
            into.Add(_times[at], _values[at]);
        }
    }

    /// <summary>Merges sorted samples into the sorted end of a column.</summary>
    /// <param name="into">The column.</param>
    /// <param name="start">Where the sorted end begins.</param>
    /// <param name="late">The samples to merge; no time is in both.</param>
    public static void Merge(FloatColumn into, int start, FloatColumn late)
    {
        using var merged = new FloatColumn(Math.Max(1, into.Count - start + late.Count));
        int i = start, j = 0;
        while (i < into.Count || j < late.Count)
        {
            if (j == late.Count || (i < into.Count && into.Timestamps[i] < late.Timestamps[j]))
            {
                merged.Add(into.Timestamps[i], into.Values[i]);
                i++;
            }
            else
            {
                merged.Add(late.Timestamps[j], late.Values[j]);
                j++;
            }
        }

        into.Truncate(start);
        into.Extend(merged.Count, out var times, out var values);
        merged.Timestamps.CopyTo(times);
        merged.Values.CopyTo(values);
    }
}
