using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Blocks;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class TierBuilderTests
{
    private static readonly long[] Resolutions = TierLayout.ResolutionsMs.ToArray();

    [Fact]
    public void A_days_blocks_hold_the_summaries_of_all_its_samples_and_of_no_others() =>
        Gen.Select(TierGen.Whole, Gen.Int[0, 2].Array[120]).Array[1, 4].Sample(static series =>
        {
            using var fixture = new BlockFixture();
            var day = TierLayout.DayStart(series[0].Item1.Times[0]);
            var raw = Enumerable.Range(0, 3).Select(place => Write(fixture, [.. series.Select((one, i) => Part(i, one.Item1, one.Item2, place))])).OfType<Block>().ToList();
            var sequence = 100L;
            var faults = new List<BlockFault>();
            var built = new TierBuilder(fixture.Disk, fixture.Path, () => ++sequence).Build(raw, [], day, Resolutions, long.MaxValue, faults, CancellationToken.None).Blocks;

            Assert.Empty(faults);
            Assert.Equal(Resolutions, built.Select(static info => info.TierMs));
            foreach (var block in built.Select(fixture.Open))
            {
                var ordinal = 0;
                for (var i = 0; i < series.Length; i++)
                {
                    var (times, values) = series[i].Item1;
                    var within = times.Zip(values).Where(s => TierLayout.DayStart(s.First) == day).ToArray();
                    if (within.Length > 0)
                    {
                        using var expected = TierGen.SumUp(block.Info.TierMs, [.. within.Select(static s => s.First)], [.. within.Select(static s => s.Second)]);
                        using var found = new SummaryColumn();
                        block.ReadSummaries(ordinal, long.MinValue, long.MaxValue, found);
                        Assert.Equal(LabelsOf(i), block.LabelsOf(ordinal++));
                        Assert.Equal(SummariserTests.Rows(expected), SummariserTests.Rows(found));
                    }
                }

                Assert.Equal(ordinal, block.Info.Series);
            }
        }, iter: 60);

    [Fact]
    public void Of_two_values_at_one_time_the_first_written_is_summed_up()
    {
        using var fixture = new BlockFixture();
        var raw = new[] { fixture.Write(TestSeries.Of(LabelsOf(1), (1000, 5), (2000, 6))), fixture.Write(TestSeries.Of(LabelsOf(1), (500, 1), (2000, 100))) };
        var built = new TierBuilder(fixture.Disk, fixture.Path, static () => 50).Build(raw, [], 0, [10_000], long.MaxValue, [], CancellationToken.None).Blocks;

        using var found = new SummaryColumn();
        fixture.Open(Assert.Single(built)).ReadSummaries(0, long.MinValue, long.MaxValue, found);
        Assert.Equal([1.0, 11], found.Sum.ToArray());
        Assert.Equal([1L, 2], found.Counts.ToArray());
    }

    [Fact]
    public void What_is_given_up_leaves_nothing()
    {
        using var fixture = new BlockFixture();
        var raw = fixture.Write(TestSeries.Of(LabelsOf(1), (1000, 5)));
        var before = Directory.GetFiles(fixture.Path);
        var sequence = 10L;
        var builder = new TierBuilder(fixture.Disk, fixture.Path, () => ++sequence);

        Assert.Throws<OperationCanceledException>(() => builder.Build([raw], [], 0, Resolutions, long.MaxValue, [], new CancellationToken(true)));
        Assert.Throws<OverBudgetException>(() => builder.Build([raw], [], 0, Resolutions, 10, [], CancellationToken.None));
        Assert.Empty(builder.Build([raw], [], TierLayout.DayMs, Resolutions, long.MaxValue, [], CancellationToken.None).Blocks);
        Assert.Equal(before, Directory.GetFiles(fixture.Path));
    }

    [Fact]
    public void A_day_summed_up_again_is_read_in_place_of_the_first_time()
    {
        using var fixture = new BlockFixture();
        var sequence = 10L;
        var builder = new TierBuilder(fixture.Disk, fixture.Path, () => ++sequence);
        var raw = fixture.Write(TestSeries.Of(LabelsOf(1), (5000, 1), (15_000, 2), (TierLayout.DayMs + 1000, 7)));
        var late = fixture.Write(TestSeries.Of(LabelsOf(1), (16_000, 10)));
        var blocks = new[] { builder.Build([raw], [], 0, [10_000], long.MaxValue, [], default), builder.Build([raw], [], TierLayout.DayMs, [10_000], long.MaxValue, [], default), builder.Build([raw, late], [], 0, [10_000], long.MaxValue, [], default) }
            .Select(built => (fixture.Open(Assert.Single(built.Blocks)), 0)).ToArray();

        using var found = new SummaryColumn();
        TierRead.Append(blocks, new TierRange(10_000, 2 * TierLayout.DayMs, 10_000), found, null);
        Assert.Equal([16_000L, TierLayout.DayMs + 1000], found.Timestamps.ToArray());
        Assert.Equal([12.0, 7], found.Sum.ToArray());
    }

    [Fact]
    public void A_series_whose_raw_samples_have_become_fewer_keeps_its_summaries_and_the_others_are_renewed()
    {
        using var fixture = new BlockFixture();
        var sequence = 10L;
        var builder = new TierBuilder(fixture.Disk, fixture.Path, () => ++sequence);
        var whole = fixture.Write(TestSeries.Of(LabelsOf(1), (5000, 1), (15_000, 2), (16_000, 3)), TestSeries.Of(LabelsOf(2), (5000, 1)), TestSeries.Of(LabelsOf(3), (5000, 1)));
        var first = builder.Build([whole], [], 0, Resolutions, long.MaxValue, [], default);
        Block[] before = [.. first.Blocks.Select(fixture.Open)];

        // Of the first series a sample is missing, and many have come late elsewhere; of the second one came late; the third is gone.
        var (late, few) = (Enumerable.Range(0, 20).Select(static i => (100_000L + i, 7.0)).ToArray(), fixture.Write(TestSeries.Of(LabelsOf(1), (5000, 1), (15_000, 2)), TestSeries.Of(LabelsOf(2), (5000, 1))));
        var more = fixture.Write(TestSeries.Of(LabelsOf(1), late), TestSeries.Of(LabelsOf(2), (6000, 5)));
        var (blocks, kept) = builder.Build([few, more], before, 0, Resolutions, long.MaxValue, [], default);

        Assert.Equal((0, 1), (first.SeriesKept, kept));
        Assert.All(blocks.Select(fixture.Open), block => Assert.Equal(LabelsOf(2), block.LabelsOf(Enumerable.Range(0, block.Info.Series).Single())));
        using var renewed = new SummaryColumn();
        fixture.Open(blocks[0]).ReadSummaries(0, long.MinValue, long.MaxValue, renewed);
        Assert.Equal(6, renewed.Sum.ToArray().Sum());
    }

    private static LabelSet LabelsOf(int series) => LabelSet.Of(("__name__", "x"), ("s", $"{series}"));

    private static TestSeries Part(int series, (long[] Times, double[] Values) samples, int[] placeOf, int place)
    {
        var chosen = Enumerable.Range(0, samples.Times.Length).Where(i => placeOf[i] == place).ToArray();
        return new TestSeries(LabelsOf(series), [.. chosen.Select(i => samples.Times[i])], [.. chosen.Select(i => samples.Values[i])]);
    }

    private static Block? Write(BlockFixture fixture, TestSeries[] series)
    {
        var filled = series.Where(static one => one.Times.Length > 0).ToArray();
        return filled.Length == 0 ? null : fixture.Write(filled);
    }
}
