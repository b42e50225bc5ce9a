using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Alerts;
using Toka.Core.Health;
using Toka.Core.Hosts;
using Toka.Core.Labels;
using Toka.Query.Results;

namespace Toka.Edges.Tests.Web.Api;

public sealed class TokaApiTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_100_000));

    [Fact]
    public async Task The_overview_says_in_one_sentence_that_all_is_well()
    {
        await using var host = await StartAsync(new FakeAlerts());
        var json = await host.GetJsonAsync("api/toka/v1/overview");
        Assert.Equal("All well. 2 cores at 14 %, memory 31 %, nothing firing.", json.GetProperty("health").GetProperty("sentence").GetString());
        Assert.Equal("Healthy", json.GetProperty("health").GetProperty("state").GetString());
        Assert.Equal(1_700_000_100_000, json.GetProperty("nowMs").GetInt64());
        Assert.Equal("1.2.3", json.GetProperty("version").GetString());
        Assert.Equal("development", json.GetProperty("environment").GetString());
        Assert.Equal(
            """{"name":"box","kernel":"Linux 6.1","os":"Debian 12","cores":2,"memoryBytes":1000,"bootTimeMs":1600000000000,"collectionIntervalMs":1000}""",
            json.GetProperty("host").GetRawText());
        var self = json.GetProperty("self");
        Assert.Equal(42, self.GetProperty("series").GetDouble());
        Assert.Equal(3, self.GetProperty("droppedTotal").GetDouble());
        Assert.True(self.GetProperty("memoryBytes").GetInt64() > 1_000_000);
        Assert.Equal(JsonValueKind.Null, self.GetProperty("samplesPerSecond").ValueKind);
    }

    [Fact]
    public async Task The_overview_is_made_once_a_second_for_everyone()
    {
        await using var host = await StartAsync(new FakeAlerts());
        var first = (await host.GetAsync("api/toka/v1/overview")).Body;
        var queries = host.Engine.Instants.Count;
        Assert.Equal(first, (await host.GetAsync("api/toka/v1/overview")).Body);
        Assert.Equal(queries, host.Engine.Instants.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(first, (await host.GetAsync("api/toka/v1/overview")).Body);
        Assert.Equal(2 * queries, host.Engine.Instants.Count);
    }

    [Fact]
    public async Task The_worst_part_decides_the_state_and_the_sentence()
    {
        await using var host = await StartAsync(new FakeAlerts(), new HealthPart("store", HealthState.Degraded, "The disk is full", 5));
        var health = (await host.GetJsonAsync("api/toka/v1/overview")).GetProperty("health");
        Assert.Equal("Degraded", health.GetProperty("state").GetString());
        Assert.StartsWith("Store is degraded: The disk is full. 2 cores", health.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Equal("""[{"name":"store","state":"Degraded","reason":"The disk is full","sinceMs":5}]""", health.GetProperty("parts").GetRawText());
    }

    [Fact]
    public async Task A_critical_alert_makes_the_whole_unhealthy()
    {
        await using var host = await StartAsync(new FakeAlerts(Burning));
        var json = await host.GetJsonAsync("api/toka/v1/overview");
        Assert.Equal("Unhealthy", json.GetProperty("health").GetProperty("state").GetString());
        Assert.Equal("CPU of box at 97 %. 2 cores at 14 %, memory 31 %, 1 alert firing.", json.GetProperty("health").GetProperty("sentence").GetString());
        Assert.Equal("cpu", json.GetProperty("alerts")[0].GetProperty("rule").GetString());
    }

    [Fact]
    public async Task Failing_queries_cost_the_figures_and_not_the_overview()
    {
        await using var host = await StartAsync(new FakeAlerts());
        host.Engine.Instant = static (_, _) => throw new QueryException(QueryErrorType.Execution, "no store");
        var json = await host.GetJsonAsync("api/toka/v1/overview");
        Assert.Equal("Degraded", json.GetProperty("health").GetProperty("state").GetString());
        Assert.Contains("no store", json.GetProperty("health").GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.True(json.GetProperty("host").GetProperty("cores").GetInt32() > 0);
    }

    [Fact]
    public async Task An_instance_is_asked_for_by_its_quoted_name()
    {
        await using var host = await WebHost.StartAsync(s => s with { Instance = "a\"b", CollectionInterval = () => TimeSpan.FromSeconds(10) });
        await host.GetAsync("api/toka/v1/overview");
        Assert.All(host.Engine.Instants, static i => Assert.Contains("job=\"node\",instance=\"a\\\"b\"", i.Expression, StringComparison.Ordinal));
        Assert.Contains(host.Engine.Instants, static i => i.Expression.EndsWith("[50000ms]))", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_alert_is_acknowledged_by_name()
    {
        var alerts = new FakeAlerts(Burning);
        await using var host = await StartAsync(alerts);
        using var content = new StringContent("""{"by":"Ada Lovelace"}""", Encoding.UTF8, "application/json");
        using var response = await host.Client.PostAsync("api/toka/v1/alerts/a1/ack", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            """{"id":"a1","rule":"cpu","severity":"Critical","state":"Acknowledged","labels":{"alertname":"cpu"},"summary":"CPU of box at 97 %","expression":"cpu","value":97,"threshold":null,"sinceMs":1,"activeAtMs":2,"resolvedAtMs":null,"acknowledgedBy":"Ada Lovelace","acknowledgedAtMs":9}""",
            await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("a1", "", 400)]
    [InlineData("a1", "{}", 400)]
    [InlineData("a1", "{\"by\":\" \"}", 400)]
    [InlineData("a1", "{\"by\":5}", 400)]
    [InlineData("a1", "{\"by\":\"a\\nb\"}", 400)]
    [InlineData("a1", "[\"by\"]", 400)]
    [InlineData("a1", "{\"by\":\"\\ud800\"}", 400)]
    [InlineData("nope", "{\"by\":\"x\"}", 404)]
    public async Task A_wrong_acknowledgement_is_refused(string id, string body, int status)
    {
        await using var host = await StartAsync(new FakeAlerts(Burning));
        using var content = new StringContent(body);
        using var response = await host.Client.PostAsync($"api/toka/v1/alerts/{id}/ack", content);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task An_acknowledgement_that_is_too_long_is_refused()
    {
        await using var host = await StartAsync(new FakeAlerts(Burning));
        using var content = new StringContent("{\"by\":\"x\"}" + new string(' ', 5000));
        using var response = await host.Client.PostAsync("api/toka/v1/alerts/a1/ack", content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Alerts_history_rules_processes_and_configuration_are_listed()
    {
        var alerts = new FakeAlerts(Burning);
        await using var host = await StartAsync(alerts);
        Assert.Equal(7, (await host.GetJsonAsync("api/toka/v1/alerts")).GetProperty("version").GetInt64());
        Assert.Equal(1, (await host.GetJsonAsync("api/toka/v1/alerts/history?id=a1&from=12.5&limit=20")).GetProperty("alerts").GetArrayLength());
        Assert.Equal(("a1", 12_500, 20), alerts.HistoryRequest);
        Assert.Equal(
            """{"rules":[{"name":"cpu","severity":"Critical","expression":"cpu","forMs":30000,"matched":2,"lastEvaluationMs":5,"lastError":null}]}""",
            (await host.GetAsync("api/toka/v1/rules")).Body);
        Assert.Equal(
            """{"atMs":1,"total":100,"groups":[{"name":"sh","pids":[1,22],"cpuRatio":0.5,"residentBytes":4096,"threads":3}]}""",
            (await host.GetAsync("api/toka/v1/processes")).Body);
        Assert.Equal("""{"monitoring":true}""", (await host.GetAsync("api/toka/v1/config")).Body);
    }

    private static Alert Burning => new()
    {
        Id = "a1", Rule = "cpu", Severity = Severity.Critical, State = AlertState.Active, Labels = LabelSet.Of(("alertname", "cpu")),
        Summary = "CPU of box at 97 %", Expression = "cpu", Value = 97, Threshold = double.NaN, SinceMs = 1, ActiveAtMs = 2,
    };

    private async Task<WebHost> StartAsync(FakeAlerts alerts, params HealthPart[] parts)
    {
        var host = await WebHost.StartAsync(s => s with
        {
            Time = _time,
            Alerts = alerts,
            Processes = new FakeProcesses(),
            Health = [new FakeHealth(parts)],
            Configuration = static () => """{"monitoring":true}"""u8.ToArray(),
        });
        host.Services.Self.Gauge("toka_store_series", "Series.", static () => 42);
        host.Services.Self.Dropped("metrics", "a").Add(1);
        host.Services.Self.Dropped("metrics", "b").Add(2);
        host.Engine.Instant = static (expression, time) => new VectorValue(expression[0] switch
        {
            '{' =>
            [
                new(LabelSet.Of(("__name__", "node_uname_info"), ("nodename", "box"), ("sysname", "Linux"), ("release", "6.1")), time, 1),
                new(LabelSet.Of(("__name__", "node_os_info"), ("pretty_name", "Debian 12")), time, 1),
                new(LabelSet.Of(("__name__", "node_boot_time_seconds")), time, 1_600_000_000),
                new(LabelSet.Of(("__name__", "node_memory_MemTotal_bytes")), time, 1000),
                new(LabelSet.Of(("__name__", "node_memory_MemAvailable_bytes")), time, 690),
            ],
            '1' => [new(LabelSet.Empty, time, 0.138)],
            _ => [new(LabelSet.Empty, time, 2)],
        });
        return host;
    }

    private sealed class FakeHealth(HealthPart[] parts) : IHealthSource
    {
        public IEnumerable<HealthPart> Parts => parts;
    }

    private sealed class FakeProcesses : IProcessFeed
    {
        public ProcessSnapshot Current => new(1, 100, [new ProcessGroup("sh", [1, 22], 0.5, 4096, 3)]);
    }

    private sealed class FakeAlerts(params Alert[] alerts) : IAlertFeed
    {
        public (string? Id, long FromMs, int Limit) HistoryRequest { get; private set; }

        public IReadOnlyList<Alert> Current => alerts;

        public TimeSpan Interval => TimeSpan.FromSeconds(15);

        public IReadOnlyList<AlertRuleStatus> Rules => [new AlertRuleStatus("cpu", Severity.Critical, "cpu", 30_000, 2, 5, null)];

        public long Version => 7;

        public ValueTask<Alert?> AcknowledgeAsync(string id, string by, CancellationToken cancellationToken)
        {
            var alert = alerts.FirstOrDefault(a => a.Id == id);
            return new(alert is null ? null : alert with { State = AlertState.Acknowledged, AcknowledgedBy = by, AcknowledgedAtMs = 9 });
        }

        public ValueTask<IReadOnlyList<Alert>> HistoryAsync(string? id, long fromMs, int limit, CancellationToken cancellationToken)
        {
            HistoryRequest = (id, fromMs, limit);
            return new(alerts);
        }
    }
}
