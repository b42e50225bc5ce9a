using System.Buffers;
using System.Buffers.Binary;

namespace Toka.TimeSeries.Blocks;

/// <summary>Writes the index sections of a block: names, values, postings, shapes, series. Used once.</summary>
internal sealed class SeriesIndexWriter
{
    private readonly SeriesIndexBuilder _index;
    private readonly BlockStream _into;
    private readonly ArrayBufferWriter<byte> _scratch = new();

    /// <summary>The names as the builder numbers them, ascending.</summary>
    private readonly int[] _names;

    /// <summary>The place of each name among them.</summary>
    private readonly int[] _nameRanks;

    /// <summary>The pairs of each name (as the builder numbers it), ascending by value.</summary>
    private readonly int[][] _pairs;

    /// <summary>The place of each pair among those of its name.</summary>
    private readonly int[] _ranks;

    /// <summary>Sorts names and values.</summary>
    public SeriesIndexWriter(SeriesIndexBuilder index, BlockStream into)
    {
        _index = index;
        _into = into;
        var pairs = index.Pairs;
        _names = [.. Enumerable.Range(0, pairs.Names.Count)];
        Array.Sort(_names, (a, b) => pairs.Names[a].Utf8.AsSpan().SequenceCompareTo(pairs.Names[b].Utf8));
        _nameRanks = new int[_names.Length];
        _pairs = new int[_names.Length][];
        _ranks = new int[pairs.Names.Sum(static n => n.Pairs.Count)];
        for (var i = 0; i < _names.Length; i++)
        {
            var name = _names[i];
            _nameRanks[name] = i;
            _pairs[name] = [.. pairs.Names[name].Pairs];
            Array.Sort(_pairs[name], (a, b) => pairs.ValueOf(a).SequenceCompareTo(pairs.ValueOf(b)));
            for (var rank = 0; rank < _pairs[name].Length; rank++)
            {
                _ranks[_pairs[name][rank]] = rank;
            }
        }
    }

    /// <summary>Writes all of them.</summary>
    public void Write()
    {
        WriteNames();
        WriteValues(WritePostings());
        WriteShapes();
        WriteSeries();
    }

    private void WriteNames()
    {
        var table = new TableBuilder(NameTable.Columns);
        var (text, group) = (0, 0);
        _into.Begin(SectionKind.NameTexts);
        foreach (var name in _names)
        {
            var utf8 = _index.Pairs.Names[name].Utf8;
            _into.Write(utf8);
            table.Add((ulong)text, (ulong)_pairs[name].Length, (ulong)group);
            text += utf8.Length;
            group += (_pairs[name].Length + BlockFormat.ValuesPerGroup - 1) / BlockFormat.ValuesPerGroup;
        }

        _into.End();
        table.Add((ulong)text, 0, (ulong)group);
        table.Write(_into, SectionKind.Names);
    }

    /// <summary>Writes the lists of more than one series.</summary>
    /// <returns>The length of each pair's list.</returns>
    private int[] WritePostings()
    {
        var lengths = new int[_ranks.Length];
        _into.Begin(SectionKind.Postings);
        foreach (var pair in _names.SelectMany(name => _pairs[name]))
        {
            var ordinals = _index.Pairs[pair].Series.Ids();
            if (ordinals.Length > 1)
            {
                _scratch.ResetWrittenCount();
                PostingList.Encode(ordinals, _scratch);
                _into.Write(_scratch.WrittenSpan);
                lengths[pair] = _scratch.WrittenCount;
            }
        }

        _into.End();
        return lengths;
    }

    private void WriteValues(int[] postingBytes)
    {
        var groups = new TableBuilder(ValueGroupTable.Columns);
        var (offset, postings) = (0L, 0L);
        _into.Begin(SectionKind.Values);
        foreach (var name in _names)
        {
            ReadOnlySpan<byte> previous = default;
            for (var rank = 0; rank < _pairs[name].Length; rank++)
            {
                var pair = _pairs[name][rank];
                if (rank % BlockFormat.ValuesPerGroup == 0)
                {
                    groups.Add((ulong)offset, (ulong)postings);
                    previous = default;
                }

                var value = _index.Pairs.ValueOf(pair);
                var shared = previous.CommonPrefixLength(value);
                _scratch.ResetWrittenCount();
                Varint.Write(_scratch, (ulong)shared);
                Varint.Write(_scratch, (ulong)(value.Length - shared));
                _scratch.Write(value[shared..]);
                var ordinals = _index.Pairs[pair].Series.Ids();
                Varint.Write(_scratch, (ulong)ordinals.Length);
                Varint.Write(_scratch, (ulong)(ordinals.Length == 1 ? ordinals[0] : postingBytes[pair]));
                _into.Write(_scratch.WrittenSpan);
                offset += _scratch.WrittenCount;
                postings += postingBytes[pair];
                previous = value;
            }
        }

        _into.End();
        groups.Write(_into, SectionKind.ValueGroups);
    }

    private void WriteShapes()
    {
        var table = new TableBuilder(ShapeTable.Columns);
        var offset = 0;
        _into.Begin(SectionKind.Shapes);
        foreach (var names in _index.Shapes)
        {
            table.Add((ulong)offset);
            _scratch.ResetWrittenCount();
            Varint.Write(_scratch, (ulong)names.Length);
            foreach (var name in names)
            {
                Varint.Write(_scratch, (ulong)_nameRanks[name]);
            }

            _into.Write(_scratch.WrittenSpan);
            offset += _scratch.WrittenCount;
        }

        _into.End();
        table.Write(_into, SectionKind.ShapeTable);
    }

    private void WriteSeries()
    {
        var groups = new TableBuilder(SeriesGroupTable.Columns);
        var (offset, ordinal, groupData) = (0L, 0, 0L);
        var length = new ArrayBufferWriter<byte>();
        _into.Begin(SectionKind.Series);
        foreach (var page in _index.Pages())
        {
            var from = page.Span;
            for (var at = 0; at < from.Length; ordinal++)
            {
                _scratch.ResetWrittenCount();
                var shape = Varint.ReadInt(from, ref at);
                Varint.Write(_scratch, (ulong)shape);
                foreach (var name in _index.Shapes[shape])
                {
                    PutRank(_ranks[Varint.ReadInt(from, ref at)], BlockFormat.WidthOf((ulong)_pairs[name].Length - 1));
                }

                var data = (long)Varint.Read(from, ref at);
                if (ordinal % BlockFormat.SeriesPerGroup == 0)
                {
                    groups.Add((ulong)offset, (ulong)data);
                    groupData = data;
                }

                Varint.Write(_scratch, (ulong)(data - groupData));
                var chunks = Varint.ReadInt(from, ref at);
                _scratch.Write(from.Slice(at, chunks));
                at += chunks;
                length.ResetWrittenCount();
                Varint.Write(length, (ulong)_scratch.WrittenCount);
                _into.Write(length.WrittenSpan);
                _into.Write(_scratch.WrittenSpan);
                offset += length.WrittenCount + _scratch.WrittenCount;
            }
        }

        _into.End();
        groups.Write(_into, SectionKind.SeriesGroups);
    }

    private void PutRank(int rank, int width)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, rank);
        _scratch.Write(bytes[..width]);
    }
}

/// <summary>The columns of the table of names, which has one row more: the end of the last name and of its groups.</summary>
internal static class NameTable
{
    public const int Columns = 3;
    public const int Text = 0;
    public const int Values = 1;
    public const int FirstGroup = 2;
}

/// <summary>The columns of the table of value groups.</summary>
internal static class ValueGroupTable
{
    public const int Columns = 2;
    public const int Offset = 0;
    public const int Postings = 1;
}

/// <summary>The columns of the table of shapes.</summary>
internal static class ShapeTable
{
    public const int Columns = 1;
    public const int Offset = 0;
}

/// <summary>The columns of the table of series groups.</summary>
internal static class SeriesGroupTable
{
    public const int Columns = 2;
    public const int Offset = 0;
    public const int Data = 1;
}
