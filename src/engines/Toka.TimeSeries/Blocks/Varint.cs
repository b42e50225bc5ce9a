using System.Buffers;

namespace Toka.TimeSeries.Blocks;

/// <summary>LEB128: seven bits a byte, the lowest first; signed numbers as zigzag.</summary>
internal static class Varint
{
    /// <summary>The most bytes that a number takes.</summary>
    public const int BytesMax = 10;

    /// <summary>Appends a number.</summary>
    public static void Write(IBufferWriter<byte> into, ulong value)
    {
        var span = into.GetSpan(BytesMax);
        var at = 0;
        while (value >= 0x80)
        {
            span[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[at++] = (byte)value;
        into.Advance(at);
    }

    /// <summary>Reads a number and moves on.</summary>
    /// <param name="from">The bytes.</param>
    /// <param name="at">Where it begins; then where it ended.</param>
    /// <exception cref="InvalidDataException">It is cut short or too long.</exception>
    public static ulong Read(ReadOnlySpan<byte> from, ref int at)
    {
        if ((uint)at < (uint)from.Length && from[at] < 0x80)
        {
            return from[at++];
        }

        var value = 0UL;
        for (var shift = 0; shift < 70 && (uint)at < (uint)from.Length; shift += 7)
        {
            var next = from[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number is cut short");
    }

    /// <summary>Reads a number that must be from 0 to a bound.</summary>
    /// <exception cref="InvalidDataException">It is cut short or above the bound.</exception>
    public static int ReadInt(ReadOnlySpan<byte> from, ref int at, int max = int.MaxValue)
    {
        var value = Read(from, ref at);
        return value <= (ulong)max ? (int)value : throw new InvalidDataException($"the number {value} is above {max}");
    }

    /// <summary>Maps 0, −1, 1, −2 … to 0, 1, 2, 3 …</summary>
    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <summary>The other way.</summary>
    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
