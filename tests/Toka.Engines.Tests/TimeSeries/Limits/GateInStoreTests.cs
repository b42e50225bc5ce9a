using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Limits;

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
    public async Task A_job_over_its_hour_is_refused_and_another_is_not()
    {
        await using var store = _fixture.InMemory(static o => o with { SeriesPerJobHourMax = 2 });
        var rows = Enumerable.Range(0, 5).Select(i => (LabelSet.Of((LabelSet.MetricName, "m"), ("job", i < 4 ? "a" : "b"), ("n", $"{i}")), _fixture.NowMs, 1.0)).ToArray();
        var result = await Fixture.Write(store, rows);
        Assert.Equal((3, 2), (result.Accepted, result.OverSeriesLimit));
        Assert.Contains("series_per_job_hour", result.FirstReason, StringComparison.Ordinal);
    }
}
