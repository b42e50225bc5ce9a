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
    private const int VarintBytesMax = 10;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int Length => _length;

    public void Clear() => _length = 0;

    /// <summary>Goes back to an earlier length, outside of any message that was begun after it.</summary>
    public void Truncate(int length) => _length = Math.Min(_length, length);

    /// <summary>Forgets all, and gives the buffer back to the pool if it is larger than this.</summary>
    public void Trim(int keptMax)
    {
        _length = 0;
        if (_buffer.Length > keptMax)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(4096);
        }
    }

    public void Fixed32(int field, uint value)
    {
        Tag(field, WireTypes.Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);
    }

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

    /// <summary>Writes bytes that are messages already.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Writes a number of a packed list, which has no tag.</summary>
    public void RawVarint(ulong value)
    {
        Reserve(VarintBytesMax);
        var buffer = _buffer;
        var at = _length;
        while (value >= 0x80)
        {
            buffer[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        buffer[at++] = (byte)value;
        _length = at;
    }

    /// <inheritdoc cref="RawVarint"/>
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

    /// <summary>Ends a nested message with a length of no more bytes than it needs, for what is kept or sent far.</summary>
    public void EndShort(int begun)
    {
        var length = _length - begun;
        var at = begun - LengthBytes;
        for (var rest = (uint)length; ; rest >>= 7)
        {
            _buffer[at++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80)
            {
                break;
            }
        }

        _buffer.AsSpan(begun, length).CopyTo(_buffer.AsSpan(at));
        _length = at + length;
    }

    public void Dispose()
    {
        if (_buffer.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    public void Tag(int field, uint wireType) => RawVarint(((uint)field << 3) | wireType);

    private Span<byte> Take(int length)
    {
        Reserve(length);
        _length += length;
        return _buffer.AsSpan(_length - length, length);
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + bytes));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
