using System.Buffers;
using System.Text;
using Toka.Core.Samples;
using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Blocks;

/// <summary>The section of metric families: the length of the text as a varint, then the text, compressed where that is shorter.</summary>
internal static class MetadataSection
{
    /// <summary>A longer text is damage: 20 000 families of three texts of at most 4096 characters are refused before.</summary>
    private const int TextBytesMax = 1 << 30;

    /// <summary>Writes the section.</summary>
    public static void Write(IReadOnlyCollection<MetricMetadata> families, BlockStream into)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var family in families)
        {
            text.Write([(byte)family.Type]);
            Put(text, family.Family);
            Put(text, family.Help);
            Put(text, family.Unit);
        }

        var section = new ArrayBufferWriter<byte>();
        Varint.Write(section, (ulong)text.WrittenCount);
        if (!Zstandard.TryCompress(text.WrittenSpan, text.WrittenCount, section))
        {
            section.Write(text.WrittenSpan);
        }

        into.Write(SectionKind.Metadata, section.WrittenSpan);
    }

    /// <summary>Reads the section.</summary>
    /// <exception cref="InvalidDataException">It is not such a section.</exception>
    /// <exception cref="CodecException">The same.</exception>
    public static List<MetricMetadata> Read(ReadOnlySpan<byte> section)
    {
        var at = 0;
        var length = Varint.ReadInt(section, ref at, TextBytesMax);
        var text = section[at..];
        if (text.Length != length)
        {
            var plain = new byte[length];
            Zstandard.Decompress(text, plain);
            text = plain;
        }

        var families = new List<MetricMetadata>();
        for (at = 0; at < text.Length;)
        {
            var type = (MetricType)text[at++];
            families.Add(new MetricMetadata(Take(text, ref at), type, Take(text, ref at), Take(text, ref at)));
        }

        return families;
    }

    private static void Put(ArrayBufferWriter<byte> into, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Varint.Write(into, (ulong)utf8.Length);
        into.Write(utf8);
    }

    private static string Take(ReadOnlySpan<byte> text, ref int at)
    {
        var length = Varint.ReadInt(text, ref at);
        if (length > text.Length - at)
        {
            throw new InvalidDataException("a text of the metadata is cut short");
        }

        at += length;
        return Encoding.UTF8.GetString(text.Slice(at - length, length));
    }
}
