using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Exposition;

namespace Toka.Protocols.TextPush;

/// <summary>
/// A pushed exposition as samples: of the text formats and of protobuf, with metadata, exemplars, native histograms and times
/// of creation. A bad line never costs the good ones beside it. Reused; not thread-safe.
/// </summary>
public sealed partial class PushDecoder
{
    /// <summary>Faults that are told in words.</summary>
    public const int FaultsShownMax = 10;

    private readonly ExpositionLimits _limits;
    private readonly LabelSetBuilder _labels = new();
    private readonly LabelSetBuilder _exemplarLabels = new();
    private readonly LabelSetBuilder _rowLabels = new();
    private readonly PendingMetadata _metadata = new();
    private LabelSet _extra = LabelSet.Empty;
    private WriteBatch _into = null!;
    private List<ExpositionFault>? _faults;
    private int _malformed;
    private int _exemplarsRefused;
    private int _createdRefused;

    /// <summary>The row that the samples begin at which a time of creation is told for.</summary>
    private int _pointStart;

    /// <summary>A decoder.</summary>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public PushDecoder(ExpositionLimits? limits = null) => _limits = limits ?? ExpositionLimits.Default;

    /// <summary>Adds the samples of a body to a batch.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="format">Its format.</param>
    /// <param name="extra">Labels that every series gets, in the place of its own of these names.</param>
    /// <param name="timestampMs">The time of samples that have none, in ms since the Unix epoch.</param>
    /// <param name="into">Gets the samples.</param>
    public PushDecodeResult Decode(ReadOnlySpan<byte> body, ExpositionFormat format, LabelSet extra, long timestampMs, WriteBatch into)
    {
        ArgumentNullException.ThrowIfNull(extra);
        ArgumentNullException.ThrowIfNull(into);
        (_extra, _into, _faults) = (extra, into, null);
        _malformed = _exemplarsRefused = _createdRefused = 0;
        _metadata.Clear();
        var before = into.Count + into.Histograms.Count;
        _pointStart = into.Count;
        if (format == ExpositionFormat.Protobuf)
        {
            DecodeProtobuf(body, timestampMs);
        }
        else
        {
            DecodeText(body, format == ExpositionFormat.OpenMetrics, timestampMs);
        }

        _metadata.Flush(into);
        return new PushDecodeResult(into.Count + into.Histograms.Count - before, _malformed, _exemplarsRefused, _createdRefused, _faults ?? []);
    }

    private void DecodeText(ReadOnlySpan<byte> body, bool isOpenMetrics, long timestampMs)
    {
        var reader = new ExpositionTextReader(body, isOpenMetrics, _limits);
        while (reader.Next())
        {
            switch (reader.Entry)
            {
                case ExpositionEntry.Type:
                    _metadata.Type(reader.Family, reader.Type, isOpenMetrics, _into);
                    _pointStart = _into.Count;
                    break;
                case ExpositionEntry.Help:
                    _metadata.Help(reader.Family, reader.ReadHelp(), _into);
                    break;
                case ExpositionEntry.Unit:
                    _metadata.Unit(reader.Family, reader.Text, _into);
                    break;
                case ExpositionEntry.Sample:
                    AddSample(ref reader, timestampMs);
                    break;
                case ExpositionEntry.Created:
                    AddCreated(ref reader);
                    break;
                case ExpositionEntry.Fault:
                    Refuse(reader.Fault);
                    break;
            }
        }
    }

    private void AddSample(ref ExpositionTextReader reader, long timestampMs)
    {
        var at = reader.TimestampMs ?? timestampMs;
        _labels.Clear();
        reader.ReadLabels(_labels);
        AddExtra();
        _into.Add(_labels, at, reader.Value);
        AddCreatedOfLast(reader.CreatedMs, at, isHistogram: false);
        if (reader.HasExemplar)
        {
            _exemplarLabels.Clear();
            reader.ReadExemplarLabels(_exemplarLabels);
            _into.AddExemplar(_labels, _exemplarLabels, reader.ExemplarTimestampMs ?? at, reader.ExemplarValue);
        }
    }

    private void DecodeProtobuf(ReadOnlySpan<byte> body, long timestampMs)
    {
        var reader = new ExpositionProtobufReader(body, _limits);
        while (reader.Next())
        {
            switch (reader.Entry)
            {
                case ExpositionEntry.Type:
                    _metadata.Type(reader.Family, reader.Type, isOpenMetrics: false, _into);
                    break;
                case ExpositionEntry.Help:
                    _metadata.Help(reader.Family, reader.ReadHelp(), _into);
                    break;
                case ExpositionEntry.Unit:
                    _metadata.Unit(reader.Family, reader.Text, _into);
                    break;
                case ExpositionEntry.Sample:
                    AddSample(ref reader, timestampMs);
                    break;
                case ExpositionEntry.Fault:
                    Refuse(reader.Fault);
                    break;
            }
        }

        _exemplarsRefused += reader.ExemplarsRefused;
        _createdRefused += reader.CreatedRefused;
    }

    private void AddSample(ref ExpositionProtobufReader reader, long timestampMs)
    {
        var at = reader.TimestampMs ?? timestampMs;
        _labels.Clear();
        reader.ReadLabels(_labels);
        AddExtra();
        if (reader.Histogram is { } histogram)
        {
            _into.AddHistogram(_labels, at, histogram);
        }
        else
        {
            _into.Add(_labels, at, reader.Value);
        }

        AddCreatedOfLast(reader.CreatedMs, at, reader.Histogram is not null);
        while (reader.NextExemplar())
        {
            _exemplarLabels.Clear();
            reader.ReadExemplarLabels(_exemplarLabels);
            _into.AddExemplar(_labels, _exemplarLabels, reader.ExemplarTimestampMs ?? at, reader.ExemplarValue);
        }
    }

    private void AddExtra()
    {
        foreach (var label in _extra)
        {
            _labels.Set(label.Name, label.Value);
        }
    }

    private void Refuse(in ExpositionFault fault)
    {
        _malformed++;
        if (_malformed <= FaultsShownMax)
        {
            (_faults ??= []).Add(fault);
        }
    }
}
