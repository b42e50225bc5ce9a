using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query.Results;
using Toka.TimeSeries.Compaction;
using static Toka.Engines.Tests.TimeSeries.Tiers.TieredStore;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

/// <summary>A store after 40 days: raw samples of 10 are kept, summaries of 10 s of 20, of 1 min of 30, of 1 h all.</summary>
public sealed class TieredStoreTests(TieredStoreTests.After40Days after) : IClassFixture<TieredStoreTests.After40Days>
{
    private const int RawDays = 10;
    private const int Days10s = 20;
    private const int Days1m = 30;
    private const int Days = 40;

    private readonly TieredStore _store = after.Store;

    private long Now => _store.StartMs + (Days * Day);

    private long Ago(int days) => Now - (days * Day);

    [Fact]
    public void Each_resolution_is_kept_for_its_time_and_coarse_blocks_hold_many_days()
    {
        foreach (var (tier, days) in new[] { (0L, RawDays), (Ladder.Tier10s, Days10s), (Ladder.Tier1m, Days1m), (Ladder.Tier1h, Days) })
        {
            // A day goes when all of it is past.
            var oldest = _store.Blocks.Where(block => block.TierMs == tier).Min(static block => block.MinMs);
            Assert.InRange(oldest, Ago(days) - Day, Ago(days) + Interval);
        }

        // Each day once; half of them before the restart.
        Assert.Equal(Days / 2, _store.CountOf("toka_store_summarised_days_total"));
        Assert.Contains(_store.Blocks, static block => block.TierMs == Ladder.Tier1h && block.MaxMs - block.MinMs > 20 * Day);
        Assert.Equal(0, _store.CountOf("toka_store_maintenance_errors_total"));
    }

    [Theory]
    [InlineData("min_over_time", Gauge)]
    [InlineData("max_over_time", Gauge)]
    [InlineData("sum_over_time", Gauge)]
    [InlineData("count_over_time", Gauge)]
    [InlineData("avg_over_time", Gauge)]
    [InlineData("last_over_time", Counter)]
    public async Task Forty_days_at_a_long_step_are_what_the_raw_samples_were(string function, string series)
    {
        var result = await _store.AskAsync($"{function}(x_total{{s=\"{series}\"}}[4h])", _store.StartMs, Now, 4 * Hour);
        var expected = await _store.AskModelAsync(series, $"{function}(x_total[4h])", _store.StartMs, Now, 4 * Hour);

        Assert.Equal(Days * 6, PointsOf(expected).Count);
        Assert.Equal(PointsOf(expected), PointsOf(result));
        Assert.Equal(["answered from 1h summaries up to 2026-02-08T23:59:59Z (step 4h, range 4h); raw samples, where they are still kept, with resolution=raw"], result.Infos);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public async Task A_counters_increase_counts_every_reset_of_forty_days()
    {
        var result = await _store.AskAsync("increase(x_total{s=\"counter\"}[4h])", _store.StartMs + Day + (4 * Hour), Now, 4 * Hour);
        var found = PointsOf(result);

        Assert.Equal((Days - 1) * 6, found.Count);
        foreach (var (time, increase) in found.Where(point => point.Time <= Ago(1)))
        {
            Assert.Equal(_store.IncreaseOf(Counter, time - (4 * Hour), time), increase, 1e-6);
        }

        // The last day is read raw.
        var raw = PointsOf(await _store.AskModelAsync(Counter, "increase(x_total[4h])", Ago(1) + (8 * Hour), Now, 4 * Hour));
        Assert.Equal(raw, found.Where(point => point.Time >= Ago(1) + (8 * Hour)));
        Assert.Contains("1h", Assert.Single(result.Infos), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Days10s, Minute, "1m", "10s")]
    [InlineData(Days1m, 10 * Minute, "10m", "1m")]
    public async Task A_shorter_step_is_answered_from_finer_summaries(int days, long step, string range, string resolution)
    {
        var (start, end) = (Ago(days) + Hour, Ago(days) + (3 * Day));
        var result = await _store.AskAsync($"max_over_time(x_total{{s=\"gauge\"}}[{range}])", start, end, step);

        Assert.Equal(PointsOf(await _store.AskModelAsync(Gauge, $"max_over_time(x_total[{range}])", start, end, step)), PointsOf(result));
        Assert.StartsWith($"answered from {resolution} summaries", Assert.Single(result.Infos), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raw_samples_answer_short_steps_and_whoever_prefers_them()
    {
        var (start, end) = (Ago(RawDays) + Hour, Now);
        var preferred = await _store.AskAsync("avg_over_time(x_total{s=\"gauge\"}[6h])", start + (6 * Hour), end, 6 * Hour, raw: true);
        Assert.Equal(PointsOf(await _store.AskModelAsync(Gauge, "avg_over_time(x_total[6h])", start + (6 * Hour), end, 6 * Hour)), PointsOf(preferred));
        Assert.Equal((0, 0), (preferred.Infos.Count, preferred.Warnings.Count));

        var fine = await _store.AskAsync("rate(x_total{s=\"counter\"}[5m])", start, start + (2 * Hour), 30 * Second);
        Assert.Equal(PointsOf(await _store.AskModelAsync(Counter, "rate(x_total[5m])", start, start + (2 * Hour), 30 * Second)), PointsOf(fine));
        var (samples, resolution) = await _store.ReadAsync(Counter, new SelectRequest { FromMs = start, ToMs = end, StepMs = 30 * Second });
        Assert.Equal(0, resolution);
        Assert.Equal(_store.Written[Counter].Times.Count(time => time >= start), samples.Count);
    }

    [Theory]
    [InlineData(15, 10 * Second, "10s")]
    [InlineData(25, Minute, "1m")]
    [InlineData(35, Hour, "1h")]
    public async Task Where_raw_samples_are_gone_the_finest_summaries_answer_with_a_warning(int days, long resolution, string name)
    {
        var time = Ago(days) + (7 * Hour);
        var result = await _store.AskAtAsync("x_total{s=\"gauge\"}", time);
        Assert.Equal(_store.ValueAt(Gauge, time), Assert.Single(((VectorValue)result.Value).Samples).Value);
        Assert.Matches($"^raw samples from before .* are no longer kept: answered from {name} summaries$", Assert.Single(result.Warnings));
        Assert.Empty(result.Infos);

        // Between the ends of buckets the value is a bucket old at most; whoever prefers raw samples gets the same.
        var odd = time + (resolution / 2) + 1;
        var value = Assert.Single(((VectorValue)(await _store.AskAtAsync("x_total{s=\"gauge\"}", odd)).Value).Samples).Value;
        Assert.Contains(value, new[] { _store.ValueAt(Gauge, odd), _store.ValueAt(Gauge, time) });
        var preferred = await _store.AskAsync("x_total{s=\"gauge\"}", time, time, Second, raw: true);
        Assert.Equal((time, _store.ValueAt(Gauge, time)), Assert.Single(PointsOf(preferred)));

        var estimate = await _store.AskAsync("stddev_over_time(x_total{s=\"gauge\"}[6h])", time, time, Hour);
        Assert.EndsWith("so it is an estimate", Assert.Single(estimate.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Series_of_which_only_summaries_are_left_are_found_by_names_and_values_and_end_when_they_ended()
    {
        var past = new SelectRequest { FromMs = _store.StartMs, ToMs = Ago(RawDays + 1) };
        Assert.Equal([LabelSet.MetricName, "gone", "s"], await _store.Store.LabelNamesAsync(past, CancellationToken.None));
        Assert.Equal([Counter, Gauge, Short], await _store.Store.LabelValuesAsync("s", past, CancellationToken.None));
        var narrow = past with { Matchers = [new LabelMatcher("gone", MatchOperator.Equal, "long ago")] };
        Assert.Equal([Short], await _store.Store.LabelValuesAsync("s", narrow, CancellationToken.None));
        Assert.Equal([Counter, Gauge], await _store.Store.LabelValuesAsync("s", past with { FromMs = Ago(RawDays), ToMs = Now }, CancellationToken.None));

        var ended = _store.StartMs + (4 * Day);
        var points = PointsOf(await _store.AskAsync("x_total{gone=\"long ago\"}", _store.StartMs, Now, 4 * Hour));
        Assert.Equal(Enumerable.Range(1, 11).Select(i => _store.StartMs + (2 * Day) + (i * 4 * Hour)), points.Select(static point => point.Time));
        Assert.All(points, point => Assert.Equal((point.Time - _store.StartMs) / Interval, point.Value));
        Assert.Empty(((VectorValue)(await _store.AskAtAsync("x_total{gone=\"long ago\"}", ended)).Value).Samples);
    }

    [Fact]
    public async Task One_answer_goes_from_summaries_to_raw_samples_without_a_gap_and_nothing_twice()
    {
        var request = new SelectRequest { FromMs = _store.StartMs + Hour, ToMs = Now, StepMs = 4 * Hour, RangeMs = 4 * Hour, Function = "count_over_time" };
        using var set = await _store.Store.SelectAsync(request with { Matchers = [new LabelMatcher("s", MatchOperator.Equal, Gauge)] }, CancellationToken.None);
        using var summaries = new SummaryColumn();
        set.ReadSummaries(0, summaries);
        var from = summaries.Timestamps[0];

        Assert.Equal((Hour, Hour, 0L), (set.ResolutionMs, set.ResolutionAt(Ago(1) - 1), set.ResolutionAt(Now)));
        Assert.InRange(from, request.FromMs - (2 * Hour), request.FromMs);
        Assert.Equal(_store.Written[Gauge].Times.Count(time => time > from), (long)summaries.Counts.ToArray().Skip(1).Sum(static count => (double)count));
        Assert.Equal(_store.Written[Gauge].Times.Zip(_store.Written[Gauge].Values).Where(s => s.First > from).Sum(static s => s.Second), summaries.Sum.ToArray().Skip(1).Sum());
        Assert.Equal(summaries.Timestamps.ToArray().Order().Distinct(), summaries.Timestamps.ToArray());
    }

    /// <summary>The store, made once.</summary>
    public sealed class After40Days : IAsyncLifetime
    {
        internal TieredStore Store { get; } = new(new RetentionOptions
        {
            RawKeep = TimeSpan.FromDays(RawDays),
            Keep10s = TimeSpan.FromDays(Days10s),
            Keep1m = TimeSpan.FromDays(Days1m),
            Keep1h = TimeSpan.MaxValue,
            DiskReserveBytes = 0,
        });

        public async ValueTask InitializeAsync()
        {
            await Store.RunAsync(20 * 24);
            await Store.ReopenAsync();
            await Store.RunAsync(20 * 24);
        }

        public ValueTask DisposeAsync() => Store.DisposeAsync();
    }
}
