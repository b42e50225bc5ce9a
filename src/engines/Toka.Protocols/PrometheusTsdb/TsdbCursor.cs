using System.Buffers.Binary;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>Reads numbers and texts one after the other, big-endian and in Go's variable length, and says where one was cut off.</summary>
internal ref struct TsdbCursor
{
    private readonly TsdbFile _file;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _start;
    private int _at;

    public TsdbCursor(TsdbFile file, long start, ReadOnlySpan<byte> bytes)
    {
        _file = file;
        _start = start;
        _bytes = bytes;
    }

    /// <summary>Where in the file the next byte stands.</summary>
    public readonly long Offset => _start + _at;

    public readonly int Remaining => _bytes.Length - _at;

    public byte Byte() => Bytes(1)[0];

    public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(sizeof(uint)));

    public ulong Uvarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Fault("a number has more than 10 bytes");
    }

    public long Varint()
    {
        var value = Uvarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> Text()
    {
        var length = Uvarint();
        return length <= (ulong)Remaining ? Bytes((int)length) : throw Fault($"a text of {length} bytes is cut off");
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > Remaining)
        {
            throw Fault($"{count} bytes are expected and {Remaining} are left");
        }

        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    public readonly TsdbFormatException Fault(string what) => _file.Fault(Offset, what);
}
