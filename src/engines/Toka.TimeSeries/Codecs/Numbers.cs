using System.Buffers;
using System.Numerics;

namespace Toka.TimeSeries.Codecs;

/// <summary>Numbers of variable length, and how long they are.</summary>
internal static class Numbers
{
    /// <summary>The most bytes of a number.</summary>
    public const int VarintBytesMax = 10;

    /// <summary>0, −1, 1, −2 … as 0, 1, 2, 3 …</summary>
    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <summary>The inverse of <see cref="ZigZag"/>.</summary>
    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>How many bits a number has; 0 for 0.</summary>
    public static int BitLength(ulong value) => 64 - BitOperations.LeadingZeroCount(value);

    /// <summary>Writes one byte.</summary>
    public static void WriteByte(this IBufferWriter<byte> into, int value)
    {
        into.GetSpan(1)[0] = (byte)value;
        into.Advance(1);
    }

    /// <summary>Writes an unsigned number, seven bits a byte, the lowest first.</summary>
    public static void WriteVarint(this IBufferWriter<byte> into, ulong value)
    {
        var span = into.GetSpan(VarintBytesMax);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        into.Advance(length);
    }

    /// <summary>Writes a signed number.</summary>
    public static void WriteZigZag(this IBufferWriter<byte> into, long value) => into.WriteVarint(ZigZag(value));
}
