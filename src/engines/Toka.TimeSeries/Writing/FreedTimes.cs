namespace Toka.TimeSeries.Writing;

/// <summary>
/// The times of blocks that were deleted to make room. While this process runs nothing is taken for them again: the log may
/// still have what was deleted, and after a crash that would win over what was acknowledged since. The next start needs none
/// of it: what the log has then is in memory again before the first write. Not thread-safe: the committer's.
/// </summary>
internal sealed class FreedTimes
{
    /// <summary>Ranges kept; where there are more, the two nearest become one. Blocks go oldest first, so there are hardly two.</summary>
    internal const int RangesMax = 64;

    private readonly List<(long From, long To)> _ranges = [];

    /// <summary>Whether a time was freed.</summary>
    public bool Has(long time)
    {
        foreach (var (from, to) in _ranges)
        {
            if (time >= from && time <= to)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Notes a range, both ends included.</summary>
    public void Add(long from, long to)
    {
        _ranges.Add((from, to));
        _ranges.Sort();
        for (var i = _ranges.Count - 1; i > 0; i--)
        {
            if (_ranges[i - 1].To >= _ranges[i].From - 1)
            {
                Join(i);
            }
        }

        if (_ranges.Count > RangesMax)
        {
            Join(Enumerable.Range(1, _ranges.Count - 1).MinBy(i => (ulong)(_ranges[i].From - _ranges[i - 1].To)));
        }
    }

    /// <summary>Makes one of a range and the one before it.</summary>
    private void Join(int at)
    {
        _ranges[at - 1] = (_ranges[at - 1].From, Math.Max(_ranges[at - 1].To, _ranges[at].To));
        _ranges.RemoveAt(at);
    }
}
