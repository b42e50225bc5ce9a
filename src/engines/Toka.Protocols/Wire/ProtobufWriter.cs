using System.Buffers;
using System.Buffers.Binary;

namespace Toka.Protocols.Wire;

/// <summary>
/// Writes protobuf fields into a pooled buffer. The length of a nested message is written as a varint of five bytes, padded,
/// when the message ends: legal, and it saves measuring first. Reused after <see cref="Clear"/>; not thread-safe.
/// </summary>
internal sealed class ProtobufWriter : IDisposable
{
    private const int LengthBytes = 5;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Varint(int field, ulong value)
    {
        Tag(field, WireTypes.Varint);
        RawVarint(value);
    }

    public void Fixed64(int field, ulong value)
    {
        Tag(field, WireTypes.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);
    }

    public void Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Writes a number of a packed list, which has no tag.</summary>
    public void RawDouble(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, WireTypes.Bytes);
        RawVarint((ulong)value.Length);
        value.CopyTo(Take(value.Length));
    }

    /// <summary>Begins a nested message.</summary>
    /// <returns>What <see cref="End"/> must be given.</returns>
    public int Begin(int field)
    {
        Tag(field, WireTypes.Bytes);
        Take(LengthBytes);
        return _length;
    }

    public void End(int begun)
    {
        var length = (uint)(_length - begun);
        var place = _buffer.AsSpan(begun - LengthBytes, LengthBytes);
        for (var i = 0; i < LengthBytes; i++)
        {
            place[i] = (byte)((length & 0x7f) | (i < LengthBytes - 1 ? 0x80u : 0));
            length >>= 7;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private void Tag(int field, uint wireType) => RawVarint(((uint)field << 3) | wireType);

    private void RawVarint(ulong value)
    {
        while (value >= 0x80)
        {
            Take(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }

        Take(1)[0] = (byte)value;
    }

    private Span<byte> Take(int length)
    {
        if (_buffer.Length - _length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + length));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _length += length;
        return _buffer.AsSpan(_length - length, length);
    }
}
