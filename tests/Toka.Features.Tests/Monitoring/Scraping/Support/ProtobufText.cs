using System.Text;

namespace Toka.Features.Tests.Monitoring.Scraping.Support;

/// <summary>Writes protobuf by hand.</summary>
internal sealed class ProtobufText
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => _bytes.ToArray();

    public void Varint(int field, ulong value)
    {
        Raw((ulong)(field << 3));
        Raw(value);
    }

    public void Double(int field, double value)
    {
        Raw((ulong)((field << 3) | 1));
        _bytes.AddRange(BitConverter.GetBytes(value));
    }

    public void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public void Bytes(int field, byte[] bytes)
    {
        Raw((ulong)((field << 3) | 2));
        Raw((ulong)bytes.Length);
        _bytes.AddRange(bytes);
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
        _bytes.AddRange(bytes);
        return this;
    }

    private void Raw(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        _bytes.Add((byte)value);
    }
}
