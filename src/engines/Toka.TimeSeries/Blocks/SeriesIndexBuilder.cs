using System.Buffers;
using System.Runtime.InteropServices;
using Toka.Core.Labels;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// The series of a block being written: each label pair once, the ordinals of each, and for each series some 20 bytes of
/// what its entry will be. Values get their ranks only at the end. Not thread-safe.
/// </summary>
internal sealed class SeriesIndexBuilder
{
    private const int PageBytes = 64 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _pages = [];
    private readonly Dictionary<string, int> _shapes = [];
    private readonly List<int[]> _shapeNames = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _shapeLookup;
    private ArrayBufferWriter<byte> _page = new(PageBytes);
    private int[] _pairs = new int[32];
    private int[] _names = new int[32];

    /// <summary>An empty index.</summary>
    public SeriesIndexBuilder() => _shapeLookup = _shapes.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The number of series.</summary>
    public int Count { get; private set; }

    /// <summary>The label pairs.</summary>
    public LabelPairs Pairs { get; } = new();

    /// <summary>The names that the series of a shape have, as numbers of <see cref="Pairs"/>.</summary>
    public IReadOnlyList<int[]> Shapes => _shapeNames;

    /// <summary>Adds the next series.</summary>
    /// <param name="labels">Its canonical labels.</param>
    /// <param name="dataOffset">Where its first chunk's payload is.</param>
    /// <param name="chunks">Its chunks as its entry will have them.</param>
    public void Add(ReadOnlySpan<byte> labels, long dataOffset, ReadOnlySpan<byte> chunks)
    {
        var count = 0;
        var at = 0;
        foreach (var label in LabelSet.Enumerate(labels))
        {
            var length = (2 * sizeof(ushort)) + label.Name.Length + label.Value.Length;
            if (count == _pairs.Length)
            {
                Array.Resize(ref _pairs, 2 * count);
                Array.Resize(ref _names, 2 * count);
            }

            var pair = Pairs.FindOrAdd(labels.Slice(at, length), label.Name);
            Pairs[pair].Series.Add(Count);
            _pairs[count] = pair;
            _names[count++] = Pairs[pair].Name;
            at += length;
        }

        if (_page.WrittenCount >= PageBytes)
        {
            _pages.Add(_page.WrittenMemory);
            _page = new ArrayBufferWriter<byte>(PageBytes);
        }

        Varint.Write(_page, (ulong)ShapeOf(_names.AsSpan(0, count)));
        foreach (var pair in _pairs.AsSpan(0, count))
        {
            Varint.Write(_page, (ulong)pair);
        }

        Varint.Write(_page, (ulong)dataOffset);
        Varint.Write(_page, (ulong)chunks.Length);
        _page.Write(chunks);
        Count++;
    }

    /// <summary>The entries of all series, one after the other: shape, pairs, data offset, length of chunks, chunks.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pages() => _pages.Append(_page.WrittenMemory);

    private int ShapeOf(ReadOnlySpan<int> names)
    {
        var key = MemoryMarshal.Cast<int, char>(names);
        if (!_shapeLookup.TryGetValue(key, out var shape))
        {
            shape = _shapeNames.Count;
            _shapeNames.Add(names.ToArray());
            _shapes.Add(key.ToString(), shape);
        }

        return shape;
    }
}
