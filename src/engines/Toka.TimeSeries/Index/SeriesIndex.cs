using System.Buffers;
using Toka.Core.Labels;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Index;

/// <summary>
/// Which series there are: dense 32-bit ids, found by the hash of their labels with equality confirmed, and inverted:
/// label, value, ids. Only the committer changes it, under the head's lock; <see cref="Find"/> needs no lock from the
/// committer, everything else is called under the lock.
/// </summary>
internal sealed class SeriesIndex
{
    /// <summary>Label sets kept ready for answers: the live page asks for the same series every second. About 2.5 MB at most.</summary>
    private const int LabelSetsMax = 16_384;

    /// <summary>Created ids remembered, so that a kept selection is brought up to date instead of thrown away.</summary>
    private const int CreatedMax = 4096;

    /// <summary>A series in the columns here: hash, list, incarnation, label set.</summary>
    private const int RowBytes = 8 + 4 + 4 + 16;

    private readonly PagedArray<ulong> _hashes = new();
    private readonly PagedArray<uint> _lists = new();
    private readonly PagedArray<int> _incarnations = new();
    private readonly PagedArray<LabelSetSlot> _labelSets = new();
    private readonly Queue<int> _labelSetOrder = new();
    private readonly int[] _created = new int[CreatedMax];
    private readonly Stack<int> _free = new();
    private readonly LabelPairs _pairs = new();
    private ListArena _pairLists = new();
    private long _livePairs;
    private HashSlots _slots = new(256);
    private int _guess;

    private struct LabelSetSlot
    {
        public LabelSet? Labels;
        public bool Queued;
    }

    /// <summary>The number of series.</summary>
    public int Count { get; private set; }

    /// <summary>Every id ever used is below this.</summary>
    public int End { get; private set; }

    /// <summary>Counts series made.</summary>
    public long Generation { get; private set; }

    /// <summary>Counts removals.</summary>
    public long Removals { get; private set; }

    /// <summary>The pairs, for selection.</summary>
    public LabelPairs Pairs => _pairs;

    /// <summary>Which of the series that had this id the present one is.</summary>
    public int IncarnationOf(int id) => _incarnations[id];

    /// <summary>Whether an id is in use.</summary>
    public bool IsLive(int id) => (_incarnations[id] & 1) == 1;

    /// <summary>The pairs of a series, ordered by name.</summary>
    public ReadOnlySpan<int> PairsOf(int id) => _pairLists.Get(_lists[id]);

    /// <summary>Finds a series. Batches mostly come in the same order again, so the id after the last one found is tried first.</summary>
    /// <param name="encoded">The canonical labels.</param>
    /// <param name="hash">Their hash.</param>
    /// <returns>The id, or −1.</returns>
    public int Find(ReadOnlySpan<byte> encoded, ulong hash)
    {
        if (_guess < End && _hashes[_guess] == hash && IsLive(_guess) && HasLabels(_guess, encoded))
        {
            return _guess++;
        }

        for (var probe = _slots.First(hash); _slots.TryNext(hash, ref probe, out var id);)
        {
            if (_hashes[id] == hash && HasLabels(id, encoded))
            {
                _guess = id + 1;
                return id;
            }
        }

        return -1;
    }

    /// <summary>Adds a series that is not there.</summary>
    /// <returns>Its id.</returns>
    public int Add(ReadOnlySpan<byte> encoded, ulong hash)
    {
        if (!_free.TryPop(out var id))
        {
            id = End++;
            _hashes.Ensure(id);
            _lists.Ensure(id);
            _incarnations.Ensure(id);
            _labelSets.Ensure(id);
        }

        var list = new ArrayBufferWriter<int>(16);
        var at = 0;
        foreach (var label in LabelSet.Enumerate(encoded))
        {
            var length = (2 * sizeof(ushort)) + label.Name.Length + label.Value.Length;
            var pair = _pairs.FindOrAdd(encoded.Slice(at, length), label.Name);
            _pairs[pair].Series.Add(id);
            list.GetSpan(1)[0] = pair;
            list.Advance(1);
            at += length;
        }

        _hashes[id] = hash;
        _lists[id] = _pairLists.Add(list.WrittenSpan);
        _livePairs += list.WrittenCount + 1;
        _incarnations[id]++;
        _slots.Reserve(known => _hashes[known]);
        _slots.Add(hash, id);
        _created[Generation++ % CreatedMax] = id;
        Count++;
        return id;
    }

    /// <summary>Removes series; their ids are used again. Touches the posting lists of their own pairs only.</summary>
    /// <param name="gone">Which, ascending.</param>
    public void Remove(ReadOnlySpan<int> gone)
    {
        var pairs = new HashSet<int>();
        foreach (var id in gone)
        {
            _slots.Remove(_hashes[id], id);
            foreach (var pair in PairsOf(id))
            {
                pairs.Add(pair);
            }

            _livePairs -= PairsOf(id).Length + 1;
            _incarnations[id]++;
            _labelSets[id].Labels = null;
            _free.Push(id);
        }

        foreach (var pair in pairs)
        {
            _pairs.RemoveSeries(pair, gone);
        }

        _pairs.Compact();
        Count -= gone.Length;
        Removals++;
        if (_pairLists.Length > (2 * _livePairs) + (1 << 14))
        {
            var lists = new ListArena();
            for (var id = 0; id < End; id++)
            {
                if (IsLive(id))
                {
                    _lists[id] = lists.Add(PairsOf(id));
                }
            }

            _pairLists = lists;
        }
    }

    /// <summary>Bytes of the index with labels and posting lists; what lists have in reserve (up to half) is not counted.</summary>
    public long EstimatedBytes => _pairs.Bytes + _slots.Bytes + (4 * (_pairLists.Length + _livePairs)) + ((long)End * RowBytes);

    /// <summary>The series made since a generation; false where too many were to remember.</summary>
    public bool TryCreatedSince(long generation, out int[] ids)
    {
        ids = [];
        if (Generation - generation > CreatedMax)
        {
            return false;
        }

        ids = new int[Generation - generation];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = _created[(generation + i) % CreatedMax];
        }

        return true;
    }

    /// <summary>The labels of a series. The last ones asked for are kept.</summary>
    public LabelSet LabelsOf(int id)
    {
        ref var slot = ref _labelSets[id];
        if (slot.Labels is { } known)
        {
            return known;
        }

        slot.Labels = LabelSet.FromOwned(Encode(id));
        if (!slot.Queued)
        {
            slot.Queued = true;
            _labelSetOrder.Enqueue(id);
            if (_labelSetOrder.Count > LabelSetsMax)
            {
                var oldest = _labelSetOrder.Dequeue();
                _labelSets[oldest] = default;
            }
        }

        return _labelSets[id].Labels ?? LabelSet.FromOwned(Encode(id));
    }

    /// <summary>The value of a label of a series; empty where it has none.</summary>
    public ReadOnlySpan<byte> ValueOf(int id, int name)
    {
        foreach (var pair in PairsOf(id))
        {
            if (_pairs[pair].Name == name)
            {
                return _pairs.ValueOf(pair);
            }
        }

        return default;
    }

    /// <summary>All ids in use, ascending.</summary>
    public int[] All()
    {
        var ids = new int[Count];
        for (int id = 0, at = 0; id < End; id++)
        {
            if (IsLive(id))
            {
                ids[at++] = id;
            }
        }

        return ids;
    }

    /// <summary>The canonical labels of a series, written to a buffer.</summary>
    public void EncodeTo(int id, IBufferWriter<byte> into)
    {
        foreach (var pair in PairsOf(id))
        {
            into.Write(_pairs.BytesOf(pair));
        }
    }

    private byte[] Encode(int id)
    {
        var length = 0;
        foreach (var pair in PairsOf(id))
        {
            length += _pairs[pair].Length;
        }

        var encoded = new byte[length];
        var at = 0;
        foreach (var pair in PairsOf(id))
        {
            _pairs.BytesOf(pair).CopyTo(encoded.AsSpan(at));
            at += _pairs[pair].Length;
        }

        return encoded;
    }

    private bool HasLabels(int id, ReadOnlySpan<byte> encoded)
    {
        foreach (var pair in PairsOf(id))
        {
            if (!encoded.StartsWith(_pairs.BytesOf(pair)))
            {
                return false;
            }

            encoded = encoded[_pairs[pair].Length..];
        }

        return encoded.IsEmpty;
    }
}
