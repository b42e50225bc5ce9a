using System.IO.Hashing;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Index;

/// <summary>One name with one value, as the canonical bytes of a label set have it.</summary>
internal struct LabelPair
{
    /// <summary>The number of the name.</summary>
    public int Name;

    /// <summary>Where the bytes are.</summary>
    public uint Address;

    /// <summary>How many.</summary>
    public int Length;

    /// <summary>Where the pair stands in the list of its name.</summary>
    public int Place;

    /// <summary>The series which have the pair.</summary>
    public Postings Series;
}

/// <summary>A label's name and the pairs which have it.</summary>
internal sealed class LabelName(byte[] utf8)
{
    /// <summary>The name.</summary>
    public byte[] Utf8 { get; } = utf8;

    /// <summary>Its pairs, in no order.</summary>
    public List<int> Pairs { get; } = [];
}

/// <summary>
/// The symbol table: every label pair once, as UTF-8 bytes in an arena, found by hash through open addressing. A series is
/// a list of pair numbers. Not thread-safe.
/// </summary>
internal sealed class LabelPairs
{
    private const int PairBytes = 48;

    private readonly PagedArray<LabelPair> _pairs = new();
    private readonly Stack<int> _free = new();
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _nameLookup;
    private readonly Dictionary<byte[], int> _nameNumbers = new(Utf8Comparer.Instance);
    private readonly List<LabelName> _names = [];
    private ByteArena _bytes = new();
    private long _liveBytes;
    private HashSlots _slots = new(64);
    private int _next;

    /// <summary>An empty table.</summary>
    public LabelPairs() => _nameLookup = _nameNumbers.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>All names, also those without pairs.</summary>
    public IReadOnlyList<LabelName> Names => _names;

    /// <summary>A pair.</summary>
    public ref LabelPair this[int pair] => ref _pairs[pair];

    /// <summary>The canonical bytes of a pair: length, name, length, value.</summary>
    public ReadOnlySpan<byte> BytesOf(int pair)
    {
        ref var entry = ref _pairs[pair];
        return _bytes.Get(entry.Address, entry.Length);
    }

    /// <summary>The value's bytes of a pair.</summary>
    public ReadOnlySpan<byte> ValueOf(int pair) => BytesOf(pair)[(_names[_pairs[pair].Name].Utf8.Length + (2 * sizeof(ushort)))..];

    /// <summary>The number of a name, or −1.</summary>
    public int FindName(ReadOnlySpan<byte> utf8) => _nameLookup.TryGetValue(utf8, out var number) ? number : -1;

    /// <summary>Finds a pair by name and value.</summary>
    /// <returns>Its number, or −1.</returns>
    public int Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || name.Length > ushort.MaxValue || value.Length > ushort.MaxValue)
        {
            return -1;
        }

        var encoded = new byte[(2 * sizeof(ushort)) + name.Length + value.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(encoded, (ushort)name.Length);
        name.CopyTo(encoded.AsSpan(sizeof(ushort)));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(encoded.AsSpan(sizeof(ushort) + name.Length), (ushort)value.Length);
        value.CopyTo(encoded.AsSpan((2 * sizeof(ushort)) + name.Length));
        return Find(encoded, XxHash3.HashToUInt64(encoded));
    }

    /// <summary>The pair's number; a new one where it was not known.</summary>
    /// <param name="encoded">The canonical bytes of the pair.</param>
    /// <param name="name">The name within them.</param>
    public int FindOrAdd(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> name)
    {
        var hash = XxHash3.HashToUInt64(encoded);
        var pair = Find(encoded, hash);
        if (pair >= 0)
        {
            return pair;
        }

        if (!_nameLookup.TryGetValue(name, out var number))
        {
            number = _names.Count;
            var utf8 = name.ToArray();
            _names.Add(new LabelName(utf8));
            _nameNumbers.Add(utf8, number);
        }

        if (!_free.TryPop(out pair))
        {
            pair = _next++;
            _pairs.Ensure(pair);
        }

        _pairs[pair] = new LabelPair { Name = number, Address = _bytes.Add(encoded), Length = encoded.Length, Place = _names[number].Pairs.Count };
        _liveBytes += encoded.Length;
        _names[number].Pairs.Add(pair);
        _slots.Reserve(known => XxHash3.HashToUInt64(BytesOf(known)));
        _slots.Add(hash, pair);
        return pair;
    }

    /// <summary>Bytes of the table without the posting lists.</summary>
    public long Bytes => _bytes.Bytes + ((long)_next * PairBytes) + _slots.Bytes;

    /// <summary>Takes series out of the posting list of a pair, and drops the pair where no series has it any more.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="gone">The series, ascending.</param>
    public void RemoveSeries(int pair, ReadOnlySpan<int> gone)
    {
        ref var entry = ref _pairs[pair];
        entry.Series.Remove(gone);
        if (entry.Series.Count > 0)
        {
            return;
        }

        var pairs = _names[entry.Name].Pairs;
        pairs[entry.Place] = pairs[^1];
        _pairs[pairs[^1]].Place = entry.Place;
        pairs.RemoveAt(pairs.Count - 1);
        _slots.Remove(XxHash3.HashToUInt64(BytesOf(pair)), pair);
        _liveBytes -= entry.Length;
        _free.Push(pair);
    }

    /// <summary>Gives back the bytes of dropped pairs once they are more than those of the others.</summary>
    public void Compact()
    {
        if (_bytes.Bytes > (2 * _liveBytes) + ByteArena.PageBytes)
        {
            MoveToNewArena();
        }
    }

    private void MoveToNewArena()
    {
        var arena = new ByteArena();
        foreach (var pair in _names.SelectMany(static n => n.Pairs))
        {
            _pairs[pair].Address = arena.Add(BytesOf(pair));
        }

        _bytes = arena;
    }

    private int Find(ReadOnlySpan<byte> encoded, ulong hash)
    {
        for (var probe = _slots.First(hash); _slots.TryNext(hash, ref probe, out var pair);)
        {
            if (BytesOf(pair).SequenceEqual(encoded))
            {
                return pair;
            }
        }

        return -1;
    }
}
