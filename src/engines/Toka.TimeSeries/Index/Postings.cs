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

    /// <summary>Drops ids; the time it takes is that of moving what stays, whole pieces at once.</summary>
    /// <param name="gone">Which, ascending; those that are not here are passed over.</param>
    public void Remove(ReadOnlySpan<int> gone)
    {
        var ids = Ids();
        if (_ids is null)
        {
            Count = _sorted = ids.Length == 1 && gone.BinarySearch(ids[0]) >= 0 ? 0 : ids.Length;
            return;
        }

        int kept = 0, from = 0;
        foreach (var id in gone)
        {
            var at = ids[from..].BinarySearch(id);
            if (at < 0)
            {
                continue;
            }

            ids.Slice(from, at).CopyTo(_ids.AsSpan(kept));
            kept += at;
            from += at + 1;
        }

        ids[from..].CopyTo(_ids.AsSpan(kept));
        kept += ids.Length - from;
        Count = _sorted = kept;
        if (kept == 0)
        {
            _ids = null;
        }
        else if (_ids.Length > 2 * kept)
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
