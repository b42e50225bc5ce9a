using Toka.Core.Series;

namespace Toka.Protocols.RemoteWrite;

/// <summary>Finds rows of a batch by their series, for what stands beside its samples. Reused; not thread-safe.</summary>
internal sealed class SeriesLookup
{
    private (ulong Hash, int Row)[] _entries = [];
    private int _count;

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Begins anew with rows of these series, numbered from 0.</summary>
    public void Fill<T>(IReadOnlyList<T> rows, Func<T, RowLabels> seriesOf)
    {
        _count = rows.Count;
        if (_entries.Length < _count)
        {
            _entries = new (ulong, int)[Math.Max(_count, 64)];
        }

        for (var i = 0; i < _count; i++)
        {
            _entries[i] = (seriesOf(rows[i]).Hash, i);
        }

        _entries.AsSpan(0, _count).Sort();
    }

    /// <summary>The rows of series that have this hash, in their order.</summary>
    public ReadOnlySpan<(ulong Hash, int Row)> Find(ulong hash)
    {
        var entries = _entries.AsSpan(0, _count);
        var first = entries.BinarySearch((hash, 0));
        first = first < 0 ? ~first : first;
        var end = first;
        while (end < entries.Length && entries[end].Hash == hash)
        {
            end++;
        }

        return entries[first..end];
    }
}
