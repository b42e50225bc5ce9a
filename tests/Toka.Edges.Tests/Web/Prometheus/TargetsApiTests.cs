using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Targets;
using Toka.Query;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class TargetsApiTests
{
    private const string Active = """{"discoveredLabels":{"__address__":"10.0.0.1:9100"},"labels":{"instance":"10.0.0.1:9100","job":"node"},"scrapePool":"node","scrapeUrl":"http://10.0.0.1:9100/metrics","globalUrl":"http://10.0.0.1:9100/metrics","lastError":"","lastScrape":"2026-01-01T00:59:58.5Z","lastScrapeDuration":0.25,"health":"up","scrapeInterval":"15s","scrapeTimeout":"10s"}""";
    private const string Down = """{"discoveredLabels":{"__address__":"10.0.0.2:80"},"labels":{"instance":"10.0.0.2:80","job":"web"},"scrapePool":"web","scrapeUrl":"http://10.0.0.2/metrics","globalUrl":"http://10.0.0.2/metrics","lastError":"","lastScrape":"0001-01-01T00:00:00Z","lastScrapeDuration":0,"health":"unknown","scrapeInterval":"1m30s","scrapeTimeout":"500ms"}""";
    private const string Dropped = """{"discoveredLabels":{"__address__":"x:1"},"scrapePool":"web","reason":"relabel_configs drop it"}""";

    [Theory]
    [InlineData("", Active + "," + Down, Dropped, "\"node\":0,\"web\":3")]
    [InlineData("?state=any", Active + "," + Down, Dropped, "\"node\":0,\"web\":3")]
    [InlineData("?state=active", Active + "," + Down, "", "")]
    [InlineData("?state=dropped", "", Dropped, "\"node\":0,\"web\":3")]
    [InlineData("?scrapePool=node", Active, "", "\"node\":0")]
    [InlineData("?scrapePool=none", "", "", "")]
    public async Task Targets_are_told_as_Prometheus_tells_them(string query, string active, string dropped, string counts)
    {
        await using var host = await StartAsync();
        Assert.Equal(
            $$$$"""{"status":"success","data":{"activeTargets":[{{{{active}}}}],"droppedTargets":[{{{{dropped}}}}],"droppedTargetCounts":{{{{{counts}}}}}}}""",
            (await host.GetAsync("api/v1/targets" + query)).Body);
    }

    [Fact]
    public async Task The_address_of_this_host_is_told_by_its_name()
    {
        await using var host = await StartAsync(static target => target with { Url = new Uri("http://127.0.0.1:9100/metrics?x=1") });
        var told = (await host.GetJsonAsync("api/v1/targets")).GetProperty("data").GetProperty("activeTargets")[0];
        Assert.Equal("http://127.0.0.1:9100/metrics?x=1", told.GetProperty("scrapeUrl").GetString());
        Assert.Equal($"http://{Environment.MachineName.ToLowerInvariant()}:9100/metrics?x=1", told.GetProperty("globalUrl").GetString());
    }

    [Theory]
    [InlineData("", "a_total")]
    [InlineData("?match_target={job=\"node\"}", "a_total")]
    [InlineData("?match_target={job=\"web\"}", null)]
    [InlineData("?metric=a_total", "")]
    [InlineData("?metric=b", null)]
    public async Task What_targets_say_of_their_families_is_found_by_target_and_metric(string query, string? metric)
    {
        await using var host = await StartAsync();
        var named = metric is { Length: > 0 } ? $"\"metric\":\"{metric}\"," : "";
        var entry = metric is null ? "" : $$$"""{"target":{"instance":"10.0.0.1:9100","job":"node"},{{{named}}}"type":"counter","help":"All.","unit":"bytes"}""";
        Assert.Equal($$$"""{"status":"success","data":[{{{entry}}}]}""", (await host.GetAsync("api/v1/targets/metadata" + query)).Body);
    }

    [Fact]
    public async Task Jobs_are_listed()
    {
        await using var host = await StartAsync();
        Assert.Equal("""{"status":"success","data":{"scrapePools":["node","web"]}}""", (await host.GetAsync("api/v1/scrape_pools")).Body);
    }

    [Theory]
    [InlineData("targets?state=up", "state")]
    [InlineData("targets/metadata?match_target=up[5m]", "selector")]
    public async Task Wrong_parameters_are_refused_by_name(string path, string said)
    {
        await using var host = await StartAsync();
        var (status, body) = await host.GetAsync("api/v1/" + path);
        Assert.Equal(400, (int)status);
        Assert.Contains(said, body, StringComparison.Ordinal);
    }

    private static Task<WebHost> StartAsync(Func<ScrapeTargetStatus, ScrapeTargetStatus>? change = null) =>
        WebHost.StartAsync(s => s with { Targets = new FixedTargets(change ?? (static target => target)), Selectors = new SelectorParser(static () => QueryOptions.Default) });

    private sealed class FixedTargets(Func<ScrapeTargetStatus, ScrapeTargetStatus> change) : ITargetFeed
    {
        public IReadOnlyList<string> Pools => ["node", "web"];

        public IReadOnlyList<ScrapeTargetStatus> Active =>
        [
            change(new ScrapeTargetStatus
            {
                Pool = "node",
                DiscoveredLabels = LabelSet.Of(("__address__", "10.0.0.1:9100")),
                Labels = LabelSet.Of(("job", "node"), ("instance", "10.0.0.1:9100")),
                Url = new Uri("http://10.0.0.1:9100/metrics"),
                Health = TargetHealth.Up,
                LastScrapeMs = 1_767_229_198_500,
                LastDuration = TimeSpan.FromSeconds(0.25),
                Interval = TimeSpan.FromSeconds(15),
                Timeout = TimeSpan.FromSeconds(10),
                Metadata = [new MetricMetadata("a_total", MetricType.Counter, "All.", "bytes")],
            }),
            new ScrapeTargetStatus
            {
                Pool = "web",
                DiscoveredLabels = LabelSet.Of(("__address__", "10.0.0.2:80")),
                Labels = LabelSet.Of(("job", "web"), ("instance", "10.0.0.2:80")),
                Url = new Uri("http://10.0.0.2:80/metrics"),
                Interval = TimeSpan.FromSeconds(90),
                Timeout = TimeSpan.FromMilliseconds(500),
            },
        ];

        public IReadOnlyList<DroppedTarget> Dropped => [new DroppedTarget("web", LabelSet.Of(("__address__", "x:1")), "relabel_configs drop it")];

        public IReadOnlyDictionary<string, int> DroppedCounts => new Dictionary<string, int> { ["node"] = 0, ["web"] = 3 };
    }
}
