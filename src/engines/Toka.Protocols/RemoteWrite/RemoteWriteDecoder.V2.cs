using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <content>The message of 2.0, <c>io.prometheus.write.v2.Request</c>.</content>
public sealed partial class RemoteWriteDecoder
{
    private const uint Labels2 = (1 << 3) | WireTypes.Bytes;
    private const uint Label2 = (1 << 3) | WireTypes.Varint;
    private const uint Samples2 = (2 << 3) | WireTypes.Bytes;
    private const uint Histograms2 = (3 << 3) | WireTypes.Bytes;
    private const uint Exemplars2 = (4 << 3) | WireTypes.Bytes;
    private const uint Metadata2 = (5 << 3) | WireTypes.Bytes;
    private const uint Created2 = (6 << 3) | WireTypes.Varint;

    private readonly SymbolTable _symbols = new();
    private readonly List<int> _refs = [];
    private Described[] _described = [];
    private bool _areRefsGood;
    private bool _hasTooManyRefs;

    private void ReadRequest2(ReadOnlySpan<byte> body)
    {
        // Symbols may stand behind the series that name them.
        _symbols.Clear();
        var reader = new ProtobufReader(body, _expected);
        while (reader.Next())
        {
            if (reader.Tag == ((4 << 3) | WireTypes.Bytes))
            {
                var text = reader.Bytes();
                _symbols.Add(reader.Position, text);
            }
            else
            {
                reader.Skip();
            }
        }

        ClearDescribed();
        reader = new ProtobufReader(body, _expected);
        while (reader.Next())
        {
            if (reader.Tag == ((5 << 3) | WireTypes.Bytes))
            {
                ReadSeries2(body, reader.Bytes());
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadSeries2(ReadOnlySpan<byte> body, ReadOnlySpan<byte> message)
    {
        var content = new SeriesContent();
        ReadOnlySpan<byte> sample = default, metadata = default;
        var created = 0L;
        BeginRefs();
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case Labels2:
                    AddRefs(reader.Bytes());
                    break;
                case Label2:
                    AddRef(reader.Varint());
                    break;
                case Samples2:
                    sample = reader.Bytes();
                    content.Samples++;
                    break;
                case Histograms2:
                    reader.Skip();
                    content.Histograms++;
                    break;
                case Exemplars2:
                    reader.Skip();
                    content.Exemplars++;
                    break;
                case Metadata2:
                    metadata = reader.Bytes();
                    break;
                case Created2:
                    created = (long)reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var labels = LabelsOfRefs(body, out var name);
        if (!TryTake(ref labels, isChecked: true, content, out var series))
        {
            return;
        }

        if (!metadata.IsEmpty)
        {
            ReadMetadata2(body, metadata, name);
        }

        if (content is { Samples: 1, Histograms: 0, Exemplars: 0 })
        {
            ReadSample(sample, out var timestamp, out var value, out var start);
            AddSample(series, timestamp, value);
            AddCreated(series, timestamp, start != 0 ? start : created);
            return;
        }

        ReadContent2(body, message, series, created);
    }

    private void ReadContent2(ReadOnlySpan<byte> body, ReadOnlySpan<byte> message, in RowLabels series, long createdMs)
    {
        var latest = 0L;
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case Samples2:
                    ReadSample(reader.Bytes(), out var timestamp, out var value, out var start);
                    AddSample(series, timestamp, value);
                    AddCreated(series, timestamp, start != 0 ? start : createdMs);
                    latest = timestamp;
                    break;
                case Histograms2:
                    AddHistogram(series, reader.Bytes(), createdMs);
                    latest = _histogram.TimestampMs;
                    break;
                case Exemplars2:
                    ReadExemplar2(body, series, reader.Bytes(), latest);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadExemplar2(ReadOnlySpan<byte> body, in RowLabels series, ReadOnlySpan<byte> message, long latestMs)
    {
        var value = 0.0;
        var timestamp = 0L;
        BeginRefs();
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case Labels2:
                    AddRefs(reader.Bytes());
                    break;
                case Label2:
                    AddRef(reader.Varint());
                    break;
                case (2 << 3) | WireTypes.Fixed64:
                    value = reader.Double();
                    break;
                case (3 << 3) | WireTypes.Varint:
                    timestamp = (long)reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var labels = LabelsOfRefs(body, out _);
        AddExemplar(series, ref labels, isChecked: true, timestamp == 0 ? latestMs : timestamp, value);
    }

    /// <summary>The metadata of a series is that of its family, so most of it is known from the series before.</summary>
    private void ReadMetadata2(ReadOnlySpan<byte> body, ReadOnlySpan<byte> message, int name)
    {
        var read = new Described();
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Varint:
                    read.Type = reader.Varint();
                    break;
                case (3 << 3) | WireTypes.Varint:
                    read.Help = reader.Varint();
                    break;
                case (4 << 3) | WireTypes.Varint:
                    read.Unit = reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (read == default || _described[name] == read)
        {
            return;
        }

        _described[name] = read;
        if (read.Help >= (ulong)_symbols.Count || read.Unit >= (ulong)_symbols.Count)
        {
            _refusedMetadata.Add(RemoteWriteRefusal.BadReference, default, 1);
            return;
        }

        // 0 says that there is none, whatever the first symbol is.
        var help = read.Help == 0 ? default : _symbols.Text(body, (int)read.Help, out _);
        var unit = read.Unit == 0 ? default : _symbols.Text(body, (int)read.Unit, out _);
        AddMetadata(FamilyOf(_symbols.Text(body, name, out _), read.Type), read.Type, help, unit);
    }

    /// <summary>The family of a series: its name without the suffixes that the parts of histograms and summaries have.</summary>
    private static ReadOnlySpan<byte> FamilyOf(ReadOnlySpan<byte> name, ulong type) =>
        MetadataTypes.Of(type) is MetricType.Histogram or MetricType.Summary ? name[..^MetadataTypes.SuffixOf(name)] : name;

    private void BeginRefs()
    {
        _refs.Clear();
        _areRefsGood = true;
        _hasTooManyRefs = false;
    }

    private void AddRefs(ReadOnlySpan<byte> packed)
    {
        var reader = new ProtobufReader(packed, _expected);
        while (!reader.AtEnd)
        {
            AddRef(reader.Varint());
        }
    }

    private void AddRef(ulong reference)
    {
        if (reference >= (ulong)_symbols.Count)
        {
            _areRefsGood = false;
        }
        else if (_refs.Count < 2 * (_limits.LabelsMax + 1))
        {
            _refs.Add((int)reference);
        }
        else
        {
            _hasTooManyRefs = true;
        }
    }

    /// <summary>Writes the labels that the references name into room of the batch.</summary>
    /// <param name="body">The body.</param>
    /// <param name="name">The symbol of the metric's name; −1 where there is none.</param>
    private CanonicalLabels LabelsOfRefs(ReadOnlySpan<byte> body, out int name)
    {
        name = -1;
        var room = 0;
        foreach (var reference in _refs)
        {
            // What is longer than any limit is not written.
            room += sizeof(ushort) + Math.Min(_symbols.LengthOf(reference), Math.Max(_limits.NameBytesMax, _limits.LabelValueBytesMax));
        }

        var labels = new CanonicalLabels(_batch.LabelRoom(room), _limits);
        if (!_areRefsGood || (_refs.Count & 1) != 0)
        {
            labels.Refuse(RemoteWriteRefusal.BadReference);
        }

        if (_hasTooManyRefs)
        {
            labels.Refuse(RemoteWriteRefusal.LabelsLimit);
        }

        for (var i = 0; i + 1 < _refs.Count; i += 2)
        {
            var label = _symbols.Text(body, _refs[i], out var isNameValid);
            var value = _symbols.Text(body, _refs[i + 1], out var isValueValid);
            if (!isNameValid || !isValueValid)
            {
                labels.Refuse(RemoteWriteRefusal.BadUtf8);
            }

            labels.Add(label, value);
            name = name < 0 && labels.HasName ? _refs[i + 1] : name;
        }

        return labels;
    }

    private void ClearDescribed()
    {
        if (_described.Length < _symbols.Count || _described.Length > SymbolTable.KeptMax)
        {
            _described = new Described[Math.Max(_symbols.Count, 1024)];
            return;
        }

        Array.Clear(_described, 0, _symbols.Count);
    }

    /// <summary>What was said of a metric's name; all 0 where nothing was.</summary>
    private record struct Described(ulong Type, ulong Help, ulong Unit);
}
