using System.Buffers.Binary;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Protocols.Otlp.Naming;

/// <summary>A metric's translated names, made once and kept; each as the label <c>__name__</c> stands in a label set's bytes.</summary>
internal sealed class MetricFamily(byte[] key, string name, MetricMetadata metadata)
{
    public byte[] Key { get; } = key;

    public byte[] Name { get; } = Encode(name);

    /// <summary>The name alone.</summary>
    public ReadOnlySpan<byte> NameText => Name.AsSpan((2 * sizeof(ushort)) + LabelSet.MetricName.Length);

    public byte[] Bucket { get; } = Encode(name + "_bucket");

    public byte[] Sum { get; } = Encode(name + "_sum");

    public byte[] Count { get; } = Encode(name + "_count");

    public MetricMetadata Metadata { get; } = metadata;

    /// <summary>The number of the last request whose batch got the metadata.</summary>
    public long DescribedIn { get; set; }

    private static byte[] Encode(string name)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        var label = new byte[sizeof(ushort) + LabelSet.MetricName.Length + sizeof(ushort) + length];
        BinaryPrimitives.WriteUInt16LittleEndian(label, (ushort)LabelSet.MetricName.Length);
        Encoding.UTF8.GetBytes(LabelSet.MetricName, label.AsSpan(sizeof(ushort)));
        BinaryPrimitives.WriteUInt16LittleEndian(label.AsSpan(sizeof(ushort) + LabelSet.MetricName.Length), (ushort)length);
        Encoding.UTF8.GetBytes(name, label.AsSpan(label.Length - length));
        return label;
    }
}

/// <summary>Families by what OTLP says of them, so that a metric that comes each second is translated once. Not thread-safe.</summary>
internal sealed class MetricFamilies
{
    /// <summary>Families kept; when it is reached all are forgotten, as they are quick to make again.</summary>
    private const int FamiliesMax = 4096;

    /// <summary>Bytes of a description kept; the rest is cut off. It is a line on a page, not a document.</summary>
    private const int HelpBytesMax = 1024;

    private readonly Dictionary<ulong, MetricFamily> _families = [];
    private byte[] _key = new byte[256];

    /// <summary>Forgets all: names are made by other rules from now on.</summary>
    public void Clear() => _families.Clear();

    /// <summary>The family, or null where the name cannot be translated.</summary>
    public MetricFamily? Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help, MetricKind kind, OtlpTranslationStrategy strategy)
    {
        help = help[..Math.Min(help.Length, HelpBytesMax)];
        var length = name.Length + unit.Length + help.Length + 3;
        if (_key.Length < length)
        {
            _key = new byte[length * 2];
        }

        // 0xFF is no byte of UTF-8, so different parts cannot make the same key.
        var key = _key.AsSpan(0, length);
        key[0] = (byte)kind;
        name.CopyTo(key[1..]);
        key[name.Length + 1] = 0xff;
        unit.CopyTo(key[(name.Length + 2)..]);
        key[name.Length + unit.Length + 2] = 0xff;
        help.CopyTo(key[(name.Length + unit.Length + 3)..]);
        var hash = LabelSet.HashOf(key);
        if (_families.TryGetValue(hash, out var family) && key.SequenceEqual(family.Key))
        {
            return family;
        }

        var unitText = Encoding.UTF8.GetString(unit);
        var translated = MetricNames.Translate(Encoding.UTF8.GetString(name), unitText, kind, strategy);
        if (translated.Length == 0)
        {
            return null;
        }

        if (_families.Count >= FamiliesMax)
        {
            _families.Clear();
        }

        var unitWord = kind is MetricKind.Gauge or MetricKind.Unknown && unitText == "1" ? "ratio" : UnitNames.Whole(unitText, escapes: true);
        family = new MetricFamily(key.ToArray(), translated, new MetricMetadata(translated, TypeOf(kind), Encoding.UTF8.GetString(help), unitWord));
        _families[hash] = family;
        return family;
    }

    private static MetricType TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => MetricType.Counter,
        MetricKind.Histogram => MetricType.Histogram,
        MetricKind.Summary => MetricType.Summary,
        MetricKind.Unknown => MetricType.Unknown,
        MetricKind.Info => MetricType.Info,
        MetricKind.StateSet => MetricType.StateSet,
        _ => MetricType.Gauge,
    };
}
