using Microsoft.Extensions.Time.Testing;
using Toka.Core.Health;
using Toka.Core.Limits;
using Toka.Server.Hosting;

namespace Toka.Edges.Tests.Hosting;

public sealed class MemoryHealthTests
{
    [Fact]
    public void A_budget_that_is_nearly_used_up_is_said_with_what_is_refused_and_since_when()
    {
        var used = 100L;
        var time = new FakeTimeProvider();
        var budget = new MemoryBudget(1000, () => used, static () => { }, time);
        var health = new MemoryHealth(5);
        Assert.Equal(new HealthPart("memory", HealthState.Healthy, "", 5), health.Judge(budget, 10));

        used = 950;
        time.Advance(TimeSpan.FromSeconds(1));
        var critical = health.Judge(budget, 20);
        Assert.Equal((HealthState.Unhealthy, 20), (critical.State, critical.SinceMs));
        Assert.StartsWith("memory is at 95 % of 0 MiB: new series and heavy queries are refused", critical.Reason, StringComparison.Ordinal);
        Assert.Equal(20, health.Judge(budget, 30).SinceMs);

        used = 860;
        time.Advance(TimeSpan.FromSeconds(1));
        var tight = health.Judge(budget, 40);
        Assert.Equal((HealthState.Degraded, 40), (tight.State, tight.SinceMs));
    }
}
