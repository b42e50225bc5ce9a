using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class SummariserTests
{
    private const long Minute = 60_000;

    [Fact]
    public void Each_bucket_of_every_series_holds_what_its_samples_hold() => TierGen.Whole.Sample(static series =>
    {
        foreach (var resolution in TierLayout.ResolutionsMs.ToArray())
        {
            using var summaries = TierGen.SumUpByDay(resolution, series.Times, series.Values);
            var expected = Samples(series).GroupBy(sample => TierLayout.BucketEnd(sample.Time, resolution)).ToDictionary(
                static bucket => bucket.Key,
                static bucket => (bucket.Min(static s => s.Value), bucket.Max(static s => s.Value), bucket.Sum(static s => s.Value), (long)bucket.Count(), bucket.Last()));
            var found = Rows(summaries).Where(static row => row.Count > 0).GroupBy(row => TierLayout.BucketEnd(row.TimestampMs, resolution)).ToDictionary(
                static bucket => bucket.Key,
                static bucket => (bucket.Min(static s => s.Min), bucket.Max(static s => s.Max), bucket.Sum(static s => s.Sum), bucket.Sum(static s => s.Count), (bucket.Last().TimestampMs, bucket.Last().Last)));
            Assert.Equal(expected, found);
        }
    });

    [Fact]
    public void Summing_up_twice_gives_what_summing_up_once_gives() => TierGen.Whole.Sample(static series =>
    {
        using var fine = TierGen.SumUp(10_000, series.Times, series.Values);
        using var coarse = new SummaryColumn();
        var summariser = new Summariser(Minute);
        summariser.Begin();
        summariser.Add(fine, coarse);
        summariser.Flush(coarse);
        using var direct = TierGen.SumUp(Minute, series.Times, series.Values);
        Assert.Equal(Rows(direct), Rows(coarse));
    });

    [Fact]
    public void It_does_not_matter_in_which_pieces_samples_come() => Gen.Select(TierGen.Any, Gen.Int[0, 120]).Sample(static (series, cut) =>
    {
        cut = Math.Min(cut, series.Times.Length);
        using var pieces = new SummaryColumn();
        var summariser = new Summariser(Minute);
        summariser.Begin();
        summariser.Add(series.Times.AsSpan(..cut), series.Values.AsSpan(..cut), pieces);
        summariser.Add(series.Times.AsSpan(cut..), series.Values.AsSpan(cut..), pieces);
        summariser.Flush(pieces);
        using var whole = TierGen.SumUp(Minute, series.Times, series.Values);
        Assert.Equal(Rows(whole), Rows(pieces));
    });

    [Fact]
    public void Between_any_two_summaries_the_increase_is_that_of_the_samples() => TierGen.Counter.Sample(static series =>
    {
        using var summaries = TierGen.SumUpByDay(Minute, series.Times, series.Values);
        var rows = Rows(summaries).Where(static row => row.Count > 0).ToArray();
        var samples = Samples(series);
        for (var from = 0; from < rows.Length; from++)
        {
            double falls = 0;
            for (var to = from + 1; to < rows.Length; to++)
            {
                falls += rows[to].FallsSince(rows[to - 1].Last);
                var between = samples.Where(s => s.Time >= rows[from].TimestampMs && s.Time <= rows[to].TimestampMs).Select(static s => s.Value);
                Assert.Equal(TierGen.Change(between.ToArray()), rows[to].Last - rows[from].Last + falls);
            }
        }
    });

    [Fact]
    public void Increases_of_one_day_add_up_to_the_rise_since_its_first_sample()
    {
        using var summaries = TierGen.SumUp(Minute, [1000, 20_000, 50_000, 70_000, 110_000, 130_000], [5, 9, 2, 4, 1, 7]);

        Assert.Equal([1000L, 50_000, 110_000, 130_000], summaries.Timestamps.ToArray());
        Assert.Equal([0.0, 4 + 2, 2 + 1, 6], summaries.Increase.ToArray());
    }

    [Fact]
    public void A_stale_marker_stands_alone_and_counts_nowhere()
    {
        using var summaries = TierGen.SumUp(Minute, [1000, 2000, 3000, 4000, 5000, 6000, 7000], [8, 1, 3, StaleMarker.Value, StaleMarker.Value, 2, 6]);

        Assert.Equal([1000L, 3000, 4000, 7000], summaries.Timestamps.ToArray());
        Assert.Equal([1L, 2, 0, 2], summaries.Counts.ToArray());
        Assert.Equal([8.0, 1, double.NaN, 2], summaries.Min.ToArray());
        Assert.Equal([8.0, 3, double.NaN, 6], summaries.Max.ToArray());
        Assert.Equal([8.0, 4, 0, 8], summaries.Sum.ToArray());
        Assert.True(StaleMarker.Is(summaries.Last[2]));
        Assert.Equal(3, summaries.Last[1]);
    }

    [Fact]
    public void Nan_is_an_extreme_only_where_there_is_nothing_else()
    {
        using var summaries = TierGen.SumUp(Minute, [1000, 2000, 3000, 61_000, 62_000], [0, double.NaN, 7, double.NaN, double.NaN]);

        Assert.Equal([0.0, 7, double.NaN], summaries.Max.ToArray());
        Assert.Equal([0.0, 7, double.NaN], summaries.Min.ToArray());
        Assert.Equal([0.0, double.NaN, double.NaN], summaries.Sum.ToArray());
        Assert.Equal([1L, 2, 2], summaries.Counts.ToArray());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 10_000)]
    [InlineData(10_000, 10_000)]
    [InlineData(10_001, 20_000)]
    [InlineData(-1, 0)]
    [InlineData(-10_000, -10_000)]
    public void A_bucket_is_closed_at_its_end(long time, long end) => Assert.Equal(end, TierLayout.BucketEnd(time, 10_000));

    internal static List<Summary> Rows(SummaryColumn column) => [.. Enumerable.Range(0, column.Count).Select(i => column[i])];

    private static List<(long Time, double Value)> Samples((long[] Times, double[] Values) series) =>
        [.. series.Times.Zip(series.Values).Where(static sample => !StaleMarker.Is(sample.Second))];
}
