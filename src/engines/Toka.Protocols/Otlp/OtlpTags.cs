using Toka.Protocols.Otlp.Naming;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp;

/// <summary>Tags of OTLP's messages: field number times 8 plus wire type. Source: opentelemetry-proto 1.x.</summary>
internal static class OtlpTags
{
    private const uint V = WireTypes.Varint;
    private const uint F = WireTypes.Fixed64;
    private const uint B = WireTypes.Bytes;
    private const uint F32 = WireTypes.Fixed32;

    public const uint RequestResourceMetrics = (1 << 3) | B;

    public const uint ResourceMetricsResource = (1 << 3) | B;
    public const uint ResourceMetricsScopeMetrics = (2 << 3) | B;
    public const uint ResourceAttributes = (1 << 3) | B;

    public const uint ScopeMetricsScope = (1 << 3) | B;
    public const uint ScopeMetricsMetrics = (2 << 3) | B;
    public const uint ScopeMetricsSchemaUrl = (3 << 3) | B;
    public const uint ScopeName = (1 << 3) | B;
    public const uint ScopeVersion = (2 << 3) | B;
    public const uint ScopeAttributes = (3 << 3) | B;

    /// <summary>Lists of resources, of a resource's scopes and of a scope's spans or log records have these numbers in traces and in logs.</summary>
    public const uint RequestResources = (1 << 3) | B;
    public const uint ResourceItselfResource = (1 << 3) | B;
    public const uint ResourceScopes = (2 << 3) | B;
    public const uint ScopeItselfScope = (1 << 3) | B;
    public const uint ScopeItems = (2 << 3) | B;

    public const uint SpanTraceId = (1 << 3) | B;
    public const uint SpanSpanId = (2 << 3) | B;
    public const uint SpanTraceState = (3 << 3) | B;
    public const uint SpanParentId = (4 << 3) | B;
    public const uint SpanName = (5 << 3) | B;
    public const uint SpanKind = (6 << 3) | V;
    public const uint SpanStart = (7 << 3) | F;
    public const uint SpanEnd = (8 << 3) | F;
    public const uint SpanAttributes = (9 << 3) | B;
    public const uint SpanDroppedAttributes = (10 << 3) | V;
    public const uint SpanEvents = (11 << 3) | B;
    public const uint SpanDroppedEvents = (12 << 3) | V;
    public const uint SpanLinks = (13 << 3) | B;
    public const uint SpanDroppedLinks = (14 << 3) | V;
    public const uint SpanStatus = (15 << 3) | B;
    public const uint SpanFlags = (16 << 3) | F32;

    public const uint EventTime = (1 << 3) | F;
    public const uint EventName = (2 << 3) | B;
    public const uint EventAttributes = (3 << 3) | B;
    public const uint EventDropped = (4 << 3) | V;

    public const uint LinkTraceId = (1 << 3) | B;
    public const uint LinkSpanId = (2 << 3) | B;
    public const uint LinkTraceState = (3 << 3) | B;
    public const uint LinkAttributes = (4 << 3) | B;
    public const uint LinkDropped = (5 << 3) | V;
    public const uint LinkFlags = (6 << 3) | F32;

    public const uint StatusMessage = (2 << 3) | B;
    public const uint StatusCode = (3 << 3) | V;

    public const uint LogTime = (1 << 3) | F;
    public const uint LogSeverity = (2 << 3) | V;
    public const uint LogSeverityText = (3 << 3) | B;
    public const uint LogBody = (5 << 3) | B;
    public const uint LogAttributes = (6 << 3) | B;
    public const uint LogDropped = (7 << 3) | V;
    public const uint LogFlags = (8 << 3) | F32;
    public const uint LogTraceId = (9 << 3) | B;
    public const uint LogSpanId = (10 << 3) | B;
    public const uint LogObserved = (11 << 3) | F;
    public const uint LogEventName = (12 << 3) | B;

    public const uint MetricName = (1 << 3) | B;
    public const uint MetricDescription = (2 << 3) | B;
    public const uint MetricUnit = (3 << 3) | B;
    public const uint MetricGauge = (5 << 3) | B;
    public const uint MetricSum = (7 << 3) | B;
    public const uint MetricHistogram = (9 << 3) | B;
    public const uint MetricExponentialHistogram = (10 << 3) | B;
    public const uint MetricSummary = (11 << 3) | B;

    public const uint MetricMetadata = (12 << 3) | B;

    public const uint DataPoints = (1 << 3) | B;
    public const uint DataTemporality = (2 << 3) | V;
    public const uint DataIsMonotonic = (3 << 3) | V;

    public const uint PointStart = (2 << 3) | F;
    public const uint PointTime = (3 << 3) | F;

    public const uint NumberAsDouble = (4 << 3) | F;
    public const uint NumberExemplars = (5 << 3) | B;
    public const uint NumberAsInt = (6 << 3) | F;
    public const uint NumberAttributes = (7 << 3) | B;
    public const uint NumberFlags = (8 << 3) | V;

    public const uint HistogramCount = (4 << 3) | F;
    public const uint HistogramSum = (5 << 3) | F;
    public const uint HistogramBucketCounts = (6 << 3) | B;
    public const uint HistogramBucketCount = (6 << 3) | F;
    public const uint HistogramBounds = (7 << 3) | B;
    public const uint HistogramBound = (7 << 3) | F;
    public const uint HistogramExemplars = (8 << 3) | B;
    public const uint HistogramAttributes = (9 << 3) | B;
    public const uint HistogramFlags = (10 << 3) | V;

    public const uint ExponentialAttributes = (1 << 3) | B;
    public const uint ExponentialCount = (4 << 3) | F;
    public const uint ExponentialSum = (5 << 3) | F;
    public const uint ExponentialScale = (6 << 3) | V;
    public const uint ExponentialZeroCount = (7 << 3) | F;
    public const uint ExponentialPositive = (8 << 3) | B;
    public const uint ExponentialNegative = (9 << 3) | B;
    public const uint ExponentialFlags = (10 << 3) | V;
    public const uint ExponentialExemplars = (11 << 3) | B;
    public const uint ExponentialZeroThreshold = (14 << 3) | F;
    public const uint BucketsOffset = (1 << 3) | V;
    public const uint BucketsCounts = (2 << 3) | B;
    public const uint BucketsCount = (2 << 3) | V;

    public const uint ExemplarTime = (2 << 3) | F;
    public const uint ExemplarAsDouble = (3 << 3) | F;
    public const uint ExemplarSpan = (4 << 3) | B;
    public const uint ExemplarTrace = (5 << 3) | B;
    public const uint ExemplarAsInt = (6 << 3) | F;
    public const uint ExemplarAttributes = (7 << 3) | B;

    public const uint SummaryCount = (4 << 3) | F;
    public const uint SummarySum = (5 << 3) | F;
    public const uint SummaryQuantiles = (6 << 3) | B;
    public const uint SummaryAttributes = (7 << 3) | B;
    public const uint SummaryFlags = (8 << 3) | V;
    public const uint QuantileQuantile = (1 << 3) | F;
    public const uint QuantileValue = (2 << 3) | F;

    public const uint AnyString = (1 << 3) | B;
    public const uint AnyBool = (2 << 3) | V;
    public const uint AnyInt = (3 << 3) | V;
    public const uint AnyDouble = (4 << 3) | F;
    public const uint AnyArray = (5 << 3) | B;
    public const uint AnyMap = (6 << 3) | B;
    public const uint AnyBytes = (7 << 3) | B;

    /// <summary>The entries of ArrayValue and of KeyValueList.</summary>
    public const uint ListValues = (1 << 3) | B;

    private const uint KeyValueKey = (1 << 3) | B;
    private const uint KeyValueValue = (2 << 3) | B;

    public const ulong TemporalityDelta = 1;
    public const ulong TemporalityCumulative = 2;

    /// <summary>DataPointFlags: the point says that there is no value, as a stale marker does.</summary>
    public const ulong FlagNoRecordedValue = 1;

    public static void ReadKeyValue(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = default;
        value = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == KeyValueKey)
            {
                key = reader.Bytes();
            }
            else if (reader.Tag == KeyValueValue)
            {
                value = reader.Bytes();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>The type that a metric had in Prometheus, where an entry of its metadata says so (<c>prometheus.type</c>).</summary>
    /// <param name="message">A KeyValue message.</param>
    /// <param name="otherwise">What it is where the entry says nothing.</param>
    public static MetricKind ReadTypeHint(ReadOnlySpan<byte> message, MetricKind otherwise)
    {
        ReadKeyValue(message, out var key, out var value);
        if (!key.SequenceEqual("prometheus.type"u8))
        {
            return otherwise;
        }

        var reader = new ProtobufReader(value);
        while (reader.Next())
        {
            if (reader.Tag != AnyString)
            {
                reader.Skip();
                continue;
            }

            var type = reader.Bytes();
            otherwise = type.SequenceEqual("unknown"u8) ? MetricKind.Unknown
                : type.SequenceEqual("info"u8) ? MetricKind.Info
                : type.SequenceEqual("stateset"u8) ? MetricKind.StateSet
                : otherwise;
        }

        return otherwise;
    }

    /// <summary>How many fields of a tag a message has.</summary>
    public static int CountOf(ReadOnlySpan<byte> message, uint tag)
    {
        var count = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            count += reader.Tag == tag ? 1 : 0;
            reader.Skip();
        }

        return count;
    }
}
