using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query.Results;
using Toka.TimeSeries.Compaction;
using static Toka.Engines.Tests.TimeSeries.Tiers.TieredStore;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

/// <summary>What happens to summaries when samples come late, settings change, or series are deleted.</summary>
public sealed class TieredStoreChangesTests
{
    private static readonly RetentionOptions Kept = new() { RawKeep = TimeSpan.FromDays(4), Keep10s = TimeSpan.Zero, Keep1m = TimeSpan.FromDays(60), Keep1h = TimeSpan.MaxValue, DiskReserveBytes = 0 };

    [Fact]
    public async Task A_late_sample_is_in_every_answer_at_once_and_in_the_summaries_after_a_while()
    {
        await using var store = new TieredStore(Kept);
        await store.RunAsync(3 * 24);
        var time = store.StartMs + (30 * Hour) + 1234;
        Assert.Equal((0L, Hour), (await ResolutionAt(store, store.NowMs), await ResolutionAt(store, time)));
        var summarised = store.CountOf("toka_store_summarised_days_total");

        // In memory, then in a block of its own, then summed up with its day.
        Assert.Equal(1, (await store.WriteAsync(Gauge, time, 5000)).Accepted);
        Assert.Equal((0L, Hour), (await ResolutionAt(store, time), await ResolutionAt(store, time - Day)));
        var first = PointsOf(await AskPeaks(store));
        store.Advance(TimeSpan.FromHours(3));
        Assert.Equal(0, await ResolutionAt(store, time));
        Assert.Equal(first, PointsOf(await AskPeaks(store)));
        Assert.Equal(summarised, store.CountOf("toka_store_summarised_days_total"));
        store.Advance(BlockAges.FreshFor);
        Assert.Equal(summarised + 1, store.CountOf("toka_store_summarised_days_total"));
        Assert.Equal(Hour, await ResolutionAt(store, time));
        Assert.Equal(first, PointsOf(await AskPeaks(store)));
        Assert.Equal([store.StartMs + (32 * Hour)], first.Where(static point => point.Value == 5000).Select(static point => point.Time));
    }

    [Fact]
    public async Task A_late_sample_of_a_day_that_is_kept_as_summaries_alone_is_answered_beside_them_and_changes_none()
    {
        await using var store = new TieredStore(Kept);
        await store.RunAsync(7 * 24);
        var old = store.StartMs + Day + 1234;
        async Task<List<(long Time, double Value)>> SumsAsync() => [.. PointsOf(await store.AskAsync("sum_over_time(x_total{s=\"gauge\"}[4h])", store.StartMs, store.StartMs + (4 * Day), 4 * Hour))];
        var before = await SumsAsync();
        await store.ReopenAsync(Kept with { RawKeep = TimeSpan.FromDays(30) });

        // In memory, then in a block of its own, which nothing sums up: the day's other samples are gone.
        Assert.Equal(1, (await store.WriteAsync(Gauge, old, 5000)).Accepted);
        foreach (var wait in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromHours(5), BlockAges.FreshFor])
        {
            store.Advance(wait);
            Assert.Equal(before, await SumsAsync());
            using var set = await store.Store.SelectAsync(new SelectRequest { Matchers = [new LabelMatcher("s", MatchOperator.Equal, Gauge)], FromMs = old - 60_000, ToMs = old + 60_000 }, CancellationToken.None);
            using var samples = new FloatColumn();
            set.ReadFloats(0, samples);
            Assert.Contains((old, 5000), samples.Timestamps.ToArray().Zip(samples.Values.ToArray()));
            Assert.True(samples.Count > 1);
        }
    }

    [Fact]
    public async Task A_resolution_that_is_not_kept_is_not_written_and_none_is_where_raw_samples_are_kept_for_hours()
    {
        await using var store = new TieredStore(Kept);
        await store.RunAsync(2 * 24);
        Assert.Equal([0L, Ladder.Tier1m, Ladder.Tier1h], store.Blocks.Select(static block => block.TierMs).Distinct().Order());

        await using var brief = new TieredStore(Kept with { RawKeep = TimeSpan.FromHours(30) });
        await brief.RunAsync(2 * 24);
        Assert.Equal([0L], brief.Blocks.Select(static block => block.TierMs).Distinct());
    }

    [Fact]
    public async Task Series_that_are_deleted_are_gone_from_summaries_too_and_the_others_stay()
    {
        await using var store = new TieredStore(Kept);
        await store.RunAsync(7 * 24);
        var expected = PointsOf(await store.AskAsync("increase(x_total{s=\"counter\"}[4h])", store.StartMs, store.NowMs, 4 * Hour));
        await store.Store.DeleteSeriesAsync([new LabelMatcher("s", MatchOperator.Matches, "gauge|short")], long.MinValue, long.MaxValue, CancellationToken.None);
        store.Advance(TimeSpan.FromHours(2));

        var all = new SelectRequest { FromMs = 0, ToMs = long.MaxValue };
        Assert.Equal([Counter], await store.Store.LabelValuesAsync("s", all, CancellationToken.None));
        Assert.Equal([LabelSet.MetricName, "s"], await store.Store.LabelNamesAsync(all, CancellationToken.None));
        Assert.Equal(expected, PointsOf(await store.AskAsync("increase(x_total[4h])", store.StartMs, store.StartMs + (7 * Day), 4 * Hour)));
    }

    private static ValueTask<QueryResult> AskPeaks(TieredStore store) =>
        store.AskAsync("max_over_time(x_total{s=\"gauge\"}[4h])", store.StartMs + (4 * Hour), store.StartMs + (72 * Hour), 4 * Hour);

    private static async Task<long> ResolutionAt(TieredStore store, long time)
    {
        var request = new SelectRequest { FromMs = store.StartMs, ToMs = store.NowMs, StepMs = 4 * Hour, Matchers = [new LabelMatcher("s", MatchOperator.Equal, Gauge)] };
        using var set = await store.Store.SelectAsync(request, CancellationToken.None);
        return set.ResolutionAt(time);
    }
}
