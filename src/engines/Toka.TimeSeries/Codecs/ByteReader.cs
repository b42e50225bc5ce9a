namespace Toka.TimeSeries.Codecs;

/// <summary>Reads an encoded column from its begin to its end; beyond the end is a <see cref="CodecException"/>.</summary>
/// <param name="from">The bytes.</param>
internal ref struct ByteReader(ReadOnlySpan<byte> from)
{
    private ReadOnlySpan<byte> _rest = from;

    /// <summary>What is not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>So many bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            throw new CodecException($"The column ends early: {count} more expected, {_rest.Length} there.");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>An unsigned number, seven bits a byte, the lowest first.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new CodecException("A number has more than ten bytes.");
    }

    /// <summary>A number that cannot be above a limit.</summary>
    public int Varint(int max, string what)
    {
        var value = Varint();
        return max >= 0 && value <= (ulong)max ? (int)value : throw new CodecException($"{what}: {value}, which is above {max}.");
    }

    /// <summary>A signed number.</summary>
    public long ZigZag() => Numbers.UnZigZag(Varint());
}
