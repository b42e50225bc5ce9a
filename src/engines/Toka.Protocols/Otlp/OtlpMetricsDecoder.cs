using System.Text.Unicode;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.Otlp.Json;
using Toka.Protocols.Otlp.Labels;
using Toka.Protocols.Otlp.Naming;
using Toka.Protocols.Otlp.Points;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp;

/// <summary>
/// Decodes OTLP's ExportMetricsServiceRequest straight into samples, named and labelled as <see cref="Translation"/> says. Protobuf is walked in place: no object per message, and no garbage per point once
/// the buffers have grown. Reused from request to request; not thread-safe.
/// </summary>
/// <remarks>
/// Source: opentelemetry-proto; "Prometheus and OpenMetrics Compatibility" of the OpenTelemetry specification. What becomes of
/// each kind of point is written in docs/reference/otlp.md.
/// </remarks>
public sealed class OtlpMetricsDecoder : IDisposable
{
    /// <summary>Half of the time that a query looks back for a sample by default, in ms.</summary>
    private const long TargetInfoStepMs = 150_000;

    /// <summary>Samples of target_info for one resource of a request: 12 h of points. Of older points only the latest have one.</summary>
    private const int TargetInfosMax = 288;

    private static readonly MetricMetadata TargetInfo = new("target_info", MetricType.Info, "The resource that sent the metrics.", "");

    private readonly OtlpLimits _limits;
    private readonly OtlpDeltaAccumulator _deltas;
    private readonly RefusalTally _tally;
    private readonly SideTallies _side;
    private readonly AttributeLabels _attributes;
    private readonly MetricFamilies _families = new();
    private readonly PointRows _rows;
    private readonly PointReader _points;
    private readonly OtlpJsonTranscoder _json = new(OtlpJsonSchema.Metrics);
    private readonly LabelSetBuilder _builder = new();
    private readonly ResourceLabels _resource;
    private OtlpTranslationOptions _translation = OtlpTranslationOptions.Default;
    private WriteBatch _batch = null!;
    private long _request;
    private long _accepted;
    private long _seen;
    private long _earliestMs;
    private long _latestMs;

    /// <summary>Makes a decoder.</summary>
    /// <param name="limits">The limits of a request.</param>
    /// <param name="deltas">Where delta points are summed up; shared by the decoders of a process.</param>
    public OtlpMetricsDecoder(OtlpLimits limits, OtlpDeltaAccumulator deltas)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(deltas);
        _limits = limits;
        _deltas = deltas;
        _tally = new RefusalTally(limits);
        _side = new SideTallies(limits);
        _attributes = new AttributeLabels(limits);
        _resource = new ResourceLabels(_attributes, _side.ResourceAttributes);
        _rows = new PointRows(limits, deltas);
        _points = new PointReader(limits, _attributes, _rows, _side);
    }

    /// <summary>How metrics are named and labelled, from the next request on. Default <see cref="OtlpTranslationOptions.Default"/>.</summary>
    public OtlpTranslationOptions Translation
    {
        get => _translation;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (ReferenceEquals(value, _translation))
            {
                return;
            }

            _translation = value;
            _attributes.Options = value;
            _points.IsNhcb = value.ConvertHistogramsToNhcb;
            _families.Clear();
        }
    }

    /// <summary>Decodes a protobuf request.</summary>
    /// <param name="body">The whole message.</param>
    /// <param name="batch">Gets the samples and the metadata; what is in it already stays.</param>
    /// <returns>How many points were taken, and why others were not.</returns>
    /// <exception cref="BadInputException">The message is malformed; clear the batch.</exception>
    public OtlpDecodeResult DecodeProtobuf(ReadOnlySpan<byte> body, WriteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _batch = batch;
        _request++;
        _accepted = _seen = 0;
        _tally.Clear();
        _side.Clear();
        _rows.Begin(batch);
        try
        {
            var reader = new ProtobufReader(body);
            while (reader.Next())
            {
                if (reader.Tag == OtlpTags.RequestResourceMetrics)
                {
                    ReadResourceMetrics(reader.Bytes());
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (BadInputException) when (_rows.HasDeltas)
        {
            _deltas.Forget(batch);
            throw;
        }

        return new OtlpDecodeResult(_accepted, _tally.Total, _tally.Reasons(), _rows.HasDeltas);
    }

    /// <summary>Decodes a request in OTLP's JSON.</summary>
    /// <inheritdoc cref="DecodeProtobuf" path="/param|/returns|/exception"/>
    public OtlpDecodeResult DecodeJson(ReadOnlySpan<byte> body, WriteBatch batch) => DecodeProtobuf(_json.ToProtobuf(body), batch);

    /// <summary>
    /// Adds what the last request refused to a protocol's tally. To be called once the request is answered, not when it
    /// will be sent again.
    /// </summary>
    /// <param name="tally">The protocol that the request came by.</param>
    public void CountRefusals(IngestTally tally)
    {
        ArgumentNullException.ThrowIfNull(tally);
        _tally.Publish(tally);
        _side.Publish(tally);
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void ReadResourceMetrics(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> resource = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.ResourceMetricsResource)
            {
                resource = Once(resource, reader.Bytes(), "resource");
            }
            else
            {
                reader.Skip();
            }
        }

        (_earliestMs, _latestMs) = (long.MaxValue, long.MinValue);
        _resource.Read(resource);
        reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.ResourceMetricsScopeMetrics)
            {
                ReadScopeMetrics(reader.Bytes());
            }
            else
            {
                reader.Skip();
            }
        }

        if (_resource.TargetInfo is { } targetInfo && _latestMs != long.MinValue)
        {
            AddTargetInfo(targetInfo);
        }
    }

    /// <summary>
    /// At the time of the resource's latest point, and before it as often as it takes for a query at the time of any other
    /// point to find one.
    /// </summary>
    private void AddTargetInfo(LabelSet targetInfo)
    {
        var from = Math.Max(_earliestMs, _latestMs - (TargetInfoStepMs * TargetInfosMax));
        _batch.Add(targetInfo, from, 1);
        for (var at = from + TargetInfoStepMs; at < _latestMs; at += TargetInfoStepMs)
        {
            _batch.AddSameSeries(at, 1);
        }

        if (_latestMs != from)
        {
            _batch.AddSameSeries(_latestMs, 1);
        }

        _batch.AddMetadata(TargetInfo);
    }

    private void ReadScopeMetrics(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> scope = default;
        ReadOnlySpan<byte> schemaUrl = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.ScopeMetricsScope:
                    scope = Once(scope, reader.Bytes(), "scope");
                    break;
                case OtlpTags.ScopeMetricsSchemaUrl:
                    schemaUrl = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var refusal = ReadScope(scope, schemaUrl);
        reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.ScopeMetricsMetrics)
            {
                ReadMetric(reader.Bytes(), refusal);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Shares job, instance, promoted attributes and the scope's labels with the points to come.</summary>
    private OtlpRefusal ReadScope(ReadOnlySpan<byte> scope, ReadOnlySpan<byte> schemaUrl)
    {
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> version = default;
        var reader = new ProtobufReader(scope);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.ScopeName:
                    name = reader.Bytes();
                    break;
                case OtlpTags.ScopeVersion:
                    version = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var refusal = OtlpRefusal.None;
        _builder.Clear();
        if (!name.IsEmpty && _translation.PromoteScopeMetadata)
        {
            if (Math.Max(Math.Max(name.Length, version.Length), schemaUrl.Length) > _limits.LabelValueBytesMax)
            {
                return OtlpRefusal.LabelValueBytesLimit;
            }

            if (!Utf8.IsValid(name) || !Utf8.IsValid(version) || !Utf8.IsValid(schemaUrl))
            {
                return OtlpRefusal.BadUtf8;
            }

            // The scope's own name, version and schema win over attributes of those keys.
            refusal = _attributes.AddJoined(scope, OtlpTags.ScopeAttributes, "otel_scope_"u8, _builder, null);
            _builder.Set("otel_scope_name"u8, name);
            _builder.Set("otel_scope_version"u8, version);
            _builder.Set("otel_scope_schema_url"u8, schemaUrl);
        }

        foreach (var label in _resource.Identity)
        {
            _builder.Set(label.Name, label.Value);
        }

        _rows.Share(_builder.Build(), _resource.Promoted);
        return refusal;
    }

    private void ReadMetric(ReadOnlySpan<byte> message, OtlpRefusal refusal)
    {
        ReadOnlySpan<byte> name = default, unit = default, help = default, data = default;
        var dataTag = 0u;
        var hint = MetricKind.Gauge;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.MetricName:
                    name = reader.Bytes();
                    break;
                case OtlpTags.MetricDescription:
                    help = reader.Bytes();
                    break;
                case OtlpTags.MetricUnit:
                    unit = reader.Bytes();
                    break;
                case OtlpTags.MetricMetadata:
                    hint = OtlpTags.ReadTypeHint(reader.Bytes(), hint);
                    break;
                case OtlpTags.MetricGauge or OtlpTags.MetricSum or OtlpTags.MetricHistogram or OtlpTags.MetricExponentialHistogram or OtlpTags.MetricSummary:
                    if (dataTag != 0)
                    {
                        throw new BadInputException("the OTLP message is malformed: a metric has data twice; send one metric for each");
                    }

                    dataTag = reader.Tag;
                    data = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (refusal == OtlpRefusal.None)
        {
            refusal = Math.Max(name.Length, unit.Length) > _limits.NameBytesMax ? OtlpRefusal.NameBytesLimit
                : Utf8.IsValid(name) && Utf8.IsValid(unit) ? OtlpRefusal.None : OtlpRefusal.BadUtf8;
        }

        ReadData(new MetricData(name, unit, help, data, dataTag, hint), refusal);
    }

    private void ReadData(in MetricData metric, OtlpRefusal refusal)
    {
        ulong temporality = 0;
        var monotonic = false;
        var reader = new ProtobufReader(metric.Data);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.DataTemporality:
                    temporality = reader.Varint();
                    break;
                case OtlpTags.DataIsMonotonic:
                    monotonic = reader.Varint() != 0;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        MetricFamily? family = null;
        refusal = refusal == OtlpRefusal.None ? Refuse(metric.Tag, temporality, monotonic) : refusal;
        if (refusal == OtlpRefusal.None)
        {
            family = _families.Find(metric.Name, metric.Unit, metric.Help, KindOf(metric.Tag, monotonic, metric.Hint), _translation.Strategy);
            refusal = family is null ? OtlpRefusal.BadMetricName : OtlpRefusal.None;
        }

        if (family is null)
        {
            var refused = OtlpTags.CountOf(metric.Data, OtlpTags.DataPoints);
            _seen += refused;
            _tally.Add(refusal, metric.Name, refused);
            return;
        }

        ReadPoints(metric, family, HasTemporality(metric.Tag) && temporality == OtlpTags.TemporalityDelta);
    }

    private void ReadPoints(in MetricData metric, MetricFamily family, bool isDelta)
    {
        var reader = new ProtobufReader(metric.Data);
        while (reader.Next())
        {
            if (reader.Tag != OtlpTags.DataPoints)
            {
                reader.Skip();
                continue;
            }

            var point = reader.Bytes();
            var refusal = ++_seen > _limits.PointsPerRequestMax ? OtlpRefusal.PointsLimit : metric.Tag switch
            {
                OtlpTags.MetricHistogram => _points.ReadHistogram(point, family, isDelta),
                OtlpTags.MetricExponentialHistogram => _points.ReadExponential(point, family, isDelta),
                OtlpTags.MetricSummary => _points.ReadSummary(point, family),
                _ => _points.ReadNumber(point, family, isDelta),
            };
            if (refusal != OtlpRefusal.None)
            {
                _tally.Add(refusal, metric.Name, 1);
                continue;
            }

            _accepted++;
            _latestMs = Math.Max(_latestMs, _points.TimeMs);
            _earliestMs = Math.Min(_earliestMs, _points.TimeMs);
            if (family.DescribedIn != _request)
            {
                family.DescribedIn = _request;
                _batch.AddMetadata(family.Metadata);
            }
        }
    }

    private static OtlpRefusal Refuse(uint tag, ulong temporality, bool monotonic) => tag switch
    {
        _ when HasTemporality(tag) && temporality is not (OtlpTags.TemporalityDelta or OtlpTags.TemporalityCumulative) => OtlpRefusal.NoTemporality,
        OtlpTags.MetricSum when temporality == OtlpTags.TemporalityDelta && !monotonic => OtlpRefusal.DeltaUpDownCounter,
        _ => OtlpRefusal.None,
    };

    private static bool HasTemporality(uint tag) => tag is OtlpTags.MetricSum or OtlpTags.MetricHistogram or OtlpTags.MetricExponentialHistogram;

    /// <param name="tag">The field that the metric's data stands in.</param>
    /// <param name="monotonic">Whether a sum only goes up.</param>
    /// <param name="hint">The type that the metric had in Prometheus, where it came from there.</param>
    private static MetricKind KindOf(uint tag, bool monotonic, MetricKind hint) => tag switch
    {
        OtlpTags.MetricSum => monotonic ? MetricKind.Counter : hint is MetricKind.Info or MetricKind.StateSet ? hint : MetricKind.UpDownCounter,
        OtlpTags.MetricHistogram or OtlpTags.MetricExponentialHistogram => MetricKind.Histogram,
        OtlpTags.MetricSummary => MetricKind.Summary,
        _ => hint == MetricKind.Unknown ? hint : MetricKind.Gauge,
    };

    private static ReadOnlySpan<byte> Once(ReadOnlySpan<byte> before, ReadOnlySpan<byte> now, string name) =>
        before.IsEmpty ? now : throw new BadInputException($"the OTLP message is malformed: {name} is given twice");

    private readonly ref struct MetricData(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help, ReadOnlySpan<byte> data, uint tag, MetricKind hint)
    {
        public ReadOnlySpan<byte> Name { get; } = name;

        public ReadOnlySpan<byte> Unit { get; } = unit;

        public ReadOnlySpan<byte> Help { get; } = help;

        public ReadOnlySpan<byte> Data { get; } = data;

        public uint Tag { get; } = tag;

        public MetricKind Hint { get; } = hint;
    }
}
