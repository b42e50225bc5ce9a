using System.Text;

namespace Toka.Features.Tests.Monitoring.Scraping.Support;

/// <summary>Writes protobuf by hand.</summary>
internal sealed class ProtobufText
{
    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public void Varint(int field, ulong value)
    {
        Raw((ulong)(field << 3));
        Raw(value);
    }

    public void Double(int field, double value)
    {
        Raw((ulong)((field << 3) | 1));
        _bytes.Write(BitConverter.GetBytes(value));
    }

    public void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public void Bytes(int field, byte[] bytes)
    {
        Raw((ulong)((field << 3) | 2));
        Raw((ulong)bytes.Length);
        _bytes.Write(bytes);
    }

    public void Message(int field, Action<ProtobufText> write)
    {
        var message = new ProtobufText();
        write(message);
        Bytes(field, message.ToArray());
    }

    public ProtobufText Delimited(ProtobufText message)
    {
        var bytes = message.ToArray();
        Raw((ulong)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    private void Raw(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        _bytes.WriteByte((byte)value);
    }
}
