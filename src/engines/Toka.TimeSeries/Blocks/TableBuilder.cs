using System.Buffers.Binary;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// A table of unsigned numbers, written with the fewest whole bytes that each column needs, read by
/// <see cref="MappedTable"/>. Not thread-safe.
/// </summary>
/// <param name="columns">How many columns.</param>
internal sealed class TableBuilder(int columns)
{
    private readonly List<ulong> _cells = [];
    private readonly ulong[] _max = new ulong[columns];

    /// <summary>The rows so far.</summary>
    public int Rows => _cells.Count / columns;

    /// <summary>Adds a row of as many numbers as there are columns.</summary>
    public void Add(params ReadOnlySpan<ulong> row)
    {
        for (var i = 0; i < columns; i++)
        {
            _max[i] = Math.Max(_max[i], row[i]);
            _cells.Add(row[i]);
        }
    }

    /// <summary>Writes the table as a section.</summary>
    public void Write(BlockStream into, SectionKind kind)
    {
        into.Begin(kind);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Rows);
        into.Write(bytes[..sizeof(uint)]);
        Span<byte> widths = stackalloc byte[1 + columns];
        widths[0] = (byte)columns;
        for (var i = 0; i < columns; i++)
        {
            widths[1 + i] = (byte)BlockFormat.WidthOf(_max[i]);
        }

        into.Write(widths);
        for (var i = 0; i < _cells.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, _cells[i]);
            into.Write(bytes[..widths[1 + (i % columns)]]);
        }

        // A reader takes eight bytes at a time.
        bytes.Clear();
        into.Write(bytes);
        into.End();
    }
}
