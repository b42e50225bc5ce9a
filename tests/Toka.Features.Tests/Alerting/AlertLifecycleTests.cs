using Toka.Alerting.Lifecycle;
using Toka.Alerting.Rules;
using Toka.Core.Alerts;
using Toka.Core.Labels;

namespace Toka.Features.Tests.Alerting;

public sealed class AlertLifecycleTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData("above", 10.1, true)]
    [InlineData("above", 10, false)]
    [InlineData("below", 9.9, true)]
    [InlineData("below", 10, false)]
    [InlineData("outside", 4.9, true)]
    [InlineData("outside", 5, false)]
    [InlineData("outside", 15, false)]
    [InlineData("outside", 15.1, true)]
    [InlineData("above", double.NaN, false)]
    [InlineData("below", double.NaN, false)]
    [InlineData("outside", double.NaN, false)]
    [InlineData("above", double.PositiveInfinity, true)]
    public async Task A_condition_holds_or_does_not(string kind, double value, bool holds)
    {
        var condition = kind switch { "above" => Condition.Above(10), "below" => Condition.Below(10), _ => Condition.Outside(5, 15) };
        using var bench = new AlertBench(AlertBench.Rule(condition));
        await bench.Step(value);
        Assert.Equal(holds ? "queue:Active" : "", bench.Listed);
    }

    [Fact]
    public async Task A_rate_of_change_is_the_slope_over_its_window()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.RateAbove(2)) with { Over = TimeSpan.FromMinutes(10) });
        const string Slope = "deriv((queue_length)[10m:30s])";
        bench.Query.Set(Slope, (LabelSet.Of(("instance", "a")), 2.5));
        await bench.Again();
        var alert = Assert.Single(bench.Engine.Current);
        Assert.Equal(Slope, alert.Expression);
        Assert.Equal("Change of queue on a is 2.5/s, above 2/s.", alert.Summary);
        Assert.Contains(bench.Engine.Rules, r => r.Expression == $"({Slope}) > 2");
    }

    [Fact]
    public async Task An_alert_is_pending_until_its_condition_has_held_for_long_enough()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10), forSeconds: 3));
        await bench.Step(20);
        var since = bench.NowMs;
        await bench.Step(20);
        await bench.Step(30);
        Assert.Equal("queue:Pending", bench.Listed);
        await bench.Step(40);
        var alert = Assert.Single(bench.Engine.Current);
        Assert.Equal((AlertState.Active, 40.0, since, (long?)bench.NowMs), (alert.State, alert.Value, alert.SinceMs, alert.ActiveAtMs));
        Assert.Equal("queue on a is 40, above 10 for 3s.", alert.Summary);
        Assert.Equal("high", alert.Labels["severity"]);
        Assert.Equal("", alert.Labels[LabelSet.MetricName]);
    }

    [Fact]
    public async Task A_condition_that_breaks_off_while_pending_begins_anew()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10), forSeconds: 2));
        await bench.Step(20);
        await bench.Step(5);
        Assert.Equal("", bench.Listed);
        await bench.Step(20);
        await bench.Step(20);
        Assert.Equal("queue:Pending", bench.Listed);
        await bench.Step(20);
        Assert.Equal("queue:Active", bench.Listed);
    }

    [Fact]
    public async Task An_alert_is_taken_on_once_and_resolves_and_stays_listed_for_a_quarter_of_an_hour()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        var id = bench.Engine.Current[0].Id;
        var version = bench.Engine.Version;
        var taken = await bench.Engine.AcknowledgeAsync(id, "ada", None);
        Assert.Equal((AlertState.Acknowledged, "ada"), (taken!.State, taken.AcknowledgedBy));
        Assert.True(bench.Engine.Version > version);
        Assert.Equal("ada", (await bench.Engine.AcknowledgeAsync(id, "bob", None))!.AcknowledgedBy);
        await bench.Step(5);
        Assert.Equal("queue:Resolved", bench.Listed);
        Assert.Null(await bench.Engine.AcknowledgeAsync(id, "ada", None));
        await bench.Step(5, 15 * 60 - 1);
        Assert.Equal("queue:Resolved", bench.Listed);
        await bench.Step(5, 1);
        Assert.Equal("", bench.Listed);
        Assert.Empty(await bench.State.ListAsync("alerts", None));
        Assert.Equal("Active Acknowledged Resolved", await bench.History());
    }

    [Fact]
    public async Task An_absent_series_resolves_but_a_failed_evaluation_changes_nothing()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        bench.Query.Failure = "too many samples";
        await bench.Again();
        Assert.Equal("queue:Active", bench.Listed);
        Assert.Equal("too many samples", bench.Engine.Rules.Single(r => r.Name == "queue").LastError);
        Assert.Contains("rule queue cannot be evaluated: too many samples", bench.Engine.Problems);
        bench.Query.Failure = null;
        bench.Query.Set(AlertBench.Metric);
        await bench.Again();
        Assert.Equal("queue:Resolved", bench.Listed);
        var rule = bench.Engine.Rules.Single(r => r.Name == "queue");
        Assert.Equal((0, null), (rule.Matched, rule.LastError));
        Assert.Empty(bench.Engine.Problems);
    }

    [Fact]
    public async Task A_warning_yields_to_its_critical_alert_and_returns_at_once_after_it()
    {
        using var bench = new AlertBench();
        var disk = ShippedRules.Compile(bench.Options.Thresholds, TimeSpan.FromSeconds(10)).First(r => r.Name == "disk_usage_critical").Expression;
        async Task Use(double percent, int seconds)
        {
            bench.Query.Set(disk, (LabelSet.Of(("instance", "a"), ("mountpoint", "/data")), percent), (LabelSet.Of(("instance", "a"), ("mountpoint", "/")), 10));
            await bench.Again(seconds);
        }

        await Use(85, 1);
        await Use(85, 10);
        Assert.Equal("disk_usage_warning:Active", bench.Listed);
        Assert.Equal("Disk usage of /data on a is 85 %, above 80 % for 10s.", bench.Engine.Current[0].Summary);
        Assert.Equal(Severity.Medium, bench.Engine.Current[0].Severity);
        await Use(96, 1);
        Assert.Equal("disk_usage_warning:Active disk_usage_critical:Pending", bench.Listed);
        await Use(96, 5);
        Assert.Equal("disk_usage_critical:Active disk_usage_warning:Resolved", bench.Listed);
        await Use(90, 1);
        Assert.Equal("disk_usage_warning:Active disk_usage_critical:Resolved", bench.Listed);
        Assert.Equal(2, bench.Engine.Rules.Single(r => r.Name == "disk_usage_warning").Matched);
    }

    [Fact]
    public async Task State_is_written_on_change_only()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        var writes = bench.State.Writes;
        for (var i = 0; i < 20; i++)
        {
            await bench.Step(21 + i);
        }

        Assert.Equal(writes, bench.State.Writes);
        Assert.Equal(40, bench.Engine.Current[0].Value);
    }

    [Fact]
    public async Task A_state_store_that_fails_is_named_and_catches_up()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(5);
        bench.State.IsBroken = true;
        await bench.Step(20);
        Assert.Equal("queue:Active", bench.Listed);
        Assert.Contains("alerts cannot be kept: the disk is full", bench.Engine.Problems);
        bench.State.IsBroken = false;
        await bench.Step(20);
        Assert.Empty(bench.Engine.Problems);
        Assert.Equal("Active", await bench.History());
        bench.Restart();
        await bench.Step(20);
        Assert.Equal("queue:Active", bench.Listed);
    }

    [Fact]
    public async Task For_goes_on_over_a_restart()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10), forSeconds: 60));
        await bench.Step(20);
        var since = bench.NowMs;
        await bench.Step(20, 40);
        bench.Restart();
        await bench.Step(20, 20);
        var alert = Assert.Single(bench.Engine.Current);
        Assert.Equal((AlertState.Active, since), (alert.State, alert.SinceMs));
    }

    [Fact]
    public async Task After_a_restart_alerts_outlive_the_first_minute_without_their_series()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        await bench.Engine.AcknowledgeAsync(bench.Engine.Current[0].Id, "ada", None);
        bench.Restart();
        bench.Query.Set(AlertBench.Metric);
        await bench.Again();
        await bench.Again(50);
        Assert.Equal("queue:Acknowledged", bench.Listed);
        await bench.Again(10);
        Assert.Equal("queue:Resolved", bench.Listed);
    }

    [Fact]
    public async Task Alerts_of_a_rule_that_is_gone_resolve()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        await bench.Engine.ApplyAsync(bench.Options with { Alerting = bench.Options.Alerting with { Rules = [] } }, None);
        await bench.Again();
        Assert.Equal("queue:Resolved", bench.Listed);
    }

    [Fact]
    public async Task A_rule_has_a_bounded_number_of_alerts_and_counts_the_others()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        bench.Query.Set(AlertBench.Metric, [.. Enumerable.Range(0, AlertBook.AlertsPerRuleMax + 7).Select(i => (LabelSet.Of(("n", $"{i}")), 20.0))]);
        await bench.Again();
        Assert.Equal(AlertBook.AlertsPerRuleMax, bench.Engine.Current.Count);
        Assert.Equal(7, bench.Counter("toka_dropped_total", "reason", "alerts_per_rule_limit"));
    }

    [Fact]
    public async Task Each_expression_is_asked_once_an_evaluation()
    {
        using var bench = new AlertBench();
        await bench.Again();
        Assert.Equal(bench.Query.Asked.Distinct().Count(), bench.Query.Asked.Count);
        Assert.Equal(4, bench.Query.Asked.Count);
    }
}
