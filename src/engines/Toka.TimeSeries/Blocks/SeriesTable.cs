using System.Buffers.Binary;

namespace Toka.TimeSeries.Blocks;

/// <summary>The series of a block, read where they lie: labels as ranks of values, and chunks. Immutable.</summary>
internal sealed class SeriesTable
{
    private readonly BlockSections _sections;
    private readonly BlockLabels _labels;
    private readonly MappedTable _groups;
    private readonly MappedTable _shapes;
    private readonly MappedTable _times;
    private readonly BlockInfo _info;

    /// <summary>Reads the heads of the tables.</summary>
    public SeriesTable(BlockSections sections, BlockLabels labels, BlockInfo info)
    {
        _sections = sections;
        _labels = labels;
        _info = info;
        _groups = MappedTable.Of(sections[SectionKind.SeriesGroups], SeriesGroupTable.Columns);
        _shapes = MappedTable.Of(sections[SectionKind.ShapeTable], ShapeTable.Columns);
        _times = MappedTable.Of(sections[SectionKind.TimeColumns], TimeColumnTable.Columns);
    }

    /// <summary>The rank of a label's value in a series; −1 where it has none.</summary>
    public int RankOf(int ordinal, int name)
    {
        var entry = EntryOf(ordinal, out _);
        var at = 0;
        var shape = ShapeOf(entry, ref at, out var shapeAt, out var count);
        for (var i = 0; i < count; i++)
        {
            var next = Varint.ReadInt(shape, ref shapeAt);
            var rank = TakeRank(entry, ref at, _labels.RankBytesOf(next));
            if (next == name)
            {
                return rank;
            }
        }

        return -1;
    }

    /// <summary>Adds the names that a series has.</summary>
    public void AddNames(int ordinal, HashSet<int> names)
    {
        var at = 0;
        var shape = ShapeOf(EntryOf(ordinal, out _), ref at, out var shapeAt, out var count);
        for (var i = 0; i < count; i++)
        {
            names.Add(Varint.ReadInt(shape, ref shapeAt));
        }
    }

    /// <summary>Writes the canonical labels of a series.</summary>
    /// <returns>Their length.</returns>
    public int CopyLabels(int ordinal, ref byte[] into)
    {
        var entry = EntryOf(ordinal, out _);
        var (at, length) = (0, 0);
        var shape = ShapeOf(entry, ref at, out var shapeAt, out var count);
        for (var i = 0; i < count; i++)
        {
            var name = Varint.ReadInt(shape, ref shapeAt);
            var text = _labels.NameOf(name);
            var rank = TakeRank(entry, ref at, _labels.RankBytesOf(name));
            var head = text.Length + (2 * sizeof(ushort));
            if (length > BlockFormat.LabelBytesMax)
            {
                throw new InvalidDataException($"a series has more than {BlockFormat.LabelBytesMax} bytes of labels");
            }

            if (into.Length - length < head)
            {
                Array.Resize(ref into, Math.Max(length + head, 2 * into.Length));
            }

            BinaryPrimitives.WriteUInt16LittleEndian(into.AsSpan(length), (ushort)text.Length);
            text.CopyTo(into.AsSpan(length + sizeof(ushort)));
            var value = _labels.CopyValue(name, rank, ref into, length + head);
            BinaryPrimitives.WriteUInt16LittleEndian(into.AsSpan(length + head - sizeof(ushort)), (ushort)value);
            length += head + value;
        }

        return length;
    }

    /// <summary>The chunks of a series.</summary>
    public ChunkList ChunksOf(int ordinal)
    {
        var entry = EntryOf(ordinal, out var data);
        var at = 0;
        var shape = ShapeOf(entry, ref at, out var shapeAt, out var count);
        for (var i = 0; i < count; i++)
        {
            at += _labels.RankBytesOf(Varint.ReadInt(shape, ref shapeAt));
        }

        var offset = data + (long)Varint.Read(entry, ref at);
        return new ChunkList(this, entry[at..], offset);
    }

    /// <summary>Where a time column is.</summary>
    public (long Offset, int Length) TimesAt(int column)
    {
        var table = _sections[SectionKind.TimeColumns];
        return ((long)_times.Get(table, column, TimeColumnTable.Offset), _times.GetInt(table, column, TimeColumnTable.Length));
    }

    /// <summary>The chunk of a kind that has its times in a column.</summary>
    public ChunkRef Timed(ChunkKind kind, int column, long offset, int length)
    {
        var table = _sections[SectionKind.TimeColumns];
        var min = unchecked(_info.MinMs + (long)_times.Get(table, column, TimeColumnTable.MinAfterBlock));
        var max = unchecked(min + (long)_times.Get(table, column, TimeColumnTable.Span));
        var count = _times.GetInt(table, column, TimeColumnTable.Count);
        return count is >= 1 and <= BlockFormat.ChunkSamplesMax
            ? new ChunkRef(kind, min, max, count, column, offset, length)
            : throw new InvalidDataException($"a chunk cannot have {count} samples");
    }

    /// <summary>A damage of the series.</summary>
    public BlockDamagedException Damaged(Exception cause) => _sections.Damaged(SectionKind.Series, cause);

    private ReadOnlySpan<byte> EntryOf(int ordinal, out long data)
    {
        var (group, skip) = Math.DivRem(ordinal, BlockFormat.SeriesPerGroup);
        var table = _sections[SectionKind.SeriesGroups];
        data = (long)_groups.Get(table, group, SeriesGroupTable.Data);
        var at = _groups.GetInt(table, group, SeriesGroupTable.Offset);
        var series = _sections[SectionKind.Series];
        while (true)
        {
            var length = Varint.ReadInt(series, ref at, series.Length);
            if (length > series.Length - at)
            {
                throw new InvalidDataException("a series is cut short");
            }

            if (skip-- == 0)
            {
                return series.Slice(at, length);
            }

            at += length;
        }
    }

    /// <summary>The shapes, and where the names of an entry's shape are among them.</summary>
    private ReadOnlySpan<byte> ShapeOf(ReadOnlySpan<byte> entry, ref int at, out int shapeAt, out int count)
    {
        var row = Varint.ReadInt(entry, ref at);
        var shapes = _sections[SectionKind.Shapes];
        shapeAt = _shapes.GetInt(_sections[SectionKind.ShapeTable], row, ShapeTable.Offset);
        count = Varint.ReadInt(shapes, ref shapeAt);
        return shapes;
    }

    private static int TakeRank(ReadOnlySpan<byte> entry, ref int at, int bytes)
    {
        var rank = 0;
        for (var i = 0; i < bytes; i++)
        {
            rank |= entry[at++] << (8 * i);
        }

        return rank;
    }
}

/// <summary>The chunks of a series, in the order of their writing: ascending within a kind.</summary>
internal ref struct ChunkList
{
    private readonly SeriesTable _table;
    private readonly ReadOnlySpan<byte> _entry;
    private long _offset;
    private int _at;

    internal ChunkList(SeriesTable table, ReadOnlySpan<byte> entry, long offset)
    {
        _table = table;
        _entry = entry;
        _offset = offset;
    }

    /// <summary>The chunk.</summary>
    public ChunkRef Current { get; private set; }

    /// <summary>Allows <c>foreach</c>.</summary>
    public readonly ChunkList GetEnumerator() => this;

    /// <summary>Goes to the next chunk.</summary>
    /// <exception cref="BlockDamagedException">The bytes are not such a list.</exception>
    public bool MoveNext()
    {
        if (_at == _entry.Length)
        {
            return false;
        }

        try
        {
            Next();
            return true;
        }
        catch (InvalidDataException e)
        {
            throw _table.Damaged(e);
        }
    }

    private void Next()
    {
        var head = Varint.Read(_entry, ref _at);
        var number = head >> 3 <= int.MaxValue ? (int)(head >> 3) : throw new InvalidDataException("a chunk's number is too large");
        var kind = (ChunkKind)(head & 7);
        switch (kind)
        {
            case ChunkKind.Floats or ChunkKind.Summaries:
                Current = _table.Timed(kind, number, _offset, Length());
                break;
            case ChunkKind.Histograms or ChunkKind.Exemplars or ChunkKind.Created:
                var min = Varint.UnZigZag(Varint.Read(_entry, ref _at));
                var max = unchecked(min + (long)Varint.Read(_entry, ref _at));
                Current = new ChunkRef(kind, min, max, number, -1, _offset, Length());
                break;
            default:
                throw new InvalidDataException($"a chunk is of the unknown kind {(int)kind}");
        }

        _offset += Current.Length + BlockFormat.CrcBytes;
    }

    private int Length() => Varint.ReadInt(_entry, ref _at, BlockFormat.PayloadBytesMax);
}
