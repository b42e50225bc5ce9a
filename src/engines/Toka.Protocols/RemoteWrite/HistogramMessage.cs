using System.Runtime.InteropServices;
using Toka.Core.Errors;
using Toka.Core.Samples;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>Reads native histograms, whose message both versions share but for its start. Reused for one after the other; not thread-safe.</summary>
internal sealed class HistogramMessage
{
    /// <summary>Layouts kept, so that series that keep theirs share one object. A power of two.</summary>
    private const int LayoutsKept = 256;

    private readonly HistogramLayout?[] _layouts = new HistogramLayout?[LayoutsKept];
    private readonly List<HistogramSpan> _positiveSpans = [];
    private readonly List<HistogramSpan> _negativeSpans = [];
    private readonly List<double> _positive = [];
    private readonly List<double> _negative = [];
    private readonly List<double> _custom = [];
    private int _schema;
    private double _threshold;
    private double _zeroCount;
    private double _count;
    private double _sum;
    private HistogramResetHint _hint;

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>When it began to count, as later drafts of 2.0 have it; 0 where that is not said.</summary>
    public long StartMs { get; private set; }

    /// <summary>What rule it breaks.</summary>
    public HistogramFault Fault { get; private set; }

    /// <summary>Reads one.</summary>
    /// <param name="message">A Histogram.</param>
    /// <param name="expected">The name of the request's message.</param>
    /// <returns>Null where it breaks a rule.</returns>
    /// <exception cref="BadInputException">It is malformed.</exception>
    public NativeHistogram? Read(ReadOnlySpan<byte> message, string expected)
    {
        Clear();
        var reader = new ProtobufReader(message, expected);
        while (reader.Next())
        {
            ReadField(ref reader, expected);
        }

        if (StaleMarker.Is(_sum))
        {
            // Its buckets say nothing.
            Fault = HistogramFault.None;
            return NativeHistogram.Stale;
        }

        return Fault == HistogramFault.None ? Build() : null;
    }

    private void Clear()
    {
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positive.Clear();
        _negative.Clear();
        _custom.Clear();
        (_schema, _threshold, _zeroCount, _count, _sum, _hint) = (0, 0, 0, 0, 0, HistogramResetHint.Unknown);
        (TimestampMs, StartMs, Fault) = (0, 0, HistogramFault.None);
    }

    private void ReadField(ref ProtobufReader reader, string expected)
    {
        switch (reader.Tag)
        {
            case (1 << 3) | WireTypes.Varint:
                _count = reader.Varint();
                break;
            case (2 << 3) | WireTypes.Fixed64:
                _count = reader.Double();
                break;
            case (3 << 3) | WireTypes.Fixed64:
                _sum = reader.Double();
                break;
            case (4 << 3) | WireTypes.Varint:
                _schema = (int)ZigZag(reader.Varint());
                break;
            case (5 << 3) | WireTypes.Fixed64:
                _threshold = reader.Double();
                break;
            case (6 << 3) | WireTypes.Varint:
                _zeroCount = reader.Varint();
                break;
            case (7 << 3) | WireTypes.Fixed64:
                _zeroCount = reader.Double();
                break;
            case (14 << 3) | WireTypes.Varint:
                _hint = reader.Varint() switch
                {
                    1 => HistogramResetHint.Reset,
                    2 => HistogramResetHint.NoReset,
                    3 => HistogramResetHint.Gauge,
                    _ => HistogramResetHint.Unknown,
                };
                break;
            case (15 << 3) | WireTypes.Varint:
                TimestampMs = (long)reader.Varint();
                break;
            case (17 << 3) | WireTypes.Varint:
                StartMs = (long)reader.Varint();
                break;
            default:
                ReadBuckets(ref reader, expected);
                break;
        }
    }

    private void ReadBuckets(ref ProtobufReader reader, string expected)
    {
        switch (reader.Tag)
        {
            case (8 << 3) | WireTypes.Bytes:
                AddSpan(_negativeSpans, reader.Bytes(), expected);
                break;
            case (11 << 3) | WireTypes.Bytes:
                AddSpan(_positiveSpans, reader.Bytes(), expected);
                break;
            case (9 << 3) | WireTypes.Bytes:
                AddDeltas(_negative, reader.Bytes(), expected);
                break;
            case (12 << 3) | WireTypes.Bytes:
                AddDeltas(_positive, reader.Bytes(), expected);
                break;
            case (9 << 3) | WireTypes.Varint:
                AddDelta(_negative, reader.Varint());
                break;
            case (12 << 3) | WireTypes.Varint:
                AddDelta(_positive, reader.Varint());
                break;
            case (10 << 3) | WireTypes.Bytes:
                AddDoubles(_negative, reader.Bytes(), expected);
                break;
            case (13 << 3) | WireTypes.Bytes:
                AddDoubles(_positive, reader.Bytes(), expected);
                break;
            case (16 << 3) | WireTypes.Bytes:
                AddDoubles(_custom, reader.Bytes(), expected);
                break;
            case (10 << 3) | WireTypes.Fixed64:
                Add(_negative, reader.Double());
                break;
            case (13 << 3) | WireTypes.Fixed64:
                Add(_positive, reader.Double());
                break;
            case (16 << 3) | WireTypes.Fixed64:
                Add(_custom, reader.Double());
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private NativeHistogram? Build()
    {
        var layout = new HistogramLayout(
            _schema, _threshold, CollectionsMarshal.AsSpan(_positiveSpans), CollectionsMarshal.AsSpan(_negativeSpans), CollectionsMarshal.AsSpan(_custom));
        ref var kept = ref _layouts[layout.GetHashCode() & (LayoutsKept - 1)];
        if (!layout.Equals(kept))
        {
            Fault = HistogramRule.Check(layout);
            if (Fault != HistogramFault.None)
            {
                return null;
            }

            kept = layout;
        }

        if ((_positive.Count, _negative.Count) != (layout.PositiveCount, layout.NegativeCount))
        {
            Fault = HistogramFault.BucketCount;
            return null;
        }

        var buckets = new double[_positive.Count + _negative.Count];
        _positive.CopyTo(buckets);
        _negative.CopyTo(buckets, _positive.Count);
        var histogram = NativeHistogram.Owning(kept!, _hint, _zeroCount, _count, _sum, buckets);
        Fault = HistogramRule.Check(histogram.View);
        return Fault == HistogramFault.None ? histogram : null;
    }

    private void AddSpan(List<HistogramSpan> spans, ReadOnlySpan<byte> message, string expected)
    {
        long offset = 0, length = 0;
        var reader = new ProtobufReader(message, expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Varint:
                    offset = ZigZag(reader.Varint());
                    break;
                case (2 << 3) | WireTypes.Varint:
                    length = (long)reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (offset is < int.MinValue or > int.MaxValue || length is < 0 or > int.MaxValue || spans.Count == HistogramLayout.BucketsMax)
        {
            Fault = HistogramFault.Spans;
            return;
        }

        spans.Add(new HistogramSpan((int)offset, (int)length));
    }

    private void AddDeltas(List<double> counts, ReadOnlySpan<byte> packed, string expected)
    {
        var reader = new ProtobufReader(packed, expected);
        while (!reader.AtEnd)
        {
            AddDelta(counts, reader.Varint());
        }
    }

    private void AddDoubles(List<double> values, ReadOnlySpan<byte> packed, string expected)
    {
        var reader = new ProtobufReader(packed, expected);
        while (!reader.AtEnd)
        {
            Add(values, reader.Double());
        }
    }

    /// <summary>Whole counts come as the difference to the bucket before; below 2^53 floats add them up exactly.</summary>
    private void AddDelta(List<double> counts, ulong delta) => Add(counts, (counts.Count == 0 ? 0 : counts[^1]) + ZigZag(delta));

    private void Add(List<double> values, double value)
    {
        if (values.Count == HistogramLayout.BucketsMax)
        {
            Fault = HistogramFault.TooManyBuckets;
            return;
        }

        values.Add(value);
    }

    private static long ZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
