using System.Text.Json;
using Toka.Core.Health;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class StatusApiTests
{
    [Fact]
    public async Task Flags_runtime_configuration_and_replay_are_those_of_the_server()
    {
        await using var live = await LiveStore.StartAsync(static s => s with
        {
            Facts = new FixedFacts(),
            Instance = "box",
            Configuration = static () => "{\"environment\":\"production\"}"u8.ToArray(),
        });
        Assert.Equal("""{"status":"success","data":{"a":"1","query.timeout":"2m"}}""", (await live.Host.GetAsync("api/v1/status/flags")).Body);
        Assert.Equal("""{"status":"success","data":{"min":0,"max":100,"current":40}}""", (await live.Host.GetAsync("api/v1/status/walreplay")).Body);
        Assert.Equal("""{"environment":"production"}""", (await DataAsync(live, "status/config")).GetProperty("yaml").GetString());
        var runtime = await DataAsync(live, "status/runtimeinfo");
        Assert.Equal("/work", runtime.GetProperty("CWD").GetString());
        Assert.Equal("box", runtime.GetProperty("hostname").GetString());
        Assert.Equal("2026-01-01T01:00:00Z", runtime.GetProperty("serverTime").GetString());
        Assert.False(runtime.GetProperty("reloadConfigSuccess").GetBoolean());
        Assert.Equal(3, runtime.GetProperty("corruptionCount").GetInt32());
        Assert.Equal("15d", runtime.GetProperty("storageRetention").GetString());
    }

    [Fact]
    public async Task The_store_is_counted_from_its_index_as_far_as_the_limit_goes()
    {
        await using var live = await LiveStore.StartAsync();
        using var batch = new WriteBatch();
        for (var i = 0; i < 20; i++)
        {
            batch.Add(LabelSet.Of(("__name__", "many"), ("i", $"{i}"), ("job", "api")), LiveStore.NowMs, 1);
        }

        await live.Store.WriteAsync(batch, TestContext.Current.CancellationToken);
        var data = await DataAsync(live, "status/tsdb?limit=2");
        var head = data.GetProperty("headStats");
        Assert.Equal(30, head.GetProperty("numSeries").GetInt64());
        Assert.True(head.GetProperty("chunkCount").GetInt64() >= 29);
        Assert.Equal(LiveStore.NowMs, head.GetProperty("maxTime").GetInt64());
        Assert.Equal("""[{"name":"many","value":20},{"name":"request_seconds_bucket","value":3}]""", data.GetProperty("seriesCountByMetricName").GetRawText());
        Assert.Equal("""[{"name":"i","value":20},{"name":"__name__","value":7}]""", data.GetProperty("labelValueCountByLabelName").GetRawText());
        Assert.Equal("""[{"name":"job=api","value":28},{"name":"__name__=many","value":20}]""", data.GetProperty("seriesCountByLabelValuePair").GetRawText());
        Assert.Equal("__name__", data.GetProperty("memoryInBytesByLabelName")[0].GetProperty("name").GetString());
        Assert.Equal(400, (int)(await live.Host.GetAsync("api/v1/status/tsdb?limit=0")).Status);
    }

    [Fact]
    public async Task Notifications_are_the_parts_that_are_not_well()
    {
        await using var host = await WebHost.StartAsync(static s => s with
        {
            Health = [new Parts(new HealthPart("store", HealthState.Degraded, "The disk is full", 1_767_229_200_000), new HealthPart("web", HealthState.Healthy, "", 1))],
        });
        Assert.Equal(
            """{"status":"success","data":[{"text":"store: The disk is full","date":"2026-01-01T01:00:00Z","active":true}]}""",
            (await host.GetAsync("api/v1/notifications")).Body);
    }

    [Fact]
    public async Task Features_follow_what_the_query_engine_was_told()
    {
        await using var live = await LiveStore.StartAsync(options: QueryOptions.Default with { ExperimentalFunctions = true });
        var data = await DataAsync(live, "features");
        Assert.True(data.GetProperty("promql").GetProperty("experimental_functions").GetBoolean());
        Assert.False(data.GetProperty("promql").GetProperty("binop_fill_modifiers").GetBoolean());
        Assert.False(data.GetProperty("api").GetProperty("remote_write_receiver").GetBoolean());
    }

    [Theory]
    [InlineData("targets", """{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}""")]
    [InlineData("targets/metadata", "[]")]
    [InlineData("scrape_pools", """{"scrapePools":[]}""")]
    [InlineData("alertmanagers", """{"activeAlertmanagers":[],"droppedAlertmanagers":[]}""")]
    public async Task Nothing_is_scraped_and_that_is_what_is_told(string path, string data)
    {
        await using var host = await WebHost.StartAsync();
        Assert.Equal("{\"status\":\"success\",\"data\":" + data + "}", (await host.GetAsync("api/v1/" + path)).Body);
    }

    private static async Task<JsonElement> DataAsync(LiveStore live, string path) => (await live.Host.GetJsonAsync("api/v1/" + path)).GetProperty("data");

    private sealed class Parts(params HealthPart[] parts) : IHealthSource
    {
        IEnumerable<HealthPart> IHealthSource.Parts => parts;
    }
}

/// <summary>Facts as a test knows them.</summary>
internal sealed class FixedFacts : IServerFacts
{
    public string ConfigurationFile => "/etc/toka.yaml";

    public IReadOnlyDictionary<string, string> Flags => new Dictionary<string, string> { ["query.timeout"] = "2m", ["a"] = "1" };

    public RuntimeFacts Runtime => new("/work", false, 1, 100, "15d");

    public StoreFacts Store => new(3, 40);
}
