using System.Buffers.Binary;
using Toka.Core.Codecs;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>
/// The index of a block: symbols, and the series in the order of their labels. Versions 1 and 2. Thread-safe.
/// Source: Prometheus, "Index Disk Format".
/// </summary>
internal sealed class TsdbIndex
{
    private const uint Magic = 0xBAAAD700;
    private const int TableOfContentsBytes = (6 * sizeof(ulong)) + sizeof(uint);

    /// <summary>Series of version 2 begin at multiples of this, and are referred to by the multiple.</summary>
    private const int SeriesAlignment = 16;

    /// <summary>The place of one symbol of so many is remembered; the others are walked to.</summary>
    private const int SymbolsPerMark = 32;

    private readonly TsdbFile _file;
    private readonly int _version;
    private readonly long[] _symbolMarks;
    private readonly int _symbolCount;
    private readonly long _symbolsEnd;
    private readonly long _postings;

    public TsdbIndex(TsdbFile file)
    {
        _file = file;
        var header = file.Cursor(0, 5, "the header");
        if (header.U32() != Magic)
        {
            throw file.Fault(0, "this is not an index of Prometheus");
        }

        _version = header.Byte();
        if (_version is not (1 or 2))
        {
            throw file.Fault(4, $"the index has version {_version}; versions 1 and 2 are read");
        }

        var contents = file.Cursor(file.Length - TableOfContentsBytes, TableOfContentsBytes, "the table of contents");
        var at = contents.Offset;
        var bytes = contents.Bytes(TableOfContentsBytes);
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[^sizeof(uint)..]) != Crc32C.Of(bytes[..^sizeof(uint)]))
        {
            throw file.Fault(at, "the table of contents has a wrong checksum; the file may be cut off");
        }

        (_symbolMarks, _symbolCount, _symbolsEnd) = ReadSymbols((long)BinaryPrimitives.ReadUInt64BigEndian(bytes));
        (_postings, SeriesCount) = FindAllPostings((long)BinaryPrimitives.ReadUInt64BigEndian(bytes[(5 * sizeof(ulong))..]));
    }

    /// <summary>The number of series.</summary>
    public int SeriesCount { get; }

    /// <summary>Reads one series.</summary>
    /// <param name="index">From 0 to <see cref="SeriesCount"/> − 1, in the order of the labels.</param>
    /// <param name="into">Filled anew.</param>
    public void ReadSeries(int index, PrometheusSeries into)
    {
        var reference = BinaryPrimitives.ReadUInt32BigEndian(_file.Slice(_postings + (index * (long)sizeof(uint)), sizeof(uint), "the list of all series"));
        var entry = _file.Entry(_version == 1 ? reference : reference * (long)SeriesAlignment, 0, "a series");
        into.Begin(reference);
        for (var left = Count(ref entry, "labels"); left > 0; left--)
        {
            var name = Symbol(ref entry);
            into.Labels.Set(name, Symbol(ref entry));
        }

        var chunks = Count(ref entry, "chunks");
        long from = 0, to = 0, chunk = 0;
        for (var i = 0; i < chunks; i++)
        {
            from = i == 0 ? entry.Varint() : to + (long)entry.Uvarint();
            to = from + (long)entry.Uvarint();
            chunk = i == 0 ? (long)entry.Uvarint() : chunk + entry.Varint();
            into.Add(new PrometheusChunk((ulong)chunk, from, to));
        }
    }

    private static int Count(ref TsdbCursor entry, string what)
    {
        var count = entry.Uvarint();
        return count <= (ulong)entry.Remaining ? (int)count : throw entry.Fault($"{count} {what} cannot be in {entry.Remaining} bytes");
    }

    private ReadOnlySpan<byte> Symbol(ref TsdbCursor entry)
    {
        var reference = entry.Uvarint();
        if (_version == 1)
        {
            // In version 1 a symbol is referred to by its place in the file.
            return reference < (ulong)_symbolsEnd
                ? _file.Cursor((long)reference, _symbolsEnd - (long)reference, "a symbol").Text()
                : throw entry.Fault($"symbol {reference} does not exist");
        }

        if (reference >= (ulong)_symbolCount)
        {
            throw entry.Fault($"symbol {reference} of {_symbolCount} does not exist");
        }

        var mark = _symbolMarks[reference / SymbolsPerMark];
        var symbols = _file.Cursor(mark, _symbolsEnd - mark, "a symbol");
        for (var skip = reference % SymbolsPerMark; skip > 0; skip--)
        {
            symbols.Text();
        }

        return symbols.Text();
    }

    private (long[] Marks, int Count, long End) ReadSymbols(long offset)
    {
        var section = _file.Section(offset, "the symbol table");
        var end = section.Offset + section.Remaining;
        var count = section.U32();
        if (count > section.Remaining)
        {
            throw section.Fault($"{count} symbols cannot be in {section.Remaining} bytes");
        }

        var marks = new long[((int)count + SymbolsPerMark - 1) / SymbolsPerMark];
        for (var i = 0; i < (int)count; i++)
        {
            if (i % SymbolsPerMark == 0)
            {
                marks[i / SymbolsPerMark] = section.Offset;
            }

            section.Text();
        }

        return (marks, (int)count, end);
    }

    /// <summary>Finds the list of all series, which stands under the empty name and the empty value.</summary>
    private (long Offset, int Count) FindAllPostings(long offset)
    {
        var table = _file.Section(offset, "the table of postings");
        for (var left = table.U32(); left > 0; left--)
        {
            if (table.Uvarint() != 2)
            {
                throw table.Fault("an entry of the table of postings does not have two texts");
            }

            var isAll = table.Text().IsEmpty & table.Text().IsEmpty;
            var at = (long)table.Uvarint();
            if (isAll)
            {
                var all = _file.Section(at, "the list of all series");
                var count = all.U32();
                return count * (ulong)sizeof(uint) == (ulong)all.Remaining
                    ? (all.Offset, (int)count)
                    : throw all.Fault($"{count} series cannot be in {all.Remaining} bytes");
            }
        }

        throw table.Fault("the list of all series is missing");
    }
}
