using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;

namespace Toka.Engines.Tests.TimeSeries.Blocks;

public sealed class BlockRoundTripTests
{
    private static readonly Gen<string> s_text = Gen.OneOf(Fixture.AnyOf("a", "b", "ab", "job", "instance", "é", "zz"), Gen.String[Gen.Char['a', 'e'], 1, 6]);

    private static readonly Gen<LabelSet> s_labels = Gen.Select(s_text, s_text).Array[0, 5].Select(static pairs => LabelSet.Of(pairs));

    private static readonly Gen<(long Step, double Value)[]> s_samples =
        Gen.Select(Gen.OneOf(Gen.Const(1000L), Gen.Long[1, 5000]), Gen.OneOf(Gen.Double, Gen.Int[0, 50].Select(static i => (double)i), Gen.Const(double.NaN)))
            .Array[1, 40];

    [Fact]
    public void Every_series_comes_back_in_order_with_every_bit() =>
        Gen.Select(s_labels.Array[1, 40], s_samples.Array[1, 5]).Sample(static (labels, samples) =>
        {
            using var fixture = new BlockFixture();
            var series = labels.Distinct().Order().Select((set, i) => Series(set, samples[i % samples.Length])).ToArray();
            var block = fixture.Write(series);

            Assert.Equal(series.Length, block.Info.Series);
            Assert.Equal(series.Sum(static s => s.Times.Length), block.Info.Samples);
            Assert.Equal((series.Min(static s => s.Times[0]), series.Max(static s => s.Times[^1])), (block.Info.MinMs, block.Info.MaxMs));
            Assert.Equal(Enumerable.Range(0, series.Length), block.Select([], long.MinValue, long.MaxValue));
            for (var i = 0; i < series.Length; i++)
            {
                Assert.Equal(series[i].Labels, block.LabelsOf(i));
                Assert.Equal(i, block.Find(series[i].Labels.Encoded));
                Assert.Equal(BlockFixture.Samples(series[i]), BlockFixture.Read(block, i));
            }

            Assert.Equal(-1, block.Find(LabelSet.Of(("absent", "yes")).Encoded));
            Assert.Empty(block.Verify());
        }, iter: 50);

    [Fact]
    public void A_range_gives_the_samples_from_its_first_to_its_last_moment() =>
        Gen.Select(s_samples, Gen.Long[-3000, 60_000], Gen.Long[-3000, 60_000]).Sample(static (samples, from, to) =>
        {
            using var fixture = new BlockFixture();
            var series = Series(Fixture.Labels("a"), samples);
            var block = fixture.Write(series);

            var wanted = BlockFixture.Samples(series).FindAll(s => s.Time >= from && s.Time <= to);
            Assert.Equal(wanted, BlockFixture.Read(block, 0, from, to));
        }, iter: 50);

    [Fact]
    public void A_long_series_is_cut_into_chunks_that_lie_together_however_it_was_given()
    {
        using var fixture = new BlockFixture();
        long[] times = [.. Enumerable.Range(0, 20_000).Select(static i => 1000L * i)];
        double[] values = [.. Enumerable.Range(0, 20_000).Select(static i => i / 8.0)];
        using var writer = fixture.Writer();
        writer.BeginSeries(Fixture.Labels("a").Encoded);
        writer.AddFloats(times, values);
        writer.BeginSeries(Fixture.Labels("b").Encoded);
        for (var i = 0; i < times.Length; i += 77)
        {
            var count = Math.Min(77, times.Length - i);
            writer.AddFloats(times.AsSpan(i, count), values.AsSpan(i, count));
        }

        var block = fixture.Open(writer.Finish()!);

        Assert.Equal(BlockFixture.Read(block, 0), BlockFixture.Read(block, 1));
        Assert.Equal(20_000, BlockFixture.Read(block, 0).Count);
        var (a, b) = (Chunks(block, 0), Chunks(block, 1));
        Assert.Equal([8192, 8192, 3616], a.Select(static c => c.Count));
        Assert.Equal(a.Select(static c => c.TimeColumn), b.Select(static c => c.TimeColumn));
        Assert.Equal(a.Skip(1).Select(static c => c.Offset), a.SkipLast(1).Select(static c => c.Offset + c.Length + BlockFormat.CrcBytes));
    }

    [Fact]
    public void Summaries_come_back_with_every_bit_also_where_columns_are_equal()
    {
        using var fixture = new BlockFixture();
        using var gauge = new SummaryColumn();
        using var counter = new SummaryColumn();
        using var wild = new SummaryColumn();
        var random = new Random(1);
        for (var i = 0; i < 9000; i++)
        {
            gauge.Add(new Summary(i * 10_000L, 5, 5, 50, 10, 5, 0));
            counter.Add(new Summary(i * 10_000L, (i * 7) - 6, i * 7, i * 60.0, 10, i * 7, 7));
            wild.Add(new Summary((i * 10_000L) + random.Next(9000), random.NextDouble(), double.NaN, double.PositiveInfinity, random.Next(), -0.0, random.NextDouble()));
        }

        using var writer = fixture.Writer(10_000);
        foreach (var (name, column) in new[] { ("counter", counter), ("gauge", gauge), ("wild", wild) })
        {
            writer.BeginSeries(Fixture.Labels(name).Encoded);
            writer.AddSummaries(column);
        }

        var block = fixture.Open(writer.Finish()!);

        Assert.Equal(10_000, block.Info.TierMs);
        Assert.Empty(block.Verify());
        foreach (var (ordinal, column) in new[] { (0, counter), (1, gauge), (2, wild) })
        {
            using var read = new SummaryColumn();
            Assert.True(block.ReadSummaries(ordinal, 40_000, long.MaxValue, read));
            Assert.Equal(Enumerable.Range(4, 8996).Select(i => Bits(column[i])), Enumerable.Range(0, read.Count).Select(i => Bits(read[i])));
        }

        Assert.True(Chunks(block, 0).Sum(static c => c.Length) < 9000 * 4);
        Assert.True(Chunks(block, 1).Sum(static c => c.Length) < 200);
    }

    [Fact]
    public void Payloads_of_other_kinds_come_back_as_they_were_given()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer();
        writer.BeginSeries(Fixture.Labels("a").Encoded);
        writer.AddFloats([5], [1]);
        writer.AddPayload(ChunkKind.Histograms, -7, 9, 3, "histograms"u8);
        writer.AddPayload(ChunkKind.Exemplars, 100, 100, 1, "exemplars"u8);
        writer.AddPayload(ChunkKind.Created, 2, 3, 2, []);
        var block = fixture.Open(writer.Finish()!);

        var chunks = Chunks(block, 0);
        Assert.Equal(
            [(ChunkKind.Histograms, -7L, 9L, 3), (ChunkKind.Exemplars, 100, 100, 1), (ChunkKind.Created, 2, 3, 2), (ChunkKind.Floats, 5, 5, 1)],
            chunks.Select(static c => (c.Kind, c.MinMs, c.MaxMs, c.Count)));
        Assert.Equal("histograms"u8.ToArray(), block.PayloadOf(chunks[0]).ToArray());
        Assert.Equal("exemplars"u8.ToArray(), block.PayloadOf(chunks[1]).ToArray());
        Assert.Empty(block.PayloadOf(chunks[2]).ToArray());
        Assert.Equal((-7L, 100L, 4L), (block.Info.MinMs, block.Info.MaxMs, block.Info.Samples));
        Assert.All(block.Verify(), static fault => Assert.Contains("cannot be decoded", fault.What, StringComparison.Ordinal));
    }

    [Fact]
    public void A_copied_chunk_reads_as_it_did_and_shares_its_times()
    {
        using var fixture = new BlockFixture();
        long[] times = [.. Enumerable.Range(0, 5000).Select(static i => 15_000L * i)];
        double[] values = [.. times.Select(static t => Math.Sin(t))];
        var from = fixture.Write(new TestSeries(Fixture.Labels("a"), times, values), new TestSeries(Fixture.Labels("b"), times, values));

        using var writer = fixture.Writer(0, from.Info.Sequence);
        for (var i = 0; i < 2; i++)
        {
            writer.BeginSeries(from.LabelsOf(i).Encoded);
            writer.AddChunk(from, Chunks(from, i)[0]);
            writer.AddFloats([times[^1] + 1], [1.5]);
        }

        var to = fixture.Open(writer.Finish()!);

        Assert.Equal([from.Info.Sequence], to.Info.Sources);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal([.. BlockFixture.Read(from, i), (times[^1] + 1, BitConverter.DoubleToInt64Bits(1.5))], BlockFixture.Read(to, i));
            Assert.Equal([0, 1], Chunks(to, i).Select(static c => c.TimeColumn));
        }
    }

    [Fact]
    public void Metadata_comes_back_by_name_the_last_of_a_family()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer();
        var up = new MetricMetadata("up", MetricType.Gauge, "Whether the target answered.", "");
        var bytes = new MetricMetadata("node_network_receive_bytes", MetricType.Counter, "Octets, größer als 0.", "bytes");
        writer.AddMetadata(up with { Help = "Old words." });
        writer.AddMetadata(up);
        writer.AddMetadata(bytes);
        writer.BeginSeries(Fixture.Labels("up").Encoded);
        writer.AddFloats([1], [1]);

        Assert.Equal([bytes, up], fixture.Open(writer.Finish()!).Metadata());
    }

    internal static List<ChunkRef> Chunks(Block block, int ordinal)
    {
        var chunks = new List<ChunkRef>();
        foreach (var chunk in block.ChunksOf(ordinal))
        {
            chunks.Add(chunk);
        }

        return chunks;
    }

    private static TestSeries Series(LabelSet labels, (long Step, double Value)[] samples)
    {
        var time = 0L;
        return TestSeries.Of(labels, [.. samples.Select(s => (time += s.Step, s.Value))]);
    }

    private static string Bits(in Summary summary) => string.Join(
        ' ',
        new[] { summary.Min, summary.Max, summary.Sum, summary.Last, summary.Increase }.Select(static v => BitConverter.DoubleToInt64Bits(v)).Append(summary.TimestampMs).Append(summary.Count));
}
