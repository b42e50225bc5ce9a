using Toka.Core.Errors;
using Toka.Core.Samples;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Exposition;

/// <summary>Native histograms of the protobuf format. Reused for one after the other; not thread-safe.</summary>
internal sealed class NativeHistogramParser
{
    private readonly List<HistogramSpan> _positiveSpans = [];
    private readonly List<HistogramSpan> _negativeSpans = [];
    private readonly List<double> _positive = [];
    private readonly List<double> _negative = [];
    private HistogramLayout _layout = HistogramLayout.Empty;

    /// <summary>Reads the native part of a histogram message.</summary>
    /// <param name="message">A Histogram.</param>
    /// <param name="count">Its count.</param>
    /// <param name="sum">Its sum.</param>
    /// <param name="isGauge">Whether it may fall.</param>
    /// <returns>Null where it only has classic buckets.</returns>
    /// <exception cref="BadInputException">It is malformed or breaks <see cref="HistogramRule"/>.</exception>
    public NativeHistogram? Read(ReadOnlySpan<byte> message, double count, double sum, bool isGauge)
    {
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positive.Clear();
        _negative.Clear();
        var schema = 0;
        double threshold = 0, zeroCount = 0, zeroCountFloat = 0;
        var reader = new ProtobufReader(message, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.HistogramSchema:
                    schema = (int)ZigZag(reader.Varint());
                    break;
                case MetricTags.HistogramZeroThreshold:
                    threshold = reader.Double();
                    break;
                case MetricTags.HistogramZeroCount:
                    zeroCount = reader.Varint();
                    break;
                case MetricTags.HistogramZeroCountFloat:
                    zeroCountFloat = reader.Double();
                    break;
                case MetricTags.HistogramPositiveSpan:
                    AddSpan(_positiveSpans, reader.Bytes());
                    break;
                case MetricTags.HistogramNegativeSpan:
                    AddSpan(_negativeSpans, reader.Bytes());
                    break;
                default:
                    ReadCounts(ref reader);
                    break;
            }
        }

        // As Prometheus tells them apart: one without an observation comes with an empty span.
        var isNative = _positiveSpans.Count > 0 || _negativeSpans.Count > 0 || threshold != 0 || zeroCount > 0 || zeroCountFloat > 0;
        if (!isNative)
        {
            return null;
        }

        var layout = LayoutOf(schema, threshold);
        Refuse(HistogramRule.Check(layout));
        Refuse(_positive.Count + _negative.Count == layout.BucketCount ? HistogramFault.None : HistogramFault.BucketCount);
        var histogram = NativeHistogram.Owning(
            layout, isGauge ? HistogramResetHint.Gauge : HistogramResetHint.Unknown, zeroCountFloat > 0 ? zeroCountFloat : zeroCount, count, sum, [.. _positive, .. _negative]);
        Refuse(HistogramRule.Check(histogram.View));
        return histogram;
    }

    /// <summary>A signed number of protobuf's zigzag code.</summary>
    public static long ZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private void ReadCounts(ref ProtobufReader reader)
    {
        switch (reader.Tag)
        {
            case MetricTags.HistogramPositiveDelta:
                AddDelta(_positive, reader.Varint());
                break;
            case MetricTags.HistogramNegativeDelta:
                AddDelta(_negative, reader.Varint());
                break;
            case MetricTags.HistogramPositiveDeltas:
                AddDeltas(_positive, reader.Bytes());
                break;
            case MetricTags.HistogramNegativeDeltas:
                AddDeltas(_negative, reader.Bytes());
                break;
            case MetricTags.HistogramPositiveCount:
                Add(_positive, reader.Double());
                break;
            case MetricTags.HistogramNegativeCount:
                Add(_negative, reader.Double());
                break;
            case MetricTags.HistogramPositiveCounts:
                AddCounts(_positive, reader.Bytes());
                break;
            case MetricTags.HistogramNegativeCounts:
                AddCounts(_negative, reader.Bytes());
                break;
            default:
                reader.Skip();
                break;
        }
    }

    /// <summary>Series mostly keep their layout, and neighbours often share one.</summary>
    private HistogramLayout LayoutOf(int schema, double threshold)
    {
        var layout = new HistogramLayout(schema, threshold, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_positiveSpans), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_negativeSpans), []);
        if (!layout.Equals(_layout))
        {
            _layout = layout;
        }

        return _layout;
    }

    private static void AddSpan(List<HistogramSpan> spans, ReadOnlySpan<byte> message)
    {
        Limit(spans.Count);
        long offset = 0, length = 0;
        var reader = new ProtobufReader(message, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.SpanOffset:
                    offset = ZigZag(reader.Varint());
                    break;
                case MetricTags.SpanLength:
                    length = (long)reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (offset is < int.MinValue or > int.MaxValue || length is < 0 or > int.MaxValue)
        {
            Refuse(HistogramFault.Spans);
        }

        // An empty span only says that the histogram is native, or moves the next one on.
        spans.Add(new HistogramSpan((int)offset, (int)length));
    }

    private static void AddDeltas(List<double> counts, ReadOnlySpan<byte> packed)
    {
        var reader = new ProtobufReader(packed, MetricTags.Message);
        while (!reader.AtEnd)
        {
            AddDelta(counts, reader.Varint());
        }
    }

    private static void AddCounts(List<double> counts, ReadOnlySpan<byte> packed)
    {
        var reader = new ProtobufReader(packed, MetricTags.Message);
        while (!reader.AtEnd)
        {
            Add(counts, reader.Double());
        }
    }

    /// <summary>Whole counts come as the difference to the bucket before; below 2^53 floats add them up exactly.</summary>
    private static void AddDelta(List<double> counts, ulong delta) => Add(counts, (counts.Count == 0 ? 0 : counts[^1]) + ZigZag(delta));

    private static void Add(List<double> counts, double count)
    {
        Limit(counts.Count);
        counts.Add(count);
    }

    private static void Limit(int count) => Refuse(count < HistogramLayout.BucketsMax ? HistogramFault.None : HistogramFault.TooManyBuckets);

    private static void Refuse(HistogramFault fault)
    {
        if (fault != HistogramFault.None)
        {
            throw new BadInputException($"the native histogram is refused: {HistogramRule.Sentence(fault)}");
        }
    }
}
