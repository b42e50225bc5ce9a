using Toka.Protocols.Wire;

namespace Toka.Protocols.Exposition;

/// <summary>
/// The fields of <c>io.prometheus.client.MetricFamily</c> and what is in it, as whole tags. Source: Prometheus,
/// client_model, metrics.proto. It has no custom bounds for native histograms.
/// </summary>
internal static class MetricTags
{
    public const uint FamilyName = (1 << 3) | WireTypes.Bytes;
    public const uint FamilyHelp = (2 << 3) | WireTypes.Bytes;
    public const uint FamilyType = (3 << 3) | WireTypes.Varint;
    public const uint FamilyMetric = (4 << 3) | WireTypes.Bytes;
    public const uint FamilyUnit = (5 << 3) | WireTypes.Bytes;

    public const uint MetricLabel = (1 << 3) | WireTypes.Bytes;
    public const uint MetricGauge = (2 << 3) | WireTypes.Bytes;
    public const uint MetricCounter = (3 << 3) | WireTypes.Bytes;
    public const uint MetricSummary = (4 << 3) | WireTypes.Bytes;
    public const uint MetricUntyped = (5 << 3) | WireTypes.Bytes;
    public const uint MetricTimestamp = (6 << 3) | WireTypes.Varint;
    public const uint MetricHistogram = (7 << 3) | WireTypes.Bytes;

    public const uint LabelName = (1 << 3) | WireTypes.Bytes;
    public const uint LabelValue = (2 << 3) | WireTypes.Bytes;

    public const uint Value = (1 << 3) | WireTypes.Fixed64;
    public const uint CounterExemplar = (2 << 3) | WireTypes.Bytes;
    public const uint CounterCreated = (3 << 3) | WireTypes.Bytes;

    public const uint SampleCount = (1 << 3) | WireTypes.Varint;
    public const uint SampleSum = (2 << 3) | WireTypes.Fixed64;
    public const uint SummaryQuantile = (3 << 3) | WireTypes.Bytes;
    public const uint SummaryCreated = (4 << 3) | WireTypes.Bytes;
    public const uint QuantileOf = (1 << 3) | WireTypes.Fixed64;
    public const uint QuantileValue = (2 << 3) | WireTypes.Fixed64;

    public const uint HistogramBucket = (3 << 3) | WireTypes.Bytes;
    public const uint HistogramCountFloat = (4 << 3) | WireTypes.Fixed64;
    public const uint HistogramSchema = (5 << 3) | WireTypes.Varint;
    public const uint HistogramZeroThreshold = (6 << 3) | WireTypes.Fixed64;
    public const uint HistogramZeroCount = (7 << 3) | WireTypes.Varint;
    public const uint HistogramZeroCountFloat = (8 << 3) | WireTypes.Fixed64;
    public const uint HistogramNegativeSpan = (9 << 3) | WireTypes.Bytes;
    public const uint HistogramNegativeDelta = (10 << 3) | WireTypes.Varint;
    public const uint HistogramNegativeDeltas = (10 << 3) | WireTypes.Bytes;
    public const uint HistogramNegativeCount = (11 << 3) | WireTypes.Fixed64;
    public const uint HistogramNegativeCounts = (11 << 3) | WireTypes.Bytes;
    public const uint HistogramPositiveSpan = (12 << 3) | WireTypes.Bytes;
    public const uint HistogramPositiveDelta = (13 << 3) | WireTypes.Varint;
    public const uint HistogramPositiveDeltas = (13 << 3) | WireTypes.Bytes;
    public const uint HistogramPositiveCount = (14 << 3) | WireTypes.Fixed64;
    public const uint HistogramPositiveCounts = (14 << 3) | WireTypes.Bytes;
    public const uint HistogramCreated = (15 << 3) | WireTypes.Bytes;
    public const uint HistogramExemplar = (16 << 3) | WireTypes.Bytes;

    public const uint BucketCount = (1 << 3) | WireTypes.Varint;
    public const uint BucketBound = (2 << 3) | WireTypes.Fixed64;
    public const uint BucketExemplar = (3 << 3) | WireTypes.Bytes;
    public const uint BucketCountFloat = (4 << 3) | WireTypes.Fixed64;

    public const uint SpanOffset = (1 << 3) | WireTypes.Varint;
    public const uint SpanLength = (2 << 3) | WireTypes.Varint;

    public const uint ExemplarLabel = (1 << 3) | WireTypes.Bytes;
    public const uint ExemplarValue = (2 << 3) | WireTypes.Fixed64;
    public const uint ExemplarTimestamp = (3 << 3) | WireTypes.Bytes;

    public const uint TimestampSeconds = (1 << 3) | WireTypes.Varint;
    public const uint TimestampNanos = (2 << 3) | WireTypes.Varint;

    public const string Message = "io.prometheus.client.MetricFamily";
}
