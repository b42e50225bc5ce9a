using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Limits;
using Toka.Core.Series;

namespace Toka.Engines.Tests.TimeSeries.Limits;

public sealed class GateInStoreTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task While_memory_is_short_known_series_go_on_and_new_ones_are_refused_with_whoever_is_to_blame()
    {
        long used = 100;
        var budget = new MemoryBudget(1000, () => used, static () => { }, _fixture.Time);
        await using var store = _fixture.InMemory(o => o with { Memory = budget });
        var known = LabelSet.Of((LabelSet.MetricName, "requests"), ("job", "noisy"));
        await Fixture.Write(store, (known, _fixture.NowMs, 1));

        used = 950;
        _fixture.Time.Advance(TimeSpan.FromSeconds(1));
        var result = await Fixture.Write(store, (known, _fixture.NowMs, 2), (LabelSet.Of((LabelSet.MetricName, "fresh"), ("job", "other")), _fixture.NowMs, 1));

        Assert.Equal((1, 1), (result.Accepted, result.OverSeriesLimit));
        Assert.Contains("memory is at 95 %", result.FirstReason, StringComparison.Ordinal);
        Assert.Contains("job \"noisy\" made 1 new series this hour", result.FirstReason, StringComparison.Ordinal);
        Assert.Equal(1, _fixture.Counter("toka_dropped_total", ("signal", "metrics"), ("reason", "series_limit")));

        used = 100;
        _fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await Fixture.Write(store, (LabelSet.Of((LabelSet.MetricName, "fresh"), ("job", "other")), _fixture.NowMs, 1))).Accepted);
    }

    [Fact]
    public async Task While_memory_is_short_a_series_that_was_sealed_and_left_memory_comes_back()
    {
        long used = 100;
        var budget = new MemoryBudget(1000, () => used, static () => { }, _fixture.Time);
        await using var store = _fixture.OnDisk(o => o with { Memory = budget });
        await Fixture.Write(store, (Numbered(0), _fixture.NowMs, 1));

        used = 950;
        Assert.True(store.Seal());
        _fixture.Time.Advance(TimeSpan.FromMinutes(10));
        store.Maintain();
        Assert.Equal(0, store.Cardinality(10).Series);

        var result = await Fixture.Write(store, (Numbered(0), _fixture.NowMs, 2), (Numbered(1), _fixture.NowMs, 1));
        Assert.Equal((1, 1), (result.Accepted, result.OverSeriesLimit));
        Assert.Contains("n=\"1\"", result.FirstReason, StringComparison.Ordinal);
        Assert.Contains("memory is at 95 %", result.FirstReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_over_its_hour_is_refused_and_another_is_not()
    {
        await using var store = _fixture.InMemory(static o => o with { SeriesPerJobHourMax = 2 });
        var rows = Enumerable.Range(0, 5).Select(i => (LabelSet.Of((LabelSet.MetricName, "m"), ("job", i < 4 ? "a" : "b"), ("n", $"{i}")), _fixture.NowMs, 1.0)).ToArray();
        var result = await Fixture.Write(store, rows);
        Assert.Equal((3, 2), (result.Accepted, result.OverSeriesLimit));
        Assert.Contains("series_per_job_hour", result.FirstReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task After_a_restart_series_that_recent_blocks_have_are_not_new(int daysDown)
    {
        var known = Enumerable.Range(0, 50).Select(Numbered).ToArray();
        await using (var before = _fixture.OnDisk())
        {
            Assert.Equal(50, (await Fixture.Write(before, [.. known.Select(series => (series, _fixture.NowMs, 1.0))])).Accepted);
        }

        _fixture.Time.Advance(TimeSpan.FromDays(daysDown) + TimeSpan.FromMinutes(1));
        await using var store = _fixture.OnDisk(static o => o with { SeriesPerJobHourMax = 3, SeriesPerJobDayMax = 3 });
        Assert.Equal(0, store.Cardinality(10).Series);
        var again = await Fixture.Write(store, [.. known.Select(series => (series, _fixture.NowMs, 2.0))]);
        Assert.Equal((50, 0), (again.Accepted, again.OverSeriesLimit));
        Assert.Empty(store.Cardinality(10).Churn);
        Assert.Null(store.LastRefusal);

        for (var i = 0; i < 2; i++)
        {
            _fixture.Time.Advance(TimeSpan.FromSeconds(1));
            var fresh = await Fixture.Write(store, [.. Enumerable.Range(50, 5).Select(n => (Numbered(n), _fixture.NowMs, 1.0))]);
            Assert.Equal((3, 2), (fresh.Accepted, fresh.OverSeriesLimit));
        }

        Assert.Equal(new JobChurn("app", 3, 3, 4, "m"), Assert.Single(store.Cardinality(10).Churn));
        Assert.Contains("job \"app\" made 3 new series this hour", store.LastRefusal?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_series_that_only_blocks_of_earlier_days_have_is_new()
    {
        await using (var before = _fixture.OnDisk())
        {
            await Fixture.Write(before, (Numbered(0), _fixture.NowMs, 1));
        }

        _fixture.Time.Advance(TimeSpan.FromDays(3));
        await using (var later = _fixture.OnDisk())
        {
            await Fixture.Write(later, (Numbered(1), _fixture.NowMs, 1));
        }

        await using var store = _fixture.OnDisk(static o => o with { SeriesPerJobDayMax = 1 });
        var at = _fixture.NowMs + 1000;
        var result = await Fixture.Write(store, (Numbered(2), at, 1), (Numbered(1), at, 1), (Numbered(0), at, 1));
        Assert.Equal((2, 1), (result.Accepted, result.OverSeriesLimit));
    }

    [Fact]
    public async Task What_the_program_writes_of_itself_is_not_held_to_the_limit_of_a_job()
    {
        await using var store = _fixture.InMemory(static o => o with { SeriesPerJobHourMax = 1 });
        using var own = new WriteBatch { IsOwn = true };
        for (var i = 0; i < 5; i++)
        {
            own.Add(Numbered(i), _fixture.NowMs, i);
        }

        Assert.Equal(5, (await store.WriteAsync(own, CancellationToken.None)).Accepted);
    }

    private static LabelSet Numbered(int number) => LabelSet.Of((LabelSet.MetricName, "m"), ("job", "app"), ("n", $"{number}"));

    [Fact]
    public async Task That_the_store_has_as_many_series_as_it_may_is_told_once_an_hour()
    {
        var told = new List<string>();
        await using var store = _fixture.InMemory(o => o with { SeriesMax = 1, Report = told.Add });
        await Fixture.Write(store, (Numbered(0), _fixture.NowMs, 1), (Numbered(1), _fixture.NowMs, 1), (Numbered(2), _fixture.NowMs, 1));
        Assert.Equal("samples of new series are refused: the store has as many series in memory as it may (1, storage.series_max)", Assert.Single(told));
        Assert.Equal(_fixture.NowMs, store.LastRefusal?.AtMs);
    }
}
