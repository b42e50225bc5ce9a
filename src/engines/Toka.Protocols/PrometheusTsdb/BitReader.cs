using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>Reads bits, the highest of each byte first.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private long _at;

    /// <summary>The next bits as the lowest of a number.</summary>
    /// <param name="count">1 to 64.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Bits(int count)
    {
        if (_at + count > _bytes.Length * 8L)
        {
            throw CutOff();
        }

        var first = (int)(_at >> 3);
        var skip = (int)(_at & 7);
        _at += count;
        var word = (_bytes.Length - first >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64BigEndian(_bytes[first..]) : Tail(first)) << skip;
        var value = word >> (64 - count);

        // Up to seven bits of a ninth byte.
        var missing = count + skip - 64;
        return missing > 0 ? value | ((ulong)_bytes[first + sizeof(ulong)] >> (8 - missing)) : value;
    }

    public bool Bit() => Bits(1) != 0;

    public double Double() => BitConverter.UInt64BitsToDouble(Bits(64));

    /// <summary>Go's variable length, seven bits a byte, the lowest first.</summary>
    public ulong Uvarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Bits(8);
            value |= (next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number has more than 10 bytes");
    }

    public long Varint()
    {
        var value = Uvarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>How many ones stand before the next zero, which is read too; at most so many.</summary>
    public int Ones(int most)
    {
        var count = 0;
        while (count < most && Bit())
        {
            count++;
        }

        return count;
    }

    /// <summary>A number of so many bits, of which the upper half without its lowest stands for negative ones.</summary>
    public long Signed(int bits)
    {
        var value = Bits(bits);
        return bits < 64 && value > 1UL << (bits - 1) ? (long)value - (1L << bits) : (long)value;
    }

    private static InvalidDataException CutOff() => new("the chunk ends before its last sample");

    private readonly ulong Tail(int first)
    {
        var word = 0UL;
        for (var i = 0; i < sizeof(ulong); i++)
        {
            word = (word << 8) | (first + i < _bytes.Length ? _bytes[first + i] : 0UL);
        }

        return word;
    }
}
