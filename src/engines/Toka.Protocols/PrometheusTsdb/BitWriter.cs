using System.Buffers;
using System.Numerics;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>Writes bits, the highest of each byte first, into a pooled array. Reused after <see cref="Clear"/>; not thread-safe.</summary>
internal sealed class BitWriter : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(1024);
    private long _bits;

    /// <summary>What was written; the last byte is filled with zeros. Ends with the next write.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, (int)((_bits + 7) / 8));

    public void Clear() => _bits = 0;

    public void Bit(bool value) => Bits(value ? 1UL : 0, 1);

    /// <summary>Appends the lowest bits of a number.</summary>
    /// <param name="value">The number; bits above are not looked at.</param>
    /// <param name="count">1 to 64.</param>
    public void Bits(ulong value, int count)
    {
        Reserve(count);
        while (count > 0)
        {
            var at = (int)(_bits >> 3);
            var free = 8 - (int)(_bits & 7);
            if (free == 8)
            {
                _bytes[at] = 0;
            }

            var taken = Math.Min(free, count);
            var part = (value >> (count - taken)) & ((1UL << taken) - 1);
            _bytes[at] |= (byte)(part << (free - taken));
            _bits += taken;
            count -= taken;
        }
    }

    public void Double(double value) => Bits(BitConverter.DoubleToUInt64Bits(value), 64);

    public void Byte(byte value) => Bits(value, 8);

    /// <summary>Go's variable length, seven bits a byte, the lowest first.</summary>
    public void Uvarint(ulong value)
    {
        while (value >= 0x80)
        {
            Bits((value & 0x7f) | 0x80, 8);
            value >>= 7;
        }

        Bits(value, 8);
    }

    public void Varint(long value) => Uvarint(((ulong)value << 1) ^ (ulong)(value >> 63));

    /// <summary>Whether a number fits so many bits as <see cref="BitReader.Signed"/> reads them.</summary>
    public static bool Fits(long value, int bits) => value >= 1 - (1L << (bits - 1)) && value <= 1L << (bits - 1);

    /// <summary>Whether a number without sign fits so many bits.</summary>
    public static bool Fits(ulong value, int bits) => BitOperations.LeadingZeroCount(value) >= 64 - bits;

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }

    private void Reserve(int count)
    {
        var needed = (int)((_bits + count + 7) / 8);
        if (needed > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _bytes.Length * 2));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
    }
}
