using System.Globalization;
using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Forwarding;

/// <summary>Toka before another store: what it takes is there too, whatever happens to it.</summary>
public sealed class RemoteWriteOutTests
{
    /// <summary>Both watch the same host: what one of them measures would be the other's series.</summary>
    private const string NoHost = "monitoring: { enabled: false }\n";

    [Fact]
    public async Task A_real_VictoriaMetrics_that_toka_sends_to_and_toka_answer_the_same()
    {
        VictoriaMetrics.SkipWhereMissing();
        using var data = new TemporaryDirectory();
        using var peerData = new TemporaryDirectory();
        await using var peer = await VictoriaMetrics.StartAsync(peerData.Path);
        await using var toka = await TokaProcess.StartAsync(data.Path, Configuration(data, $$"""
            remote_write:
              - url: {{peer.Url}}/api/v1/write
                name: victoria
                queue_config: { batch_send_deadline: 200ms }
                write_relabel_configs: [ { source_labels: [__name__], regex: "node_(load1|memory_MemTotal_bytes|cpu_seconds_total)", action: keep } ]
            """));
        await toka.WaitForAsync("ten collections", async () => await toka.NumberAsync("count_over_time(node_load1[10m])") >= 10);
        var time = (await toka.NumberAsync("timestamp(node_load1)") - 2)!.Value.ToString(CultureInfo.InvariantCulture);
        foreach (var expression in new[] { "node_load1[10m]", "node_memory_MemTotal_bytes[10m]", "node_cpu_seconds_total[10m]" })
        {
            var here = await SeriesAsync(toka.Http, expression, time);
            Assert.NotEmpty(here);

            // What the other store has taken it shows a moment later.
            IReadOnlyList<Series> there = [];
            await toka.WaitForAsync($"the samples of {expression} at the other store", async () =>
                (there = await SeriesAsync(peer.Client, expression, time)).Sum(static series => series.Samples.Count) >= here.Sum(static series => series.Samples.Count));
            AssertSame(here, there);
        }

        using var answer = JsonDocument.Parse(await toka.Http.GetStringAsync("/api/toka/v1/forwarding"));
        var remote = Assert.Single(answer.RootElement.GetProperty("remotes").EnumerateArray());
        Assert.Equal("victoria", remote.GetProperty("name").GetString());
        Assert.Equal("sending", remote.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, remote.GetProperty("lastError").ValueKind);
        Assert.Equal("relabelled", Assert.Single(remote.GetProperty("dropped").EnumerateObject()).Name);
        Assert.Equal("Healthy", (await toka.HealthAsync("forwarding")).State);
        Assert.True(await toka.NumberAsync("""toka_forward_sent_total{remote="victoria"}""") > 0);
    }

    [Theory]
    [InlineData("prometheus.WriteRequest")]
    [InlineData("io.prometheus.write.v2.Request")]
    public async Task What_was_acknowledged_before_a_kill_reaches_the_other_toka(string message)
    {
        using var data = new TemporaryDirectory();
        using var peerData = new TemporaryDirectory();
        await using var peer = await TokaProcess.StartAsync(peerData.Path, Configuration(peerData, NoHost));
        string Remote(string deadline) => $$"""
            remote_write:
              - url: {{peer.Url}}/api/v1/write
                name: other
                protobuf_message: {{message}}
                queue_config: { batch_send_deadline: {{deadline}} }
            """;

        // Nothing is sent before the kill: the deadline of a batch is an hour.
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await using (var killed = await TokaProcess.StartAsync(data.Path, Configuration(data, NoHost + Remote("1h"))))
        {
            using var gauge = new OtlpGauge(killed, "queue_length");
            for (var i = 0; i < 50; i++)
            {
                await gauge.MustSendAsync(Enumerable.Range(0, 20).Select(series => new GaugeSample(series, now - 50_000 + (i * 1000), (i * 100) + series)));
            }

            Assert.Null(await peer.NumberAsync("count(queue_length)"));
            await killed.KillAsync();
        }

        await using var toka = await TokaProcess.StartAsync(data.Path, Configuration(data, NoHost + Remote("100ms")));
        await peer.WaitForAsync("all samples", async () => await peer.NumberAsync("sum(count_over_time(queue_length[10m]))") >= 1000);
        var time = (now / 1000.0).ToString(CultureInfo.InvariantCulture);
        AssertSame(await SeriesAsync(toka.Http, "queue_length[10m]", time), await SeriesAsync(peer.Http, "queue_length[10m]", time));

        // A clean stop leaves no queue.
        await toka.WaitForAsync("emptying of the queue", async () => await PendingAsync(toka) == 0);
        Assert.Equal(0, await toka.StopAsync());
        Assert.Empty(Directory.GetFiles(Path.Combine(data.Path, "forward"), "*.fwd"));
    }

    [Fact]
    public async Task A_reload_begins_and_ends_sending()
    {
        using var data = new TemporaryDirectory();
        using var peerData = new TemporaryDirectory();
        await using var peer = await TokaProcess.StartAsync(peerData.Path, Configuration(peerData, NoHost));
        var file = Configuration(data, "");
        await using var toka = await TokaProcess.StartAsync(data.Path, file);
        Assert.Empty(await RemotesAsync(toka));
        Configuration(data, $$"""remote_write: [ { url: "{{peer.Url}}/api/v1/write", queue_config: { batch_send_deadline: 100ms } } ]""");
        (await toka.Http.PostAsync("/-/reload", null)).EnsureSuccessStatusCode();
        await peer.WaitForAsync("a sample of the other host", async () => await peer.NumberAsync("""count(node_load1{job="node"})""") >= 1);
        Assert.Single(await RemotesAsync(toka));
        Configuration(data, "");
        (await toka.Http.PostAsync("/-/reload", null)).EnsureSuccessStatusCode();
        Assert.Empty(await RemotesAsync(toka));
        Assert.Empty(Directory.GetFiles(Path.Combine(data.Path, "forward")));
    }

    private static string Configuration(TemporaryDirectory data, string text)
    {
        var file = Path.Combine(data.Path, "toka.yaml");
        File.WriteAllText(file, text);
        return file;
    }

    private static async Task<double> PendingAsync(TokaProcess toka) => (await RemotesAsync(toka))[0].GetProperty("pending").GetDouble();

    private static async Task<IReadOnlyList<JsonElement>> RemotesAsync(TokaProcess toka)
    {
        using var answer = JsonDocument.Parse(await toka.Http.GetStringAsync("/api/toka/v1/forwarding"));
        return [.. answer.RootElement.Clone().GetProperty("remotes").EnumerateArray()];
    }

    private static async Task<IReadOnlyList<Series>> SeriesAsync(HttpClient client, string expression, string time)
    {
        using var answer = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}&time={time}"));
        return [.. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(static series => new Series(
            string.Join(',', series.GetProperty("metric").EnumerateObject().Select(static label => $"{label.Name}={label.Value.GetString()}").Order(StringComparer.Ordinal)),
            [.. series.GetProperty("values").EnumerateArray().Select(static pair => (pair[0].GetDouble(), double.Parse(pair[1].GetString()!, CultureInfo.InvariantCulture)))]))
            .OrderBy(static series => series.Labels, StringComparer.Ordinal)];
    }

    /// <summary>The other store keeps values as decimals of some fifteen digits.</summary>
    private static void AssertSame(IReadOnlyList<Series> here, IReadOnlyList<Series> there)
    {
        Assert.Equal(here.Select(static series => series.Labels), there.Select(static series => series.Labels));
        foreach (var (mine, theirs) in here.Zip(there))
        {
            Assert.Equal(mine.Samples.Select(static sample => sample.Time), theirs.Samples.Select(static sample => sample.Time));
            Assert.All(mine.Samples.Zip(theirs.Samples), static pair => Assert.Equal(pair.First.Value, pair.Second.Value, Math.Abs(pair.First.Value) * 1e-12));
        }
    }

    private sealed record Series(string Labels, IReadOnlyList<(double Time, double Value)> Samples);
}
