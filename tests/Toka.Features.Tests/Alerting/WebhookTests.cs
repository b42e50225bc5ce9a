using System.Net;
using Toka.Alerting.Rules;

namespace Toka.Features.Tests.Alerting;

public sealed class WebhookTests
{
    [Fact]
    public async Task A_firing_and_its_end_are_told_once_each()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        await bench.Step(30);
        Assert.Equal("queue:firing", bench.Hook.Told);
        await bench.Step(5);
        await bench.Step(5);
        Assert.Equal("queue:firing queue:resolved", bench.Hook.Told);
        Assert.Equal(2, bench.Counter("toka_notifications_total", "outcome", "delivered"));
    }

    [Fact]
    public async Task The_body_has_the_fields_of_Alertmanagers_webhook()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        var body = Assert.Single(bench.Hook.Bodies);
        Assert.Equal("4", body.GetProperty("version").GetString());
        Assert.Equal("firing", body.GetProperty("status").GetString());
        Assert.Equal("{}:{alertname=\"queue\"}", body.GetProperty("groupKey").GetString());
        Assert.Equal("a", body.GetProperty("commonLabels").GetProperty("instance").GetString());
        var alert = body.GetProperty("alerts")[0];
        Assert.Equal("queue on a is 20, above 10.", alert.GetProperty("annotations").GetProperty("summary").GetString());
        Assert.Equal(bench.Engine.Current[0].Id, alert.GetProperty("fingerprint").GetString());
        Assert.Equal("2027-01-15T08:00:01.000Z", alert.GetProperty("startsAt").GetString());
        Assert.Equal("0001-01-01T00:00:00Z", alert.GetProperty("endsAt").GetString());
        Assert.EndsWith("/#/explore?expr=queue_length", alert.GetProperty("generatorURL").GetString(), StringComparison.Ordinal);
        Assert.Equal(20, alert.GetProperty("toka").GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task A_receiver_that_fails_is_tried_again_with_growing_pauses()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        bench.Hook.Answer = null;
        await bench.Step(20);
        Assert.Contains("webhook http://127.0.0.1:9000: 1 attempts failed, the last one because: Connection refused", bench.Engine.Problems);
        bench.Hook.Answer = HttpStatusCode.ServiceUnavailable;
        for (var i = 0; i < 60; i++)
        {
            await bench.Step(20);
        }

        // Pauses of 1, 2, 4, 8, 16 … seconds, each shortened by up to a half: between 6 and 8 attempts in a minute.
        Assert.InRange(bench.Hook.Attempts, 6, 8);
        bench.Hook.Answer = HttpStatusCode.OK;
        await bench.Step(20, 300);
        Assert.Equal("queue:firing", bench.Hook.Told);
        Assert.Empty(bench.Engine.Problems);
        Assert.Equal(bench.Hook.Attempts - 1, bench.Counter("toka_notifications_total", "outcome", "failed"));
    }

    [Fact]
    public async Task What_a_receiver_refuses_is_counted_and_not_tried_again()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        bench.Hook.Answer = HttpStatusCode.NotFound;
        await bench.Step(20);
        await bench.Step(20);
        Assert.Equal(1, bench.Hook.Attempts);
        Assert.Equal(1, bench.Counter("toka_notifications_total", "outcome", "refused"));
        Assert.Contains("it refuses messages with 404; check its address", Assert.Single(bench.Engine.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_tells_nothing_twice_and_still_tells_the_end()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        await bench.Step(20);
        bench.Restart();
        await bench.Step(20);
        Assert.Equal("queue:firing", bench.Hook.Told);
        bench.Hook.Answer = null;
        await bench.Step(5);
        bench.Restart();
        bench.Hook.Answer = HttpStatusCode.OK;
        await bench.Step(5);
        Assert.Equal("queue:firing queue:resolved", bench.Hook.Told);
    }

    [Fact]
    public async Task Within_the_cooldown_a_return_is_shown_but_told_only_if_it_lasts()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10), cooldownSeconds: 60));
        await bench.Step(20);
        await bench.Step(5);
        await bench.Step(20, 10);
        Assert.Equal("queue:Active", bench.Listed);
        await bench.Step(5);
        await bench.Step(20, 10);
        Assert.Equal("queue:firing queue:resolved", bench.Hook.Told);
        Assert.Equal(1, bench.Counter("toka_notifications_total", "outcome", "cooldown"));
        await bench.Step(20, 60);
        Assert.Equal("queue:firing queue:resolved queue:firing", bench.Hook.Told);
    }

    [Fact]
    public async Task An_alert_that_ends_before_it_could_be_told_is_counted()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        bench.Hook.Answer = null;
        await bench.Step(20);
        await bench.Step(5);
        bench.Hook.Answer = HttpStatusCode.OK;
        await bench.Step(5, 600);
        Assert.Equal("", bench.Hook.Told);
        Assert.Equal(1, bench.Counter("toka_dropped_total", "reason", "resolved_before_delivery"));
    }

    [Fact]
    public async Task The_running_engine_evaluates_on_the_grid_and_sends_by_itself()
    {
        using var bench = new AlertBench(AlertBench.Rule(Condition.Above(10)));
        bench.Query.Set(AlertBench.Metric, (Toka.Core.Labels.LabelSet.Of(("instance", "a")), 20));
        using var stop = new CancellationTokenSource();
        var run = bench.Engine.RunAsync(stop.Token);
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (bench.Hook.Bodies.Count == 0 && patience.Elapsed < TimeSpan.FromSeconds(30))
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        Assert.Equal("queue:firing", bench.Hook.Told);
        Assert.Equal(0, bench.Engine.Rules[0].LastEvaluationMs % 1000);
        await stop.CancelAsync();
        await run;
    }
}
