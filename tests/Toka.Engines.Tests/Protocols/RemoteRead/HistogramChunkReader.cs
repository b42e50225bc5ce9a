using System.Buffers.Binary;
using Toka.Core.Samples;
using Toka.Protocols.PrometheusTsdb;

namespace Toka.Engines.Tests.Protocols.RemoteRead;

/// <summary>Reads chunks of native histograms with float counts, as Prometheus's readers do.</summary>
internal static class HistogramChunkReader
{
    public static List<(long Time, NativeHistogram Histogram)> Read(ReadOnlySpan<byte> chunk)
    {
        var count = BinaryPrimitives.ReadUInt16BigEndian(chunk);
        var flags = chunk[2];
        var reader = new BitReader(chunk[3..]);
        var layout = Layout(ref reader);
        var values = new XorValue[3 + layout.BucketCount];
        var read = new List<(long, NativeHistogram)>();
        long time = 0, delta = 0;
        for (var i = 0; i < count; i++)
        {
            if (i == 0)
            {
                time = Signed(ref reader);
            }
            else
            {
                delta += Signed(ref reader);
                time += delta;
            }

            for (var v = 0; v < values.Length; v++)
            {
                if (i == 0)
                {
                    values[v].First(ref reader);
                }
                else
                {
                    values[v].Next(ref reader);
                }
            }

            var hint = flags == 0b1100_0000 ? HistogramResetHint.Gauge : i > 0 ? HistogramResetHint.NoReset : flags == 0b1000_0000 ? HistogramResetHint.Reset : HistogramResetHint.Unknown;
            read.Add((time, new NativeHistogram(layout, hint, values[1].Value, values[0].Value, values[2].Value, [.. values[3..].Select(static v => v.Value)])));
        }

        return read;
    }

    private static HistogramLayout Layout(ref BitReader reader)
    {
        var code = (int)reader.Bits(8);
        var threshold = code switch { 0 => 0, 255 => reader.Double(), _ => Math.ScaleB(0.5, code - 243) };
        var schema = (int)Signed(ref reader);
        var positive = Spans(ref reader);
        var negative = Spans(ref reader);
        var bounds = new double[schema == HistogramLayout.SchemaCustom ? (int)Unsigned(ref reader) : 0];
        for (var i = 0; i < bounds.Length; i++)
        {
            var thousandths = Unsigned(ref reader);
            bounds[i] = thousandths == 0 ? reader.Double() : (thousandths - 1) / 1000.0;
        }

        return new HistogramLayout(schema, threshold, positive, negative, bounds);
    }

    private static HistogramSpan[] Spans(ref BitReader reader)
    {
        var spans = new HistogramSpan[Unsigned(ref reader)];
        for (var i = 0; i < spans.Length; i++)
        {
            var length = (int)Unsigned(ref reader);
            spans[i] = new HistogramSpan((int)Signed(ref reader), length);
        }

        return spans;
    }

    private static long Signed(ref BitReader reader) => reader.Ones(8) is var ones && ones == 0 ? 0 : reader.Signed(Width(ones));

    private static ulong Unsigned(ref BitReader reader) => reader.Ones(8) is var ones && ones == 0 ? 0 : reader.Bits(Width(ones));

    private static int Width(int ones) => ones switch { 1 => 3, 2 => 6, 3 => 9, 4 => 12, 5 => 18, 6 => 25, 7 => 56, _ => 64 };
}
