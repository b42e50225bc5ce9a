namespace Toka.TimeSeries.Index;

/// <summary>
/// A list of series ids: a sorted part, and behind it ids that came out of order because an id was used again. Reading
/// sorts what is needed once. Lists of one id take no array.
/// </summary>
internal struct Postings
{
    private int[]? _ids;
    private int _single;
    private int _sorted;

    /// <summary>The number of ids.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an id that is not there.</summary>
    public void Add(int id)
    {
        if (Count == 0)
        {
            _single = id;
            _sorted = Count = 1;
            return;
        }

        if (_ids is null)
        {
            _ids = [_single, 0];
        }
        else if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count + Math.Max(2, Count / 2));
        }

        _ids[Count] = id;
        if (_sorted == Count && _ids[Count - 1] < id)
        {
            _sorted++;
        }

        Count++;
    }

    /// <summary>Drops the ids for which a condition holds.</summary>
    public void RemoveWhere(Predicate<int> gone)
    {
        var kept = 0;
        foreach (var id in Ids())
        {
            if (gone(id))
            {
                continue;
            }

            if (_ids is null)
            {
                return;
            }

            _ids[kept++] = id;
        }

        Count = _sorted = kept;
        if (kept == 0)
        {
            _ids = null;
        }
        else if (_ids!.Length > 2 * kept)
        {
            Array.Resize(ref _ids, Math.Max(2, kept));
        }
    }

    /// <summary>The ids, ascending. The view ends with the next change.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ReadOnlySpan<int> Ids()
    {
        if (_ids is null)
        {
            return new ReadOnlySpan<int>(in _single)[..Count];
        }

        if (_sorted < Count)
        {
            // Introsort on mostly sorted ints; once after ids were used again, not once a read.
            Array.Sort(_ids, 0, Count);
            _sorted = Count;
        }

        return _ids.AsSpan(0, Count);
    }
}
