using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Columns;
using Toka.Protocols.PrometheusTsdb;

namespace Toka.Engines.Tests.Protocols.RemoteRead;

public sealed class ChunkTests
{
    private static readonly Gen<double> s_value = Gen.OneOf(
        Gen.Double, Gen.Int[0, 100].Select(static i => (double)i), Gen.Long.Select(BitConverter.Int64BitsToDouble), Gen.Const(StaleMarker.Value));

    private static readonly Gen<(long Step, double Value)[]> s_samples = Gen.Select(
        Gen.OneOf(Gen.Const(15_000L), Gen.Long[14_990, 15_010], Gen.Long[1, 100_000_000], Gen.Long[1, 1L << 40]), s_value).Array[1, 120];

    [Fact]
    public void Float_samples_come_back_from_a_chunk_with_their_bits() => Gen.Select(Gen.Long[-(1L << 50), 1L << 50], s_samples).Sample(
        static (start, samples) =>
        {
            using var written = new FloatColumn();
            var time = start;
            foreach (var (step, value) in samples)
            {
                written.Add(time += step, value);
            }

            using var bits = new BitWriter();
            FloatChunkWriter.Write(bits, written.Timestamps, written.Values);
            using var read = new FloatColumn();
            FloatChunk.Read(bits.Written, read);
            Assert.Equal(written.Timestamps.ToArray(), read.Timestamps.ToArray());
            Assert.Equal(written.Values.ToArray().Select(BitConverter.DoubleToUInt64Bits), read.Values.ToArray().Select(BitConverter.DoubleToUInt64Bits));
        });

    [Fact]
    public void Histograms_come_back_from_chunks_with_their_bits() => Samples.Run.Sample(static run =>
    {
        using var column = new HistogramColumn();
        foreach (var (time, histogram) in run)
        {
            column.Add(time, histogram);
        }

        using var bits = new BitWriter();
        var writer = new HistogramChunkWriter();
        var at = 0;
        while (at < column.Count)
        {
            var count = HistogramChunkWriter.Run(column, at, 120);
            writer.Write(bits, column, at, count);
            var read = HistogramChunkReader.Read(bits.Written);
            Assert.Equal(count, read.Count);
            foreach (var (time, histogram) in read)
            {
                Assert.Equal(run[at].Time, time);
                AssertSameBits(run[at].Histogram, histogram);
                at++;
            }
        }
    });

    [Fact]
    public void A_chunk_ends_where_a_counter_falls_and_where_the_layout_changes()
    {
        var layout = new HistogramLayout(0, 0.001, [new HistogramSpan(0, 2)], [], []);
        var other = new HistogramLayout(1, 0.001, [new HistogramSpan(0, 2)], [], []);
        using var column = new HistogramColumn();
        column.Add(1, Of(layout, HistogramResetHint.Unknown, 1, 2));
        column.Add(2, Of(layout, HistogramResetHint.Unknown, 1, 3));
        column.Add(3, Of(layout, HistogramResetHint.Unknown, 0, 9));
        column.Add(4, Of(layout, HistogramResetHint.Reset, 5, 9));
        column.Add(5, Of(other, HistogramResetHint.Unknown, 5, 9));
        column.Add(6, Of(other, HistogramResetHint.Gauge, 5, 9));
        column.Add(7, Of(other, HistogramResetHint.Gauge, 1, 1));
        column.Add(8, NativeHistogram.Stale);
        Assert.Equal([2, 1, 1, 1, 2, 1], Runs(column));
    }

    /// <summary>The shortest forms are fixed by the format; this one was worked out by hand from its description.</summary>
    [Fact]
    public void The_bytes_of_a_small_chunk_are_those_of_the_format()
    {
        using var bits = new BitWriter();
        FloatChunkWriter.Write(bits, [1000, 2000, 3000], [1, 1, 1]);

        // 3 samples; varint 1000; 1.0; uvarint 1000; same value; same delta; same value.
        Assert.Equal("0003D00F3FF0000000000000E80700", Convert.ToHexString(bits.Written));
    }

    private static List<int> Runs(HistogramColumn column)
    {
        var runs = new List<int>();
        for (var at = 0; at < column.Count; at += runs[^1])
        {
            runs.Add(HistogramChunkWriter.Run(column, at, 120));
        }

        return runs;
    }

    private static NativeHistogram Of(HistogramLayout layout, HistogramResetHint hint, params double[] buckets) =>
        new(layout, hint, 0, buckets.Sum(), 1, buckets);

    private static void AssertSameBits(NativeHistogram expected, NativeHistogram actual)
    {
        // What a counter's chunk says of resets is about its first sample alone.
        var hinted = new NativeHistogram(expected.Layout, actual.ResetHint, expected.ZeroCount, expected.Count, expected.Sum, expected.Buckets);
        Assert.True(hinted.Equals(actual));
        Assert.Equal(expected.ResetHint == HistogramResetHint.Gauge, actual.ResetHint == HistogramResetHint.Gauge);
    }
}
