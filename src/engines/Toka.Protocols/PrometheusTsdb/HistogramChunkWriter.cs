using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>
/// Writes chunks of native histograms with float counts (encoding 3). A chunk has one layout, and within a counter's chunk
/// nothing falls, because readers take every sample but the first for a continuation. Source: Prometheus, chunk format of
/// float histograms.
/// </summary>
internal sealed class HistogramChunkWriter
{
    /// <summary>The encoding's number in chunks and on the wire.</summary>
    public const int Encoding = 3;

    private const byte Reset = 0b1000_0000;
    private const byte NoReset = 0b0100_0000;
    private const byte Gauge = 0b1100_0000;

    /// <summary>So many ones (and a zero, but for the last) stand before so many bits.</summary>
    private static readonly (int Ones, int Bits)[] s_widths = [(1, 3), (2, 6), (3, 9), (4, 12), (5, 18), (6, 25), (7, 56), (8, 64)];

    private XorEncoder[] _buckets = [];

    /// <summary>How many histograms, from one on, can share a chunk.</summary>
    /// <param name="column">The histograms.</param>
    /// <param name="start">The first one.</param>
    /// <param name="most">Not more than this; at least 1.</param>
    public static int Run(HistogramColumn column, int start, int most)
    {
        var count = 1;
        while (count < most && start + count < column.Count && Follows(column[start + count - 1], column[start + count]))
        {
            count++;
        }

        return count;
    }

    /// <summary>Writes one chunk.</summary>
    /// <param name="writer">Cleared first; holds the chunk afterwards.</param>
    /// <param name="column">The histograms.</param>
    /// <param name="start">The first one.</param>
    /// <param name="count">How many, as <see cref="Run"/> says.</param>
    public void Write(BitWriter writer, HistogramColumn column, int start, int count)
    {
        writer.Clear();
        writer.Bits((ulong)count, 16);
        var first = column[start];
        writer.Byte(first.ResetHint switch
        {
            HistogramResetHint.Gauge => Gauge,
            HistogramResetHint.Reset => Reset,
            HistogramResetHint.NoReset => NoReset,
            _ => 0,
        });
        WriteLayout(writer, first.Layout);
        if (_buckets.Length < first.Layout.BucketCount)
        {
            _buckets = new XorEncoder[first.Layout.BucketCount];
        }

        WriteSamples(writer, column, start, count);
    }

    private void WriteSamples(BitWriter writer, HistogramColumn column, int start, int count)
    {
        XorEncoder counts = default, zeros = default, sums = default;
        long delta = 0;
        for (var i = 0; i < count; i++)
        {
            var histogram = column[start + i];
            var time = column.Timestamps[start + i];
            if (i == 0)
            {
                WriteVarbit(writer, time);
                counts.First(writer, histogram.Count);
                zeros.First(writer, histogram.ZeroCount);
                sums.First(writer, histogram.Sum);
            }
            else
            {
                var next = time - column.Timestamps[start + i - 1];
                WriteVarbit(writer, next - delta);
                delta = next;
                counts.Next(writer, histogram.Count);
                zeros.Next(writer, histogram.ZeroCount);
                sums.Next(writer, histogram.Sum);
            }

            for (var bucket = 0; bucket < histogram.Buckets.Length; bucket++)
            {
                if (i == 0)
                {
                    _buckets[bucket].First(writer, histogram.Buckets[bucket]);
                }
                else
                {
                    _buckets[bucket].Next(writer, histogram.Buckets[bucket]);
                }
            }
        }
    }

    private static bool Follows(in HistogramView before, in HistogramView after)
    {
        if (before.ResetHint == HistogramResetHint.Gauge || after.ResetHint == HistogramResetHint.Gauge)
        {
            return before.ResetHint == after.ResetHint && before.Layout.Equals(after.Layout) && !StaleMarker.Is(before.Sum) && !StaleMarker.Is(after.Sum);
        }

        if (after.ResetHint == HistogramResetHint.Reset || StaleMarker.Is(before.Sum) || StaleMarker.Is(after.Sum)
            || after.Count < before.Count || after.ZeroCount < before.ZeroCount || !before.Layout.Equals(after.Layout))
        {
            return false;
        }

        for (var i = 0; i < after.Buckets.Length; i++)
        {
            if (after.Buckets[i] < before.Buckets[i])
            {
                return false;
            }
        }

        return true;
    }

    private static void WriteLayout(BitWriter writer, HistogramLayout layout)
    {
        WriteZeroThreshold(writer, layout.ZeroThreshold);
        WriteVarbit(writer, layout.Schema);
        WriteSpans(writer, layout.PositiveSpans);
        WriteSpans(writer, layout.NegativeSpans);
        if (!layout.IsCustom)
        {
            return;
        }

        WriteVarbit(writer, (ulong)layout.CustomValues.Length);
        foreach (var bound in layout.CustomValues)
        {
            // The long form: a zero, then all bits. Shorter ones exist, but a layout is written once a chunk.
            writer.Bit(false);
            writer.Double(bound);
        }
    }

    private static void WriteSpans(BitWriter writer, ReadOnlySpan<HistogramSpan> spans)
    {
        WriteVarbit(writer, (ulong)spans.Length);
        foreach (var span in spans)
        {
            WriteVarbit(writer, (ulong)span.Length);
            WriteVarbit(writer, span.Offset);
        }
    }

    /// <summary>0, or a power of two from 2^−243 to 2^10 in one byte; else 255 and all bits.</summary>
    private static void WriteZeroThreshold(BitWriter writer, double threshold)
    {
        const int Bias = 244;
        if (threshold == 0)
        {
            writer.Byte(0);
            return;
        }

        var exponent = Math.ILogB(threshold);
        if (exponent is >= -243 and <= 10 && Math.ScaleB(1, exponent) == threshold)
        {
            writer.Byte((byte)(exponent + Bias));
            return;
        }

        writer.Byte(byte.MaxValue);
        writer.Double(threshold);
    }

    private static void WriteVarbit(BitWriter writer, long value)
    {
        if (value == 0)
        {
            writer.Bit(false);
            return;
        }

        foreach (var (ones, bits) in s_widths)
        {
            if (bits == 64 || BitWriter.Fits(value, bits))
            {
                WritePrefixed(writer, (ulong)value, ones, bits);
                return;
            }
        }
    }

    private static void WriteVarbit(BitWriter writer, ulong value)
    {
        if (value == 0)
        {
            writer.Bit(false);
            return;
        }

        foreach (var (ones, bits) in s_widths)
        {
            if (BitWriter.Fits(value, bits))
            {
                WritePrefixed(writer, value, ones, bits);
                return;
            }
        }
    }

    private static void WritePrefixed(BitWriter writer, ulong value, int ones, int bits)
    {
        writer.Bits((1UL << ones) - 1, ones);
        if (ones < 8)
        {
            writer.Bit(false);
        }

        writer.Bits(value, bits);
    }
}
