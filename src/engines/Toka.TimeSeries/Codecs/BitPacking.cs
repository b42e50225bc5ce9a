using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// Numbers of one width without gaps. A full block of <see cref="BlockLength"/> lies in four lanes of 32-bit words (value i
/// in lane i mod 4), so that a vector unpacks four values at a time; a shorter one lies bit after bit.
/// </summary>
/// <remarks>
/// Source of the lanes: Lemire and Boytsov, "Decoding billions of integers per second through vectorization" (2015). Widths
/// above 32 are two layers, the low 32 bits and the rest. Thread-safe: no state.
/// </remarks>
internal static class BitPacking
{
    /// <summary>The values of a full block.</summary>
    public const int BlockLength = 128;

    private const int Lanes = 4;
    private const int Rows = BlockLength / Lanes;
    private const int LayerBits = 32;

    /// <summary>The bytes of some packed values.</summary>
    public static int Bytes(int count, int width) => ((count * width) + 7) / 8;

    /// <summary>Packs values.</summary>
    /// <param name="values">At most <see cref="BlockLength"/>, none wider than <paramref name="width"/>.</param>
    /// <param name="width">0 to 64 bits.</param>
    /// <param name="into">Takes <see cref="Bytes"/> bytes.</param>
    public static void Pack(ReadOnlySpan<ulong> values, int width, Span<byte> into)
    {
        if (width == 0)
        {
            return;
        }

        into = into[..Bytes(values.Length, width)];
        into.Clear();
        if (values.Length < BlockLength)
        {
            PackTail(values, width, into);
            return;
        }

        var low = Math.Min(width, LayerBits);
        PackLayer(values, 0, low, into);
        if (width > LayerBits)
        {
            PackLayer(values, LayerBits, width - LayerBits, into[Bytes(BlockLength, LayerBits)..]);
        }
    }

    /// <summary>Unpacks values, four at a time where the processor can.</summary>
    /// <param name="from">At least <see cref="Bytes"/> bytes.</param>
    /// <param name="width">0 to 64 bits.</param>
    /// <param name="offset">Is added to each.</param>
    /// <param name="values">At most <see cref="BlockLength"/>.</param>
    public static void Unpack(ReadOnlySpan<byte> from, int width, long offset, Span<long> values)
    {
        if (Vector256.IsHardwareAccelerated && values.Length == BlockLength)
        {
            UnpackVector(from, width, offset, values);
        }
        else
        {
            UnpackScalar(from, width, offset, values);
        }
    }

    /// <summary>The twin of <see cref="UnpackVector"/>, and the way of short blocks.</summary>
    internal static void UnpackScalar(ReadOnlySpan<byte> from, int width, long offset, Span<long> values)
    {
        if (width == 0)
        {
            values.Fill(offset);
            return;
        }

        from = from[..Bytes(values.Length, width)];
        if (values.Length < BlockLength)
        {
            UnpackTail(from, width, offset, values);
            return;
        }

        var low = MemoryMarshal.Cast<byte, uint>(from);
        for (var i = 0; i < BlockLength; i++)
        {
            var value = (ulong)Word(low, i, Math.Min(width, LayerBits));
            if (width > LayerBits)
            {
                value |= (ulong)Word(low[(LayerBits * Lanes)..], i, width - LayerBits) << LayerBits;
            }

            values[i] = offset + (long)value;
        }
    }

    /// <summary>Unpacks a full block by vectors.</summary>
    internal static void UnpackVector(ReadOnlySpan<byte> from, int width, long offset, Span<long> values)
    {
        if (width == 0)
        {
            values.Fill(offset);
            return;
        }

        from = from[..Bytes(BlockLength, width)];
        values = values[..BlockLength];
        var add = Vector256.Create(offset);
        var low = Math.Min(width, LayerBits);
        var words = MemoryMarshal.Cast<byte, Vector128<uint>>(from[..Bytes(BlockLength, low)]);
        var high = MemoryMarshal.Cast<byte, Vector128<uint>>(from[Bytes(BlockLength, low)..]);
        var into = MemoryMarshal.Cast<long, Vector256<long>>(values);
        for (var row = 0; row < Rows; row++)
        {
            var (lower, upper) = Vector128.Widen(Row(words, row, low));
            var value = Vector256.Create(lower, upper);
            if (width > LayerBits)
            {
                var (lowerHigh, upperHigh) = Vector128.Widen(Row(high, row, width - LayerBits));
                value |= Vector256.Create(lowerHigh, upperHigh) << LayerBits;
            }

            into[row] = value.AsInt64() + add;
        }
    }

    private static Vector128<uint> Row(ReadOnlySpan<Vector128<uint>> words, int row, int width)
    {
        var bit = row * width;
        var word = bit >> 5;
        var shift = bit & 31;
        var value = words[word] >> shift;
        if (shift + width > 32)
        {
            value |= words[word + 1] << (32 - shift);
        }

        return value & Vector128.Create(Mask(width));
    }

    private static uint Word(ReadOnlySpan<uint> words, int index, int width)
    {
        var bit = index / Lanes * width;
        var at = (bit >> 5 << 2) + (index % Lanes);
        var shift = bit & 31;
        var value = words[at] >> shift;
        if (shift + width > 32)
        {
            value |= words[at + Lanes] << (32 - shift);
        }

        return value & Mask(width);
    }

    private static void PackLayer(ReadOnlySpan<ulong> values, int drop, int width, Span<byte> into)
    {
        var words = MemoryMarshal.Cast<byte, uint>(into);
        for (var i = 0; i < BlockLength; i++)
        {
            var value = (uint)(values[i] >> drop) & Mask(width);
            var bit = i / Lanes * width;
            var at = (bit >> 5 << 2) + (i % Lanes);
            var shift = bit & 31;
            words[at] |= value << shift;
            if (shift + width > 32)
            {
                words[at + Lanes] |= value >> (32 - shift);
            }
        }
    }

    private static void PackTail(ReadOnlySpan<ulong> values, int width, Span<byte> into)
    {
        var writer = new BitWriter(into);
        foreach (var value in values)
        {
            writer.Write(value, width);
        }

        writer.Flush();
    }

    private static void UnpackTail(ReadOnlySpan<byte> from, int width, long offset, Span<long> values)
    {
        var bit = 0L;
        foreach (ref var value in values)
        {
            value = offset + (long)ReadBits(from, bit, width);
            bit += width;
        }
    }

    /// <summary>Reads bits anywhere; near the end byte by byte.</summary>
    /// <param name="from">The bytes.</param>
    /// <param name="bit">The first bit.</param>
    /// <param name="width">0 to 64.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong ReadBits(ReadOnlySpan<byte> from, long bit, int width)
    {
        var at = (int)(bit >> 3);
        if (at + 9 > from.Length)
        {
            return ReadLastBits(from, bit, width);
        }

        return Bits(BinaryPrimitives.ReadUInt64LittleEndian(from[at..]), from[at + 8], (int)(bit & 7), width);
    }

    /// <summary>Apart, so that the usual way is small enough to be inlined.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong ReadLastBits(ReadOnlySpan<byte> from, long bit, int width)
    {
        Span<byte> end = stackalloc byte[16];
        end.Clear();
        from[Math.Min((int)(bit >> 3), from.Length)..].CopyTo(end);
        return Bits(BinaryPrimitives.ReadUInt64LittleEndian(end), end[8], (int)(bit & 7), width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(ulong value, ulong next, int shift, int width)
    {
        value >>= shift;
        if (shift + width > 64)
        {
            value |= next << (64 - shift);
        }

        return width == 64 ? value : value & ((1UL << width) - 1);
    }

    private static uint Mask(int width) => width == 32 ? uint.MaxValue : (1u << width) - 1;
}

/// <summary>Writes numbers bit after bit, the lowest first.</summary>
/// <param name="into">Takes them; as long as they need.</param>
internal ref struct BitWriter(Span<byte> into)
{
    private readonly Span<byte> _into = into;
    private ulong _pending;
    private int _pendingBits;

    /// <summary>Whole bytes that are written.</summary>
    public int Length { get; private set; }

    /// <summary>Writes the low bits of a number.</summary>
    /// <param name="value">The number; higher bits are ignored.</param>
    /// <param name="width">0 to 64.</param>
    public void Write(ulong value, int width)
    {
        if (width == 0)
        {
            return;
        }

        if (width < 64)
        {
            value &= (1UL << width) - 1;
        }

        _pending |= value << _pendingBits;
        if (_pendingBits + width < 64)
        {
            _pendingBits += width;
            return;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(_into[Length..], _pending);
        Length += sizeof(ulong);
        var used = 64 - _pendingBits;
        _pending = used == 64 ? 0 : value >> used;
        _pendingBits = width - used;
    }

    /// <summary>Writes what is left, up to a whole byte.</summary>
    public void Flush()
    {
        while (_pendingBits > 0)
        {
            _into[Length++] = (byte)_pending;
            _pending >>= 8;
            _pendingBits -= 8;
        }

        _pendingBits = 0;
    }
}
