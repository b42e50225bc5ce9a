using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>
/// Writes the message of 2.0. When a counter began is written twice: for its series, as the first drafts of the protocol have
/// it, and for each sample, as the later ones have.
/// </summary>
internal sealed class RemoteWriteEncoder2 : RemoteWriteEncoder
{
    /// <summary>Families remembered; more are sent without metadata.</summary>
    private const int FamiliesMax = 65_536;

    private readonly SymbolWriter _symbols = new();
    private readonly ProtobufWriter _whole = new();
    private readonly Dictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Family>.AlternateLookup<ReadOnlySpan<char>> _familiesByText;
    private char[] _text = new char[256];
    private long? _createdMs;
    private bool _isCreatedMixed;

    public RemoteWriteEncoder2()
        : base(RemoteWriteVersion.V2) => _familiesByText = _families.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Written => _whole.Written;

    private protected override int BytesSoFar => Series.Length + _symbols.Length;

    /// <inheritdoc/>
    public override void Describe(MetricMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (_families.Count < FamiliesMax || _families.ContainsKey(metadata.Family))
        {
            _families[metadata.Family] = new Family(metadata.Type, Encoding.UTF8.GetBytes(metadata.Help), Encoding.UTF8.GetBytes(metadata.Unit));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _symbols.Dispose();
        _whole.Dispose();
        base.Dispose(disposing);
    }

    private protected override void BeginRequest() => _symbols.Clear();

    private protected override void WriteMetadata(int samplesMax, int bytesMax)
    {
        // Each series has its own.
    }

    private protected override void EndRequest()
    {
        // Symbols stand first, so that receivers can read in one go.
        _whole.Clear();
        _whole.Raw(_symbols.Written);
        _whole.Raw(Series.Written);
    }

    private protected override int BeginSeries(in RowLabels series)
    {
        (_createdMs, _isCreatedMixed) = (null, false);
        var begun = Series.Begin(5);
        WriteLabels(Batch.LabelsOf(series));
        return begun;
    }

    private protected override void EndSeries(int begun, in RowLabels series)
    {
        if (_families.Count > 0)
        {
            foreach (var label in LabelSet.Enumerate(Batch.LabelsOf(series)))
            {
                if (label.Name.SequenceEqual("__name__"u8))
                {
                    WriteFamily(label.Value);
                    break;
                }
            }
        }

        if (_createdMs is not (null or 0) && !_isCreatedMixed)
        {
            // It holds for all samples of the series that do not say it themselves.
            Series.Varint(6, (ulong)_createdMs.Value);
        }

        Series.EndShort(begun);
    }

    private protected override void WriteSample(long timestampMs, double value, long createdMs)
    {
        var begun = Series.Begin(2);
        Series.Double(1, value);
        Series.Varint(2, (ulong)timestampMs);
        if (createdMs != 0)
        {
            Series.Varint(3, (ulong)createdMs);
        }

        Series.EndShort(begun);
        NoteCreated(createdMs);
    }

    private protected override void WriteHistogram(in HistogramRow row, long createdMs)
    {
        HistogramWriter.Write(Series, 3, row.TimestampMs, row.Histogram.View, createdMs);
        NoteCreated(createdMs);
    }

    private protected override void WriteExemplar(in ExemplarRow row)
    {
        var begun = Series.Begin(4);
        WriteLabels(Batch.LabelsOf(row.Labels));
        Series.Double(2, row.Value);
        Series.Varint(3, (ulong)row.TimestampMs);
        Series.EndShort(begun);
    }

    private void NoteCreated(long createdMs)
    {
        _createdMs ??= createdMs;
        _isCreatedMixed |= _createdMs != createdMs;
    }

    private void WriteLabels(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return;
        }

        var begun = Series.Begin(1);
        foreach (var label in LabelSet.Enumerate(encoded))
        {
            Series.RawVarint(_symbols.Find(label.Name));
            Series.RawVarint(_symbols.Find(label.Value));
        }

        Series.EndShort(begun);
    }

    private void WriteFamily(ReadOnlySpan<byte> name)
    {
        if (!TryFind(name, out var family) && (MetadataTypes.SuffixOf(name) is not (> 0 and var suffix) || !TryFind(name[..^suffix], out family)
            || family.Type is not (MetricType.Histogram or MetricType.Summary)))
        {
            return;
        }

        var begun = Series.Begin(5);
        Series.Varint(1, MetadataTypes.NumberOf(family.Type));
        Series.Varint(3, _symbols.Find(family.Help));
        Series.Varint(4, _symbols.Find(family.Unit));
        Series.EndShort(begun);
        Metadata++;
    }

    private bool TryFind(ReadOnlySpan<byte> name, out Family family)
    {
        if (_text.Length < name.Length)
        {
            _text = new char[name.Length];
        }

        return _familiesByText.TryGetValue(_text.AsSpan(0, Encoding.UTF8.GetChars(name, _text)), out family);
    }

    private readonly record struct Family(MetricType Type, byte[] Help, byte[] Unit);
}
