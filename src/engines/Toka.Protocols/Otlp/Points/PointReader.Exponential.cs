using Toka.Core.Samples;
using Toka.Protocols.Otlp.Naming;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Points;

/// <content>Exponential histogram points become native histograms.</content>
internal sealed partial class PointReader
{
    /// <summary>Offsets beyond are no bucket of a float64 at any scale that is used; it keeps sums of indexes within 32 bits.</summary>
    private const int OffsetMax = 1 << 30;

    /// <summary>
    /// The zero bucket's half width where the point says none. Source: OpenTelemetry, Prometheus and OpenMetrics compatibility.
    /// </summary>
    private const double ZeroThresholdDefault = 1e-128;

    private readonly ExponentialHistogram _exponential = new();

    public OtlpRefusal ReadExponential(ReadOnlySpan<byte> message, MetricFamily family, bool isDelta)
    {
        Begin();
        _exponential.Clear();
        _exponential.Sum = double.NaN; // Until the point says it.
        ulong start = 0, time = 0, flags = 0;
        var scale = 0;
        ReadOnlySpan<byte> positive = default, negative = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.PointStart:
                    start = reader.Fixed64();
                    break;
                case OtlpTags.PointTime:
                    time = reader.Fixed64();
                    break;
                case OtlpTags.ExponentialCount:
                    _exponential.Count = reader.Fixed64();
                    break;
                case OtlpTags.ExponentialSum:
                    _exponential.Sum = reader.Double();
                    break;
                case OtlpTags.ExponentialScale:
                    scale = ZigZag(reader.Varint());
                    break;
                case OtlpTags.ExponentialZeroCount:
                    _exponential.ZeroCount = reader.Fixed64();
                    break;
                case OtlpTags.ExponentialZeroThreshold:
                    _exponential.ZeroThreshold = reader.Double();
                    break;
                case OtlpTags.ExponentialPositive:
                    positive = reader.Bytes();
                    break;
                case OtlpTags.ExponentialNegative:
                    negative = reader.Bytes();
                    break;
                case OtlpTags.ExponentialFlags:
                    flags = reader.Varint();
                    break;
                case OtlpTags.ExponentialAttributes:
                    AddAttribute(reader.Bytes());
                    break;
                case OtlpTags.ExponentialExemplars:
                    _exemplars++;
                    reader.Skip();
                    break;
                default:
                    reader.Skip(); // Among them the minimum and the maximum, which a native histogram does not have.
                    break;
            }
        }

        var when = new PointTime(start, time, (flags & OtlpTags.FlagNoRecordedValue) != 0, isDelta);
        return AddExponential(message, family, when, scale, positive, negative);
    }

    private OtlpRefusal AddExponential(
        ReadOnlySpan<byte> message, MetricFamily family, in PointTime when, int scale, ReadOnlySpan<byte> positive, ReadOnlySpan<byte> negative)
    {
        if (_exponential.Count == 0 && double.IsNaN(_exponential.Sum))
        {
            _exponential.Sum = 0; // The sum of nothing is known.
        }

        if (_exponential.ZeroThreshold == 0)
        {
            _exponential.ZeroThreshold = ZeroThresholdDefault;
        }

        var refusal = Check(message, OtlpTags.ExponentialAttributes, when);
        refusal = refusal == OtlpRefusal.None && !when.IsStale ? ReadBuckets(scale, positive, negative) : refusal;
        refusal = refusal == OtlpRefusal.None ? rows.AddHistogram(family.Name, when, _exponential) : refusal;
        if (refusal == OtlpRefusal.None)
        {
            AddCreated(family, when, ofHistogram: true);
            AddExemplars(message, OtlpTags.ExponentialExemplars, family, family.Name, when);
        }

        return refusal;
    }

    private OtlpRefusal ReadBuckets(int scale, ReadOnlySpan<byte> positive, ReadOnlySpan<byte> negative)
    {
        if (scale < HistogramLayout.SchemaMin)
        {
            return OtlpRefusal.ExponentialScale;
        }

        // A finer scale than native histograms have is merged down: each step halves the number of buckets.
        _exponential.Schema = Math.Min(scale, HistogramLayout.SchemaMax);
        var levels = (int)Math.Min(31, (long)scale - _exponential.Schema);
        var refusal = ReadBuckets(positive, levels, _exponential.Positive);
        return refusal == OtlpRefusal.None ? ReadBuckets(negative, levels, _exponential.Negative) : refusal;
    }

    private OtlpRefusal ReadBuckets(ReadOnlySpan<byte> message, int levels, ExponentialBuckets into)
    {
        var offset = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.BucketsOffset)
            {
                offset = ZigZag(reader.Varint());
            }
            else
            {
                reader.Skip();
            }
        }

        if (offset is < -OffsetMax or > OffsetMax)
        {
            return OtlpRefusal.BadHistogram;
        }

        var count = 0;
        reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.BucketsCounts:
                    var packed = new ProtobufReader(reader.Bytes());
                    while (!packed.AtEnd && count <= limits.ExponentialBucketsMax)
                    {
                        AddBucket(into, offset, count++, levels, packed.Varint());
                    }

                    break;
                case OtlpTags.BucketsCount:
                    AddBucket(into, offset, count++, levels, reader.Varint());
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (count > limits.ExponentialBucketsMax)
            {
                return OtlpRefusal.BucketsLimit;
            }
        }

        return OtlpRefusal.None;
    }

    /// <summary>
    /// OTLP names a bucket after its lower bound, native histograms after the upper one: hence the one more.
    /// </summary>
    private static void AddBucket(ExponentialBuckets into, int offset, int at, int levels, ulong count) =>
        into.Append(ExponentialBuckets.Reduced(offset + at + 1, levels), count);

    private static int ZigZag(ulong value) => (int)((uint)value >> 1) ^ -(int)(value & 1);
}
