using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Scripts;
using Toka.Query.PromQL.Scripts.Data;
using Toka.Query.PromQL.Scripts.Judging;

namespace Toka.Engines.Tests.Query.Scripts;

public sealed class ScriptRunnerTests
{
    [Fact]
    public async Task Each_eval_is_judged_on_what_was_loaded_before_it()
    {
        var outcomes = await RunAsync("""
            load 1m
              a{l="1"} 1 2 3

            eval instant at 2m a
              a{l="1"} 3

            load 1m
              a{l="2"} _ _ 5

            eval instant at 2m sum(a)
              {} 8

            eval instant at 2m sum(a)
              {} 9

            clear

            eval instant at 2m a
            """);
        Assert.Equal([(4, true), (10, true), (13, false), (18, true)], outcomes.Select(static outcome => (outcome.Line, outcome.HasPassed)));
        Assert.Equal(("x.test", "sum(a)"), (outcomes[2].Script, outcomes[2].Expression));
        Assert.Equal("{} is 8, not 9", outcomes[2].Failure?.Message);
    }

    [Fact]
    public async Task An_expression_that_is_no_PromQL_is_a_failure_of_its_eval_only()
    {
        var outcomes = await RunAsync("eval instant at 0 sum(\n\neval instant at 0 sum(\n  expect fail\n\neval instant at 0 1\n  1");
        Assert.Equal([false, true, true], outcomes.Select(static outcome => outcome.HasPassed));
        Assert.Equal("the query fails", outcomes[0].Failure?.Message);
    }

    [Fact]
    public async Task Stale_markers_end_series()
    {
        var outcomes = await RunAsync("load 1m\n  a 1 stale\n  b 1 2\n\neval instant at 1m {__name__=~\"a|b\"}\n  b 2");
        Assert.All(outcomes, static outcome => Assert.True(outcome.HasPassed, outcome.Failure?.Message));
    }

    [Theory]
    [InlineData("{{count:1}}+{{count:1}}x2", "{{count:1}} {{count:2 counter_reset_hint:not_reset}} {{count:3 counter_reset_hint:not_reset}}")]
    [InlineData("{{count:2}} {{count:1}} {{count:1}}", "{{count:2}} {{count:1}} {{count:1 counter_reset_hint:not_reset}}")]
    [InlineData("{{count:1}} {{count:2 counter_reset_hint:reset}} {{count:3 counter_reset_hint:not_reset}}", "{{count:1}} {{count:2}} {{count:3 counter_reset_hint:not_reset}}")]
    [InlineData("{{counter_reset_hint:gauge}} {{}} {{}}", "{{counter_reset_hint:gauge}} {{}} {{counter_reset_hint:not_reset}}")]
    [InlineData("{{count:1}} 5 {{count:1}}", "{{count:1}} 5 {{count:1}}")]
    [InlineData("{{count:1}} _ {{count:1}}", "{{count:1}} {{count:1 counter_reset_hint:not_reset}}")]
    [InlineData("{{count:1 buckets:[1]}} {{count:2 buckets:[0 2]}}", "{{count:1 buckets:[1]}} {{count:2 offset:1 buckets:[2]}}")]
    [InlineData("{{count:1 n_buckets:[1]}} {{count:2 n_buckets:[1 1]}}", "{{count:1 n_buckets:[1]}} {{count:2 counter_reset_hint:not_reset n_buckets:[1 1]}}")]
    [InlineData("{{schema:1}} {{schema:2}}", "{{schema:1}} {{schema:2}}")]
    [InlineData("{{z_bucket:2}} {{count:5 z_bucket:1}}", "{{z_bucket:2}} {{count:5 z_bucket:1}}")]
    [InlineData("{{schema:-53 custom_values:[1]}} {{schema:-53 custom_values:[2]}}", "{{schema:-53 custom_values:[1]}} {{schema:-53 custom_values:[2]}}")]
    [InlineData("1 stale 2", "1 stale 2")]
    public async Task Histograms_are_read_with_what_a_store_knows_of_resets(string points, string expected) => Assert.Equal(expected, await ReadAsync(points));

    [Fact]
    public async Task A_series_of_histograms_ends_with_a_histogram()
    {
        using var set = await SelectAsync("load 1m\n  a {{count:1}} stale {{count:2}}", 0, 180_000);
        using var histograms = new HistogramColumn();
        set.ReadHistograms(0, histograms);
        Assert.Equal([0, 60_000, 120_000], histograms.Timestamps.ToArray());
        Assert.True(StaleMarker.Is(histograms[1].Sum));
        Assert.Equal(HistogramResetHint.Unknown, histograms[2].ResetHint);
    }

    [Theory]
    [InlineData(0, 240_000, "0=-60000 60000=0 120000=119000 240000=180000")]
    [InlineData(60_001, 200_000, "120000=119000")]
    public async Task When_counters_began_is_told_for_each_sample(long fromMs, long toMs, string expected)
    {
        using var set = await SelectAsync("load 1m\n  a@st -1m _ -1s -61s -1m\n  a 1 2 {{count:3}} 4 5\n  b 1", fromMs, toMs);
        using var created = new CreatedColumn();
        set.ReadCreated(0, created);
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, created.Count).Select(i => FormattableString.Invariant($"{created.Timestamps[i]}={created.Created[i]}"))));
    }

    [Fact]
    public async Task Only_series_with_samples_in_the_range_are_found()
    {
        using var set = await SelectAsync("load 1m\n  a 1 2 3\n  b _ _ _ 4", 60_000, 120_000);
        Assert.Equal(1, set.Count);
        Assert.Equal(LabelSet.Of(("__name__", "a")), set.LabelsOf(0));
        Assert.False(set.MayHaveHistograms);
        using var floats = new FloatColumn();
        set.ReadFloats(0, floats);
        Assert.Equal([2.0, 3.0], floats.Values.ToArray());
    }

    private static async Task<IReadOnlyList<EvalOutcome>> RunAsync(string script) =>
        await new ScriptRunner(new FakeTimeProvider()).RunAsync(PromQlScript.Parse("x.test", script), TestContext.Current.CancellationToken);

    private static async Task<SeriesSet> SelectAsync(string load, long fromMs, long toMs)
    {
        var storage = new ScriptStorage("x.test");
        storage.Load((LoadCommand)PromQlScript.Parse("x.test", load).Commands[0]);
        return await storage.SelectAsync(new SelectRequest { FromMs = fromMs, ToMs = toMs }, TestContext.Current.CancellationToken);
    }

    private static async Task<string> ReadAsync(string points)
    {
        using var set = await SelectAsync($"load 1m\n  a {points}", 0, long.MaxValue);
        using var floats = new FloatColumn();
        using var histograms = new HistogramColumn();
        set.ReadFloats(0, floats);
        set.ReadHistograms(0, histograms);
        var texts = new SortedDictionary<long, string>();
        for (var i = 0; i < floats.Count; i++)
        {
            texts.Add(floats.Timestamps[i], StaleMarker.Is(floats.Values[i]) ? "stale" : ScriptText.Number(floats.Values[i]));
        }

        for (var i = 0; i < histograms.Count; i++)
        {
            texts.Add(histograms.Timestamps[i], ScriptText.Histogram(histograms[i].ToHistogram()));
        }

        return string.Join(' ', texts.Values);
    }
}
