using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class FloatsFromSummariesTests
{
    private const long Minute = 60_000;

    [Fact]
    public void The_rule_of_falls_finds_every_increase_in_the_floats_of_a_counter() => TierGen.Counter.Sample(static series =>
    {
        using var summaries = TierGen.SumUpByDay(Minute, series.Times, series.Values);
        using var floats = new FloatColumn();
        FloatsFromSummaries.Append(summaries, floats, showResets: true);
        Assert.All(Enumerable.Range(1, floats.Count - 1), i => Assert.True(floats.Timestamps[i] > floats.Timestamps[i - 1]));
        var real = SummariserTests.Rows(summaries).Where(static row => row.Count > 0).Select(static row => row.TimestampMs).ToArray();
        for (var from = 0; from < real.Length; from++)
        {
            for (var to = from + 1; to < real.Length; to++)
            {
                Assert.Equal(
                    TierGen.Change(Between(series.Times, series.Values, real[from], real[to])),
                    TierGen.Change(Between(floats.Timestamps.ToArray(), floats.Values.ToArray(), real[from], real[to])));
            }
        }
    });

    [Fact]
    public void Selectors_get_each_last_sample_and_every_marker_and_nothing_else()
    {
        using var summaries = TierGen.SumUp(Minute, [1000, 2000, 3000, 4000, 61_000], [8, 1, 3, StaleMarker.Value, 5]);
        using var floats = new FloatColumn();
        FloatsFromSummaries.Append(summaries, floats, showResets: false);

        Assert.Equal([1000L, 3000, 4000, 61_000], floats.Timestamps.ToArray());
        Assert.Equal([8, 3, StaleMarker.Value, 5], floats.Values.ToArray());
    }

    [Fact]
    public void A_counter_that_climbed_past_its_peak_shows_the_peak_and_zero()
    {
        using var summaries = TierGen.SumUp(Minute, [1000, 10_000, 20_000, 30_000], [0, 10, 1, 50]);
        using var floats = new FloatColumn();
        FloatsFromSummaries.Append(summaries, floats, showResets: true);

        Assert.Equal([(1000L, 0.0), (29_998, 10), (29_999, 0), (30_000, 50)], floats.Timestamps.ToArray().Zip(floats.Values.ToArray()));
    }

    private static double[] Between(long[] times, double[] values, long fromMs, long toMs) =>
        [.. times.Zip(values).Where(s => s.First >= fromMs && s.First <= toMs && !StaleMarker.Is(s.Second)).Select(static s => s.Second)];
}
