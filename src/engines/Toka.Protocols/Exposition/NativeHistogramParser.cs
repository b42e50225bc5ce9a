using System.Runtime.InteropServices;
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
    private HistogramFault _fault;

    /// <summary>Reads the native part of a histogram message.</summary>
    /// <param name="message">A Histogram.</param>
    /// <param name="count">Its count.</param>
    /// <param name="sum">Its sum.</param>
    /// <param name="isGauge">Whether it may fall.</param>
    /// <param name="fault">What rule of <see cref="HistogramRule"/> it breaks.</param>
    /// <returns>Null where it only has classic buckets or breaks a rule.</returns>
    /// <exception cref="BadInputException">It is malformed.</exception>
    public NativeHistogram? Read(ReadOnlySpan<byte> message, double count, double sum, bool isGauge, out HistogramFault fault)
    {
        _fault = HistogramFault.None;
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
        NativeHistogram? histogram = null;
        if (isNative && _fault == HistogramFault.None)
        {
            histogram = Build(schema, threshold, zeroCountFloat > 0 ? zeroCountFloat : zeroCount, count, sum, isGauge);
        }

        fault = _fault;
        return fault == HistogramFault.None ? histogram : null;
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

    private NativeHistogram? Build(int schema, double threshold, double zeroCount, double count, double sum, bool isGauge)
    {
        // Series mostly keep their layout, and neighbours often have the same: one object then serves for both.
        var layout = new HistogramLayout(schema, threshold, CollectionsMarshal.AsSpan(_positiveSpans), CollectionsMarshal.AsSpan(_negativeSpans), []);
        _layout = layout.Equals(_layout) ? _layout : layout;
        _fault = layout.IsCustom ? HistogramFault.Schema : HistogramRule.Check(_layout);
        if (_fault == HistogramFault.None && (_positive.Count, _negative.Count) != (_layout.PositiveCount, _layout.NegativeCount))
        {
            _fault = HistogramFault.BucketCount;
        }

        if (_fault != HistogramFault.None)
        {
            return null;
        }

        var hint = isGauge ? HistogramResetHint.Gauge : HistogramResetHint.Unknown;
        var histogram = NativeHistogram.Owning(_layout, hint, zeroCount, count, sum, [.. _positive, .. _negative]);
        _fault = HistogramRule.Check(histogram.View);
        return histogram;
    }

    private void AddSpan(List<HistogramSpan> spans, ReadOnlySpan<byte> message)
    {
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

        if (offset is < int.MinValue or > int.MaxValue || length is < 0 or > int.MaxValue || spans.Count == HistogramLayout.BucketsMax)
        {
            _fault = HistogramFault.Spans;
            return;
        }

        // An empty span only says that the histogram is native, or moves the next one on.
        spans.Add(new HistogramSpan((int)offset, (int)length));
    }

    private void AddDeltas(List<double> counts, ReadOnlySpan<byte> packed)
    {
        var reader = new ProtobufReader(packed, MetricTags.Message);
        while (!reader.AtEnd)
        {
            AddDelta(counts, reader.Varint());
        }
    }

    private void AddCounts(List<double> counts, ReadOnlySpan<byte> packed)
    {
        var reader = new ProtobufReader(packed, MetricTags.Message);
        while (!reader.AtEnd)
        {
            Add(counts, reader.Double());
        }
    }

    /// <summary>Whole counts come as the difference to the bucket before; below 2^53 floats add them up exactly.</summary>
    private void AddDelta(List<double> counts, ulong delta) => Add(counts, (counts.Count == 0 ? 0 : counts[^1]) + ZigZag(delta));

    private void Add(List<double> counts, double count)
    {
        if (counts.Count == HistogramLayout.BucketsMax)
        {
            _fault = HistogramFault.TooManyBuckets;
            return;
        }

        counts.Add(count);
    }
}
