namespace Toka.TimeSeries.Blocks;

/// <summary>The names and values of a block's labels, read where they lie. Immutable.</summary>
internal sealed class BlockLabels
{
    private readonly BlockSections _sections;
    private readonly MappedTable _names;
    private readonly MappedTable _groups;

    /// <summary>Reads the heads of the tables.</summary>
    public BlockLabels(BlockSections sections)
    {
        _sections = sections;
        _names = MappedTable.Of(sections[SectionKind.Names], NameTable.Columns);
        _groups = MappedTable.Of(sections[SectionKind.ValueGroups], ValueGroupTable.Columns);
        if (_names.Rows < 1)
        {
            throw new InvalidDataException("the table of names has no end");
        }
    }

    /// <summary>How many names there are; they are numbered in their order.</summary>
    public int NameCount => _names.Rows - 1;

    /// <summary>A name's bytes.</summary>
    public ReadOnlySpan<byte> NameOf(int name)
    {
        var table = _sections[SectionKind.Names];
        var start = _names.GetInt(table, name, NameTable.Text);
        return _sections[SectionKind.NameTexts][start.._names.GetInt(table, name + 1, NameTable.Text)];
    }

    /// <summary>How many values a name has; they are ranked in their order.</summary>
    public int ValueCountOf(int name)
    {
        var count = _names.GetInt(_sections[SectionKind.Names], name, NameTable.Values);
        var bytes = _sections.PlaceOf(SectionKind.Values).Length;
        return count <= bytes ? count : throw new InvalidDataException($"{count} values of a label cannot be in a section of {bytes} bytes");
    }

    /// <summary>How many bytes a rank among the values of a name takes in a series' entry.</summary>
    public int RankBytesOf(int name) => BlockFormat.WidthOf((ulong)Math.Max(0, ValueCountOf(name) - 1));

    /// <summary>The number of a name, or −1.</summary>
    public int FindName(ReadOnlySpan<byte> name)
    {
        var (low, high) = (0, NameCount - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = NameOf(middle).SequenceCompareTo(name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>Walks the values of a name from the group which holds a rank.</summary>
    public ValueWalk Walk(int name, int rank = 0)
    {
        var table = _sections[SectionKind.Names];
        var count = _names.GetInt(table, name, NameTable.Values);
        if (rank < 0 || rank > count)
        {
            throw new InvalidDataException($"the label {name} has no value {rank}");
        }

        var group = rank / BlockFormat.ValuesPerGroup;
        var first = group * BlockFormat.ValuesPerGroup;
        if (first >= count)
        {
            return default;
        }

        var row = _names.GetInt(table, name, NameTable.FirstGroup) + group;
        var groups = _sections[SectionKind.ValueGroups];
        return new ValueWalk(
            _sections[SectionKind.Values],
            _groups.GetInt(groups, row, ValueGroupTable.Offset),
            _groups.GetInt(groups, row, ValueGroupTable.Postings),
            first,
            count);
    }

    /// <summary>Walks the values of a name from the group in which a value is or would be.</summary>
    public ValueWalk WalkFrom(int name, ReadOnlySpan<byte> value)
    {
        var (low, high) = (0, (ValueCountOf(name) - 1) / BlockFormat.ValuesPerGroup);
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            using var head = Walk(name, middle * BlockFormat.ValuesPerGroup);
            (low, high) = head.MoveNext() && head.Text.SequenceCompareTo(value) <= 0 ? (middle, high) : (low, middle - 1);
        }

        return Walk(name, low * BlockFormat.ValuesPerGroup);
    }

    /// <summary>Finds a value: the groups by halving, for each begins with a whole value, then by walking one of them.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <param name="entry">What is known of it.</param>
    /// <returns>Whether it is there.</returns>
    public bool TryFind(int name, ReadOnlySpan<byte> value, out ValueEntry entry)
    {
        using var walk = WalkFrom(name, value);
        for (var i = 0; i < BlockFormat.ValuesPerGroup && walk.MoveNext(); i++)
        {
            var order = walk.Text.SequenceCompareTo(value);
            if (order >= 0)
            {
                entry = walk.Entry;
                return order == 0;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>Writes a value's bytes behind others.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rank">The value's rank.</param>
    /// <param name="into">Grows where needed.</param>
    /// <param name="start">Where to write.</param>
    /// <returns>The value's length.</returns>
    public int CopyValue(int name, int rank, ref byte[] into, int start)
    {
        using var walk = Walk(name, rank);
        while (walk.MoveNext())
        {
            if (walk.Entry.Rank == rank)
            {
                var text = walk.Text;
                if (into.Length - start < text.Length)
                {
                    Array.Resize(ref into, Math.Max(start + text.Length, 2 * into.Length));
                }

                text.CopyTo(into.AsSpan(start));
                return text.Length;
            }
        }

        throw new InvalidDataException($"the label {name} has no value {rank}");
    }

    /// <summary>The list of the series of a value.</summary>
    public PostingList PostingsOf(ValueEntry entry, int seriesCount) =>
        new(_sections[SectionKind.Postings].Slice(entry.Posting, entry.PostingBytes), seriesCount);
}

/// <summary>A value of a label and its series.</summary>
/// <param name="Rank">Its place among the values of the name.</param>
/// <param name="Series">How many series have it.</param>
/// <param name="Posting">Where their list begins; where there is one series only, its ordinal.</param>
/// <param name="PostingBytes">The length of the list; 0 where there is one series only.</param>
internal readonly record struct ValueEntry(int Rank, int Series, int Posting, int PostingBytes);
