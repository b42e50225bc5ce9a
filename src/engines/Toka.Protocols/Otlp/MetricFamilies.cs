using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Protocols.Otlp.Naming;

namespace Toka.Protocols.Otlp;

/// <summary>A metric's translated names, made once and kept.</summary>
internal sealed class MetricFamily(byte[] key, string name, MetricMetadata metadata)
{
    public byte[] Key { get; } = key;

    public byte[] Name { get; } = Encoding.UTF8.GetBytes(name);

    public byte[] Bucket { get; } = Encoding.UTF8.GetBytes(name + "_bucket");

    public byte[] Sum { get; } = Encoding.UTF8.GetBytes(name + "_sum");

    public byte[] Count { get; } = Encoding.UTF8.GetBytes(name + "_count");

    public MetricMetadata Metadata { get; } = metadata;

    /// <summary>The number of the last request whose batch got the metadata.</summary>
    public long DescribedIn { get; set; }
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

    /// <summary>The family, or null where the name cannot be translated.</summary>
    public MetricFamily? Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help, MetricKind kind)
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
        var translated = MetricNames.Translate(Encoding.UTF8.GetString(name), unitText, kind);
        if (translated.Length == 0)
        {
            return null;
        }

        if (_families.Count >= FamiliesMax)
        {
            _families.Clear();
        }

        var unitWord = kind == MetricKind.Gauge && unitText == "1" ? "ratio" : UnitNames.Whole(unitText);
        family = new MetricFamily(key.ToArray(), translated, new MetricMetadata(translated, TypeOf(kind), Encoding.UTF8.GetString(help), unitWord));
        _families[hash] = family;
        return family;
    }

    private static MetricType TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => MetricType.Counter,
        MetricKind.Histogram => MetricType.Histogram,
        MetricKind.Summary => MetricType.Summary,
        _ => MetricType.Gauge,
    };
}
