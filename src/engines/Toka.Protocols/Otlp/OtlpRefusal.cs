using Toka.Core.Samples;

namespace Toka.Protocols.Otlp;

/// <summary>Why a data point was refused.</summary>
internal enum OtlpRefusal
{
    None,
    ExponentialScale,
    NoTemporality,
    DeltaUpDownCounter,
    DeltaOutOfOrder,
    DeltaSeriesLimit,
    BadMetricName,
    BadAttributeKey,
    BadUtf8,
    NoTime,
    NoValue,
    BadBuckets,
    BadHistogram,
    StartAfterTime,
    AttributesLimit,
    NameBytesLimit,
    LabelValueBytesLimit,
    NestingLimit,
    BucketsLimit,
    PointsLimit,
    SamplesLimit,
    LabelBytesLimit,
}

/// <summary>The reasons' names, as in <c>toka_dropped_total{reason}</c>, and their sentences.</summary>
internal static class OtlpRefusals
{
    public const int Count = (int)OtlpRefusal.LabelBytesLimit + 1;

    public static string Name(OtlpRefusal refusal) => refusal switch
    {
        OtlpRefusal.NoTemporality => "no_temporality",
        OtlpRefusal.DeltaUpDownCounter => "delta_up_down_counter",
        OtlpRefusal.DeltaOutOfOrder => "delta_out_of_order",
        OtlpRefusal.DeltaSeriesLimit => "delta_series_limit",
        OtlpRefusal.BadMetricName => "bad_metric_name",
        OtlpRefusal.BadAttributeKey => "bad_attribute_key",
        OtlpRefusal.BadUtf8 => "bad_utf8",
        OtlpRefusal.NoTime => "no_time",
        OtlpRefusal.NoValue => "no_value",
        OtlpRefusal.BadBuckets => "bad_buckets",
        OtlpRefusal.BadHistogram => "bad_histogram",
        OtlpRefusal.ExponentialScale => "exponential_scale",
        OtlpRefusal.StartAfterTime => "start_after_time",
        OtlpRefusal.AttributesLimit => "attributes_limit",
        OtlpRefusal.NameBytesLimit => "name_bytes_limit",
        OtlpRefusal.LabelValueBytesLimit => "label_value_bytes_limit",
        OtlpRefusal.NestingLimit => "nesting_limit",
        OtlpRefusal.BucketsLimit => "buckets_limit",
        OtlpRefusal.PointsLimit => "points_limit",
        OtlpRefusal.SamplesLimit => "samples_limit",
        OtlpRefusal.LabelBytesLimit => "label_bytes_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };

    /// <summary>What was wrong and what to do, without naming the metric.</summary>
    public static string Sentence(OtlpRefusal refusal, OtlpLimits limits) => refusal switch
    {
        OtlpRefusal.NoTemporality => "the aggregation temporality is not given; send cumulative or delta",
        OtlpRefusal.DeltaUpDownCounter => "a non-monotonic sum cannot be stored from deltas; export it with cumulative temporality",
        OtlpRefusal.DeltaOutOfOrder => "a delta point begins before the last one of its series ended; send deltas once and in order",
        OtlpRefusal.DeltaSeriesLimit => $"{limits.DeltaSeriesMax} delta series are being summed up already (DeltaSeriesMax); export with cumulative temporality",
        OtlpRefusal.BadMetricName => "the metric's name has no letter or digit",
        OtlpRefusal.BadAttributeKey => "an attribute's key is empty or has no letter or digit",
        OtlpRefusal.BadUtf8 => "a name or value is not valid UTF-8",
        OtlpRefusal.NoTime => "timeUnixNano is missing",
        OtlpRefusal.NoValue => "the point has no value; set asDouble or asInt",
        OtlpRefusal.BadBuckets => "bucketCounts must have one entry more than explicitBounds, and the bounds must rise",
        OtlpRefusal.BadHistogram => $"the counts of an exponential histogram's buckets must add up to its count, within {HistogramLayout.BucketsMax} buckets and the range of float64",
        OtlpRefusal.ExponentialScale => $"an exponential histogram's scale is below {HistogramLayout.SchemaMin}; limit the buckets' growth at the source, or export explicit buckets",
        OtlpRefusal.StartAfterTime => "startTimeUnixNano is after timeUnixNano; is the sender's clock right?",
        OtlpRefusal.AttributesLimit => $"more than {limits.AttributesMax} attributes (AttributesMax)",
        OtlpRefusal.NameBytesLimit => $"a name is longer than {limits.NameBytesMax} bytes (NameBytesMax)",
        OtlpRefusal.LabelValueBytesLimit => $"an attribute's value is longer than {limits.LabelValueBytesMax} bytes (LabelValueBytesMax)",
        OtlpRefusal.NestingLimit => $"an attribute's value nests deeper than {limits.NestingMax} levels (NestingMax)",
        OtlpRefusal.BucketsLimit => $"more than {limits.BucketsMax} buckets or quantiles (BucketsMax), or {limits.ExponentialBucketsMax} exponential buckets of one sign (ExponentialBucketsMax)",
        OtlpRefusal.PointsLimit => $"more than {limits.PointsPerRequestMax} points in one request (PointsPerRequestMax); send smaller requests",
        OtlpRefusal.SamplesLimit => $"the request expands to more than {limits.SamplesPerRequestMax} samples (SamplesPerRequestMax); send smaller requests",
        OtlpRefusal.LabelBytesLimit => $"the request expands to more than {limits.LabelBytesPerRequestMax} bytes of labels (LabelBytesPerRequestMax); send smaller requests",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
