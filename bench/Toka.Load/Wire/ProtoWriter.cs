using System.Buffers.Binary;
using System.Text;

namespace Toka.Load.Wire;

/// <summary>Writes protocol buffers, as far as the load needs them. Messages within messages are written apart and put in.</summary>
internal sealed class ProtoWriter
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Message(int field, ProtoWriter message) => Bytes(field, message.Written);

    public void Text(int field, string text)
    {
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        Bytes(field, utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        VarInt(((uint)field << 3) | 2);
        VarInt((uint)bytes.Length);
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Number(int field, long number)
    {
        VarInt((uint)field << 3);
        VarInt((ulong)number);
    }

    public void Fixed64(int field, ulong bits)
    {
        VarInt(((uint)field << 3) | 1);
        Reserve(8);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(Length), bits);
        Length += 8;
    }

    public void Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    private void VarInt(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _bytes[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[Length++] = (byte)value;
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        }
    }
}
