using Toka.Core.Series;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class LateSamplesTests
{
    private const long Resolution = 60_000;

    [Fact]
    public void A_sample_counts_where_its_bucket_has_no_summary_and_nowhere_else() =>
        Assert.Equal([50_000L, 110_000, 180_000, 300_000], Append([50_000, 180_000], [30_000, 110_000, 130_000, 300_000]).Select(static summary => summary.TimestampMs));

    [Fact]
    public void A_day_without_summaries_is_read_from_its_late_samples() =>
        Assert.Equal([1L, 2, 3], Append([], [1, 2, 3]).Select(static summary => summary.TimestampMs));

    [Fact]
    public void A_rise_is_told_once()
    {
        using var summaries = new SummaryColumn();
        using var samples = new FloatColumn();
        using var into = new SummaryColumn();
        summaries.Add(new Summary(60_000, 1, 10, 20, 4, 10, 9));
        summaries.Add(new Summary(300_000, 70, 110, 200, 3, 110, 100));
        samples.Add(150_000, 40);
        samples.Add(200_000, 60);

        LateSamples.Append(summaries, samples, Resolution, into);

        Assert.Equal([9, 30, 20, 50], into.Increase.ToArray());
        Assert.Equal(0, into[3].FallsSince(60));
    }

    [Theory]
    [InlineData(30, 30, new[] { 9.0, 50, 30 }, 150)]
    [InlineData(80, 120, new[] { 9.0, 50, 70 }, 40)]
    public void A_fall_between_a_late_sample_and_the_summary_behind_it_is_counted_from_that_sample_and_one_within_the_summary_as_it_was(
        double last, double increase, double[] expected, double falls)
    {
        using var summaries = new SummaryColumn();
        using var samples = new FloatColumn();
        using var into = new SummaryColumn();
        summaries.Add(new Summary(60_000, 1, 100, 20, 4, 100, 9));
        summaries.Add(new Summary(300_000, 1, 110, 200, 3, last, increase));
        samples.Add(150_000, 150);

        LateSamples.Append(summaries, samples, Resolution, into);

        Assert.Equal(expected, into.Increase.ToArray());
        Assert.Equal(falls, into[2].FallsSince(150) - (last == 80 ? 100 : 0));
    }

    private static List<Summary> Append(long[] summaries, long[] samples)
    {
        using var ofDay = new SummaryColumn();
        using var late = new FloatColumn();
        using var into = new SummaryColumn();
        Array.ForEach(summaries, time => ofDay.Add(new Summary(time, 1, 1, 2, 2, 1, 0)));
        Array.ForEach(samples, time => late.Add(time, 1));
        LateSamples.Append(ofDay, late, Resolution, into);
        return [.. Enumerable.Range(0, into.Count).Select(i => into[i])];
    }
}
