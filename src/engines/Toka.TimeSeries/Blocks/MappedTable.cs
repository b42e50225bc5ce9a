using System.Buffers.Binary;

namespace Toka.TimeSeries.Blocks;

/// <summary>A table that <see cref="TableBuilder"/> wrote, as it lies in the file. Immutable.</summary>
internal readonly struct MappedTable
{
    private const int FixedHeadBytes = sizeof(uint) + 1;

    private readonly int _start;
    private readonly int _stride;
    private readonly ulong _widths;

    private MappedTable(int rows, int start, int stride, ulong widths) => (Rows, _start, _stride, _widths) = (rows, start, stride, widths);

    /// <summary>How many rows.</summary>
    public int Rows { get; }

    /// <summary>Reads a table's head.</summary>
    /// <exception cref="InvalidDataException">It is not such a table.</exception>
    public static MappedTable Of(ReadOnlySpan<byte> bytes, int columns)
    {
        if (bytes.Length < FixedHeadBytes + columns || bytes[sizeof(uint)] != columns)
        {
            throw new InvalidDataException("a table has another shape");
        }

        var rows = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var (stride, widths) = (0, 0UL);
        for (var i = 0; i < columns; i++)
        {
            var width = Math.Min(bytes[FixedHeadBytes + i], (byte)sizeof(ulong));
            stride += width;
            widths |= (ulong)width << (8 * i);
        }

        var start = FixedHeadBytes + columns;
        return rows <= int.MaxValue && start + (rows * (long)stride) + sizeof(ulong) == bytes.Length
            ? new MappedTable((int)rows, start, stride, widths)
            : throw new InvalidDataException("a table has another length");
    }

    /// <summary>One number.</summary>
    /// <param name="bytes">The table's section.</param>
    /// <param name="row">From 0 to <see cref="Rows"/> − 1.</param>
    /// <param name="column">Its column.</param>
    public ulong Get(ReadOnlySpan<byte> bytes, int row, int column)
    {
        if ((uint)row >= (uint)Rows)
        {
            throw new InvalidDataException($"a table of {Rows} rows has no row {row}");
        }

        var (at, widths) = (_start + ((long)row * _stride), _widths);
        for (; column > 0; column--, widths >>= 8)
        {
            at += (int)(widths & 0xff);
        }

        var width = (int)(widths & 0xff);
        return width == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)at..]) & (ulong.MaxValue >> (64 - (8 * width)));
    }

    /// <summary>One number that must fit an int.</summary>
    public int GetInt(ReadOnlySpan<byte> bytes, int row, int column)
    {
        var value = Get(bytes, row, column);
        return value <= int.MaxValue ? (int)value : throw new InvalidDataException($"the number {value} in a table is too large");
    }
}
