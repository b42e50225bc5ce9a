using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteRead;

/// <summary>Labels and samples as Prometheus's protobuf messages have them. Source: prompb/types.proto.</summary>
internal static class SeriesMessage
{
    /// <summary>Writes labels as the field of this number, one message a label.</summary>
    public static void WriteLabels(ProtobufWriter writer, int field, LabelSet labels)
    {
        foreach (var label in labels)
        {
            var begun = writer.Begin(field);
            writer.Bytes(1, label.Name);
            writer.Bytes(2, label.Value);
            writer.End(begun);
        }
    }

    /// <summary>Writes a sample: value, time.</summary>
    public static void WriteSample(ProtobufWriter writer, int field, long timestampMs, double value)
    {
        var begun = writer.Begin(field);
        writer.Double(1, value);
        writer.Varint(2, (ulong)timestampMs);
        writer.End(begun);
    }

    /// <summary>Writes a native histogram with float counts, which is how Toka keeps them.</summary>
    public static void WriteHistogram(ProtobufWriter writer, int field, long timestampMs, in HistogramView histogram)
    {
        var begun = writer.Begin(field);
        writer.Double(2, histogram.Count);
        writer.Double(3, histogram.Sum);
        writer.Varint(4, ZigZag(histogram.Layout.Schema));
        writer.Double(5, histogram.Layout.ZeroThreshold);
        writer.Double(7, histogram.ZeroCount);
        WriteSpans(writer, 8, histogram.Layout.NegativeSpans);
        WriteDoubles(writer, 10, histogram.Buckets[histogram.Layout.PositiveCount..]);
        WriteSpans(writer, 11, histogram.Layout.PositiveSpans);
        WriteDoubles(writer, 13, histogram.Buckets[..histogram.Layout.PositiveCount]);
        writer.Varint(14, histogram.ResetHint switch
        {
            HistogramResetHint.Reset => 1,
            HistogramResetHint.NoReset => 2,
            HistogramResetHint.Gauge => 3,
            _ => 0,
        });
        writer.Varint(15, (ulong)timestampMs);
        WriteDoubles(writer, 16, histogram.Layout.CustomValues);
        writer.End(begun);
    }

    private static void WriteSpans(ProtobufWriter writer, int field, ReadOnlySpan<HistogramSpan> spans)
    {
        foreach (var span in spans)
        {
            var begun = writer.Begin(field);
            writer.Varint(1, ZigZag(span.Offset));
            writer.Varint(2, (ulong)span.Length);
            writer.End(begun);
        }
    }

    private static void WriteDoubles(ProtobufWriter writer, int field, ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var begun = writer.Begin(field);
        foreach (var value in values)
        {
            writer.RawDouble(value);
        }

        writer.End(begun);
    }

    private static ulong ZigZag(int value) => (uint)((value << 1) ^ (value >> 31));
}
