using System.Buffers.Binary;
using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.TimeSeries.Wal;

/// <summary>
/// What the log's records 4 (histograms), 5 (exemplars) and 6 (counters' begins) hold behind the reference and the time of an
/// entry. The boxes are in docs/formats/wal.md. Reading takes what was read off the span, and never throws: a record that no
/// writer wrote gives false.
/// </summary>
internal static class SideRecords
{
    private const int VarIntBytesMax = 10;
    private const int Whole = 1;
    private const int HintShift = 1;
    private const int HintMask = 3;
    private const double WholeMax = 1L << 53;

    /// <summary>The most bytes that an entry takes.</summary>
    public static int BytesMaxOf(NativeHistogram histogram)
    {
        var layout = histogram.Layout;
        return 64 + (sizeof(double) * layout.CustomValues.Length)
            + (2 * VarIntBytesMax * (layout.PositiveSpans.Length + layout.NegativeSpans.Length)) + (VarIntBytesMax * histogram.Buckets.Length);
    }

    /// <summary>The most bytes that an entry takes.</summary>
    public static int BytesMaxOf(ReadOnlySpan<byte> exemplarLabels) => sizeof(double) + VarIntBytesMax + exemplarLabels.Length;

    /// <summary>Reads the steps of reference and time that every entry begins with.</summary>
    public static bool TryReadEntry(ref ReadOnlySpan<byte> from, ref int reference, ref long time)
    {
        if (!TryVarInt(ref from, out var step) || !TryVarInt(ref from, out var timeStep))
        {
            return false;
        }

        reference = unchecked(reference + (int)UnZigZag(step));
        time += UnZigZag(timeStep);
        return true;
    }

    /// <summary>Writes a histogram.</summary>
    /// <returns>The bytes written.</returns>
    public static int WriteHistogram(Span<byte> into, NativeHistogram histogram)
    {
        var layout = histogram.Layout;
        var isWhole = IsWhole(histogram);
        var at = 0;
        into[at++] = (byte)((isWhole ? Whole : 0) | ((int)histogram.ResetHint << HintShift));
        at += VarInt(into[at..], ZigZag(layout.Schema));
        at += Double(into[at..], layout.ZeroThreshold);
        at += VarInt(into[at..], (uint)layout.CustomValues.Length);
        foreach (var value in layout.CustomValues)
        {
            at += Double(into[at..], value);
        }

        at += Spans(into[at..], layout.PositiveSpans);
        at += Spans(into[at..], layout.NegativeSpans);
        at += Double(into[at..], histogram.Sum);
        at += Number(into[at..], histogram.Count, isWhole);
        at += Number(into[at..], histogram.ZeroCount, isWhole);
        var last = 0L;
        foreach (var count in histogram.Buckets)
        {
            if (isWhole)
            {
                at += VarInt(into[at..], ZigZag((long)count - last));
                last = (long)count;
            }
            else
            {
                at += Double(into[at..], count);
            }
        }

        return at;
    }

    /// <summary>Reads a histogram.</summary>
    public static bool TryReadHistogram(ref ReadOnlySpan<byte> from, out NativeHistogram? histogram)
    {
        histogram = null;
        if (from.IsEmpty)
        {
            return false;
        }

        var flags = from[0];
        from = from[1..];
        if (flags >> (HintShift + 2) != 0 || !TryReadLayout(ref from, out var layout) || HistogramRule.Check(layout!) != HistogramFault.None)
        {
            return false;
        }

        var isWhole = (flags & Whole) != 0;
        if (!TryDouble(ref from, out var sum) || !TryNumber(ref from, isWhole, out var count) || !TryNumber(ref from, isWhole, out var zero)
            || from.Length < layout!.BucketCount)
        {
            return false;
        }

        var buckets = new double[layout.BucketCount];
        var last = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            if (isWhole)
            {
                if (!TryVarInt(ref from, out var step))
                {
                    return false;
                }

                last += UnZigZag(step);
                buckets[i] = last;
            }
            else if (!TryDouble(ref from, out buckets[i]))
            {
                return false;
            }
        }

        histogram = new NativeHistogram(layout, (HistogramResetHint)((flags >> HintShift) & HintMask), zero, count, sum, buckets);
        return HistogramRule.Check(histogram.View) == HistogramFault.None;
    }

    /// <summary>Writes an exemplar's value and labels.</summary>
    /// <returns>The bytes written.</returns>
    public static int WriteExemplar(Span<byte> into, double value, ReadOnlySpan<byte> labels)
    {
        var at = Double(into, value);
        at += VarInt(into[at..], (uint)labels.Length);
        labels.CopyTo(into[at..]);
        return at + labels.Length;
    }

    /// <summary>Reads an exemplar's value and labels.</summary>
    public static bool TryReadExemplar(ref ReadOnlySpan<byte> from, out double value, out ReadOnlySpan<byte> labels)
    {
        labels = default;
        if (!TryDouble(ref from, out value) || !TryVarInt(ref from, out var length) || length > (ulong)from.Length)
        {
            return false;
        }

        labels = from[..(int)length];
        from = from[(int)length..];
        return LabelSet.IsCanonical(labels);
    }

    /// <summary>Writes when a counter began.</summary>
    /// <returns>The bytes written.</returns>
    public static int WriteCreated(Span<byte> into, long time, long created) => VarInt(into, ZigZag(time - created));

    /// <summary>Reads when a counter began.</summary>
    public static bool TryReadCreated(ref ReadOnlySpan<byte> from, long time, out long created)
    {
        var isGood = TryVarInt(ref from, out var age);
        created = time - UnZigZag(age);
        return isGood;
    }

    private static bool IsWhole(NativeHistogram histogram)
    {
        var isWhole = IsWhole(histogram.Count) && IsWhole(histogram.ZeroCount);
        foreach (var count in histogram.Buckets)
        {
            isWhole &= IsWhole(count);
        }

        return isWhole;
    }

    /// <summary>Whether a number can go as an integer; −0 cannot, as its sign would be lost.</summary>
    private static bool IsWhole(double count) => count is >= 0 and <= WholeMax && count == Math.Floor(count) && !double.IsNegative(count);

    private static bool TryReadLayout(ref ReadOnlySpan<byte> from, out HistogramLayout? layout)
    {
        layout = null;
        if (!TryVarInt(ref from, out var schema) || UnZigZag(schema) is < int.MinValue or > int.MaxValue || !TryDouble(ref from, out var threshold)
            || !TryVarInt(ref from, out var values) || values > HistogramLayout.BucketsMax || (ulong)from.Length < values * sizeof(double))
        {
            return false;
        }

        var custom = new double[(int)values];
        foreach (ref var value in custom.AsSpan())
        {
            TryDouble(ref from, out value);
        }

        if (!TrySpans(ref from, out var positive) || !TrySpans(ref from, out var negative))
        {
            return false;
        }

        layout = new HistogramLayout((int)UnZigZag(schema), threshold, positive, negative, custom);
        return true;
    }

    private static bool TrySpans(ref ReadOnlySpan<byte> from, out HistogramSpan[] spans)
    {
        spans = [];
        if (!TryVarInt(ref from, out var count) || count > HistogramLayout.BucketsMax || (ulong)from.Length < 2 * count)
        {
            return false;
        }

        spans = new HistogramSpan[(int)count];
        foreach (ref var span in spans.AsSpan())
        {
            if (!TryVarInt(ref from, out var offset) || !TryVarInt(ref from, out var length) || length > HistogramLayout.BucketsMax
                || UnZigZag(offset) is < int.MinValue or > int.MaxValue)
            {
                return false;
            }

            span = new HistogramSpan((int)UnZigZag(offset), (int)length);
        }

        return true;
    }

    private static int Spans(Span<byte> into, ReadOnlySpan<HistogramSpan> spans)
    {
        var at = VarInt(into, (uint)spans.Length);
        foreach (var span in spans)
        {
            at += VarInt(into[at..], ZigZag(span.Offset));
            at += VarInt(into[at..], (uint)span.Length);
        }

        return at;
    }

    private static int Number(Span<byte> into, double value, bool isWhole) => isWhole ? VarInt(into, (ulong)value) : Double(into, value);

    private static bool TryNumber(ref ReadOnlySpan<byte> from, bool isWhole, out double value)
    {
        if (!isWhole)
        {
            return TryDouble(ref from, out value);
        }

        var isGood = TryVarInt(ref from, out var whole);
        value = whole;
        return isGood;
    }

    private static int Double(Span<byte> into, double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(into, value);
        return sizeof(double);
    }

    private static bool TryDouble(ref ReadOnlySpan<byte> from, out double value)
    {
        value = 0;
        if (from.Length < sizeof(double))
        {
            return false;
        }

        value = BinaryPrimitives.ReadDoubleLittleEndian(from);
        from = from[sizeof(double)..];
        return true;
    }

    private static int VarInt(Span<byte> into, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            into[at++] = (byte)(value | 0x80);
        }

        into[at++] = (byte)value;
        return at;
    }

    private static bool TryVarInt(ref ReadOnlySpan<byte> from, out ulong value)
    {
        value = 0;
        for (var i = 0; i < VarIntBytesMax && i < from.Length; i++)
        {
            value |= (ulong)(from[i] & 0x7f) << (7 * i);
            if (from[i] < 0x80)
            {
                from = from[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
