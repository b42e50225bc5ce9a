using Toka.Query;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class RulesApiTests
{
    private const string Cpu = """{"state":"firing","name":"cpu","query":"cpu > 90","duration":30,"keepFiringFor":0,"labels":{"severity":"critical"},"annotations":{},"alerts":[ALERTS],"health":"ok","evaluationTime":0.002,"lastEvaluation":"2026-01-01T00:59:58.5Z","type":"alerting"}""";
    private const string Firing = """{"labels":{"alertname":"cpu","instance":"box","severity":"critical"},"annotations":{"summary":"CPU of box at 97 %"},"state":"firing","activeAt":"2026-01-01T00:59:00Z","value":"9.75e+01"}""";
    private const string Pending = """{"labels":{"alertname":"cpu","instance":"other","severity":"critical"},"annotations":{"summary":"CPU of other at 97 %"},"state":"pending","activeAt":"2026-01-01T00:59:00Z","value":"9.75e+01"}""";
    private const string Disk = """{"state":"inactive","name":"disk","query":"disk > 1","duration":0,"keepFiringFor":0,"labels":{"severity":"low"},"annotations":{},"alerts":[],"health":"err","lastError":"no such series","evaluationTime":0,"lastEvaluation":"2026-01-01T00:59:58.5Z","type":"alerting"}""";

    [Fact]
    public async Task All_rules_are_one_group_with_the_alerts_that_are_not_over()
    {
        await using var host = await StartAsync();
        Assert.Equal(
            $$$"""{"status":"success","data":{"groups":[{"name":"toka","file":"/etc/toka.yaml","rules":[{{{Cpu.Replace("ALERTS", Firing + "," + Pending, StringComparison.Ordinal)}}},{{{Disk}}}],"interval":15,"limit":0,"evaluationTime":0.002,"lastEvaluation":"2026-01-01T00:59:58.5Z"}]}}""",
            (await host.GetAsync("api/v1/rules")).Body);
        Assert.Equal($$$"""{"status":"success","data":{"alerts":[{{{Firing}}},{{{Pending}}}]}}""", (await host.GetAsync("api/v1/alerts")).Body);
    }

    [Theory]
    [InlineData("type=alert", 2)]
    [InlineData("type=ALERT", 2)]
    [InlineData("type=record", 0)]
    [InlineData("rule_name[]=disk&rule_name[]=nope", 1)]
    [InlineData("rule_group[]=toka", 2)]
    [InlineData("rule_group[]=other", 0)]
    [InlineData("file[]=/etc/toka.yaml&file[]=x", 2)]
    [InlineData("file[]=x", 0)]
    [InlineData("match[]={severity=\"low\"}", 1)]
    [InlineData("match[]={severity=\"low\"}&match[]={severity=\"critical\"}", 2)]
    [InlineData("match[]={severity=\"low\"}&rule_name[]=cpu", 0)]
    [InlineData("group_limit=1", 2)]
    public async Task Filters_leave_the_rules_that_meet_each_kind_of_them(string filter, int count)
    {
        await using var host = await StartAsync();
        var groups = (await host.GetJsonAsync("api/v1/rules?" + filter)).GetProperty("data").GetProperty("groups");
        Assert.Equal(count, groups.EnumerateArray().Sum(static g => g.GetProperty("rules").GetArrayLength()));
        Assert.Equal(count == 0 ? 0 : 1, groups.GetArrayLength());
    }

    [Fact]
    public async Task Alerts_can_be_left_out_and_then_the_state_stays()
    {
        await using var host = await StartAsync();
        var rule = (await host.GetJsonAsync("api/v1/rules?exclude_alerts=true")).GetProperty("data").GetProperty("groups")[0].GetProperty("rules")[0];
        Assert.Equal(0, rule.GetProperty("alerts").GetArrayLength());
        Assert.Equal("firing", rule.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("type=other", "not supported value")]
    [InlineData("group_next_token=x", "group_limit needs to be present in order to paginate over the groups")]
    [InlineData("group_limit=1&group_next_token=x", "invalid group_next_token: 'x'. were rule groups changed?")]
    [InlineData("group_limit=0", "group_limit must be greater than 0")]
    [InlineData("exclude_alerts=maybe", "exclude_alerts")]
    [InlineData("match[]=up[5m]", "a series selector is wanted")]
    public async Task Wrong_parameters_are_refused_by_name(string parameters, string said)
    {
        await using var host = await StartAsync();
        var (status, body) = await host.GetAsync("api/v1/rules?" + parameters);
        Assert.Equal(400, (int)status);
        Assert.Contains(said, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_judged_the_lists_are_empty()
    {
        await using var host = await WebHost.StartAsync();
        Assert.Equal("""{"status":"success","data":{"groups":[]}}""", (await host.GetAsync("api/v1/rules")).Body);
        Assert.Equal("""{"status":"success","data":{"alerts":[]}}""", (await host.GetAsync("api/v1/alerts")).Body);
    }

    private static Task<WebHost> StartAsync() =>
        WebHost.StartAsync(static s => s with { Alerts = FixedAlerts.Burning, Facts = new FixedFacts(), Selectors = new SelectorParser(static () => QueryOptions.Default) });
}
