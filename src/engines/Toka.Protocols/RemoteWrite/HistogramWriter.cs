using Toka.Core.Samples;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>
/// Writes native histograms, whose message both versions share. Whole counts go as integers, each bucket as the difference to
/// the one before, which is how they came and what is shortest; others go as floats.
/// </summary>
internal static class HistogramWriter
{
    private const double WholeMax = 1L << 53;

    /// <summary>Writes one as the field of this number.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="field">The field.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="histogram">The histogram.</param>
    /// <param name="startMs">When it began to count, 0 where that is not known or not told.</param>
    public static void Write(ProtobufWriter writer, int field, long timestampMs, in HistogramView histogram, long startMs)
    {
        var begun = writer.Begin(field);
        var isWhole = IsWhole(histogram);
        if (isWhole)
        {
            writer.Varint(1, (ulong)histogram.Count);
        }
        else
        {
            writer.Double(2, histogram.Count);
        }

        writer.Double(3, histogram.Sum);
        if (histogram.Layout.Schema != 0)
        {
            writer.Varint(4, ZigZag(histogram.Layout.Schema));
        }

        writer.Double(5, histogram.Layout.ZeroThreshold);
        if (isWhole)
        {
            writer.Varint(6, (ulong)histogram.ZeroCount);
        }
        else
        {
            writer.Double(7, histogram.ZeroCount);
        }

        WriteSide(writer, 8, histogram.Layout.NegativeSpans, histogram.NegativeBuckets, isWhole);
        WriteSide(writer, 11, histogram.Layout.PositiveSpans, histogram.PositiveBuckets, isWhole);
        var hint = histogram.ResetHint switch
        {
            HistogramResetHint.Reset => 1u,
            HistogramResetHint.NoReset => 2u,
            HistogramResetHint.Gauge => 3u,
            _ => 0u,
        };
        if (hint != 0)
        {
            writer.Varint(14, hint);
        }

        writer.Varint(15, (ulong)timestampMs);
        WriteDoubles(writer, 16, histogram.Layout.CustomValues);
        if (startMs != 0)
        {
            writer.Varint(17, (ulong)startMs);
        }

        writer.EndShort(begun);
    }

    private static bool IsWhole(in HistogramView histogram)
    {
        if (!IsWhole(histogram.Count) || !IsWhole(histogram.ZeroCount))
        {
            return false;
        }

        foreach (var bucket in histogram.Buckets)
        {
            if (!IsWhole(bucket))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsWhole(double count) => count >= 0 && count <= WholeMax && count == Math.Floor(count);

    /// <summary>Spans have the first of three numbers, then come differences, then floats.</summary>
    private static void WriteSide(ProtobufWriter writer, int field, ReadOnlySpan<HistogramSpan> spans, ReadOnlySpan<double> buckets, bool isWhole)
    {
        foreach (var span in spans)
        {
            var begun = writer.Begin(field);
            writer.Varint(1, ZigZag(span.Offset));
            writer.Varint(2, (ulong)span.Length);
            writer.EndShort(begun);
        }

        if (!isWhole)
        {
            WriteDoubles(writer, field + 2, buckets);
        }
        else if (!buckets.IsEmpty)
        {
            var begun = writer.Begin(field + 1);
            var before = 0L;
            foreach (var bucket in buckets)
            {
                writer.RawVarint(ZigZag((long)bucket - before));
                before = (long)bucket;
            }

            writer.EndShort(begun);
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

        writer.EndShort(begun);
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
