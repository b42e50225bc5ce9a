using System.Buffers.Binary;
using System.Numerics;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Wal;

/// <summary>
/// The value of a sample in the log, told from the value that the segment has for its series before: the same, a step of a
/// whole number, a step of a decimal number, or the bits themselves, whichever is shortest. Lossless: a step is used only
/// where it gives back every bit.
/// </summary>
internal static class SampleValue
{
    /// <summary>Forms 0 to 8 are the bits: so many of the highest bytes, the rest is zero.</summary>
    public const int BitsMax = 8;

    /// <summary>Nothing follows: the value as before.</summary>
    public const int Same = 9;

    /// <summary>A step of a whole number in 1 to 3 bytes is this and their number.</summary>
    public const int WholeStep = 9;

    /// <summary>A step of a decimal number: a byte with scale (low half) and length (high half), then the step.</summary>
    public const int DecimalStep = 13;

    /// <summary>The most bytes a value takes.</summary>
    public const int BytesMax = 8;

    private const int WholeStepBytesMax = 3;

    /// <summary>The finest scale tried; what does not fit it fits no coarser one, so a random float costs one try.</summary>
    private const int FinestScale = 9;

    /// <summary>Up to here a number of nanoseconds is exact (2^53 / 10^9).</summary>
    private const double FinestMax = 9_007_199.0;

    /// <summary>Hundredths (jiffies), µs, ns: what kernels and runtimes count in.</summary>
    private static ReadOnlySpan<byte> Scales => [2, 6, FinestScale];

    /// <summary>Encodes a value.</summary>
    /// <param name="into">Takes the bytes; 16 or more.</param>
    /// <param name="last">The value before; 0 for a series' first one.</param>
    /// <param name="bits">The value.</param>
    /// <param name="length">How many bytes it took.</param>
    /// <returns>The form.</returns>
    public static int Encode(Span<byte> into, ulong last, ulong bits, out int length)
    {
        length = 0;
        if (bits == last)
        {
            return Same;
        }

        var raw = bits == 0 ? 0 : 8 - (BitOperations.TrailingZeroCount(bits) >> 3);
        if (raw > 1 && TryStep(into, last, bits, raw, out length, out var form))
        {
            return form;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(into, raw == 0 ? 0 : bits >> ((8 - raw) << 3));
        length = raw;
        return raw;
    }

    /// <summary>Decodes a value.</summary>
    /// <param name="from">The bytes, the value's first; what was read is taken off.</param>
    /// <param name="form">The form.</param>
    /// <param name="value">The value before, which becomes this one.</param>
    /// <returns>False where no writer wrote this.</returns>
    public static bool TryDecode(ref ReadOnlySpan<byte> from, int form, ref ulong value)
    {
        if (form == Same)
        {
            return true;
        }

        if (form <= BitsMax)
        {
            if (!TryTake(ref from, form, out var high))
            {
                return false;
            }

            value = form == 0 ? 0 : high << ((8 - form) << 3);
            return true;
        }

        var (scale, bytes) = (0, form - WholeStep);
        if (form == DecimalStep)
        {
            if (from.IsEmpty)
            {
                return false;
            }

            (scale, bytes) = (from[0] & 15, from[0] >> 4);
            from = from[1..];
        }

        if (form > DecimalStep || bytes > 8 || scale > FinestScale || !TryTake(ref from, bytes, out var step)
            || !ChunkCodec.TryScale(BitConverter.UInt64BitsToDouble(value), value, scale, out var scaled))
        {
            return false;
        }

        value = ChunkCodec.Unscale(scaled + ((long)(step >> 1) ^ -(long)(step & 1)), scale);
        return true;
    }

    private static bool TryStep(Span<byte> into, ulong last, ulong bits, int raw, out int length, out int form)
    {
        var value = BitConverter.UInt64BitsToDouble(bits);
        var before = BitConverter.UInt64BitsToDouble(last);
        length = form = 0;
        if (ChunkCodec.TryScale(value, bits, 0, out var scaled) && ChunkCodec.TryScale(before, last, 0, out var scaledBefore))
        {
            length = Put(into, scaled - scaledBefore);
            form = WholeStep + length;
            return length <= WholeStepBytesMax && length < raw;
        }

        if (Math.Abs(value) < FinestMax && !ChunkCodec.TryScale(value, bits, FinestScale, out _))
        {
            return false;
        }

        foreach (var scale in Scales)
        {
            if (ChunkCodec.TryScale(value, bits, scale, out scaled) && ChunkCodec.TryScale(before, last, scale, out scaledBefore))
            {
                var bytes = Put(into[1..], scaled - scaledBefore);
                into[0] = (byte)(scale | (bytes << 4));
                length = bytes + 1;
                form = DecimalStep;
                return length < raw;
            }
        }

        return false;
    }

    private static int Put(Span<byte> into, long step)
    {
        var zigzag = (ulong)((step << 1) ^ (step >> 63));
        BinaryPrimitives.WriteUInt64LittleEndian(into, zigzag);
        return (64 - BitOperations.LeadingZeroCount(zigzag) + 7) >> 3;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> from, int count, out ulong number)
    {
        number = 0;
        if (from.Length < count)
        {
            return false;
        }

        for (var i = count - 1; i >= 0; i--)
        {
            number = (number << 8) | from[i];
        }

        from = from[count..];
        return true;
    }
}
