using System.Globalization;
using System.Text.Json;
using Toka.Edges.Tests.Cli;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Ingest;

/// <summary>A real Prometheus that scrapes and sends what it has to toka by remote write.</summary>
public sealed class RemoteWriteTests
{
    [Fact]
    public async Task A_real_Prometheus_that_sends_to_toka_and_toka_answer_the_same()
    {
        PrometheusServer.SkipWhereMissing();
        using var data = new TemporaryDirectory();
        using var peerData = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        await using var peer = await PrometheusServer.StartAsync(
            peerData.Path,
            $$"""
            global: { scrape_interval: 1s }
            scrape_configs:
            - job_name: peer
              static_configs: [ { targets: [ "{{toka.Url["http://".Length..]}}" ] } ]
            remote_write:
            - url: {{toka.Url}}/api/v1/write
              queue_config: { batch_send_deadline: 1s }
              metadata_config: { send_interval: 1s }
            """);
        await toka.WaitForAsync("ten scrapes by remote write", async () => await toka.NumberAsync("""count_over_time(up{job="peer"}[10m])""") >= 10);
        var series = await toka.NumberAsync("""count({job="peer"})""");
        Assert.True(series > 50, $"{series} series only");

        // At a time for which everything has been sent, whatever is under way; half a second beside the scrapes, because Prometheus 2
        // takes a sample that lies on the left end of a range, and 3 and toka do not.
        var time = (await toka.NumberAsync("""timestamp(up{job="peer"})""") - 3.5)!.Value.ToString(CultureInfo.InvariantCulture);
        foreach (var expression in new[] { """{job="peer"}[10m]""", """max by (__name__) ({job="peer"})""", """rate(toka_store_samples_total{job="peer"}[5s])""" })
        {
            var there = Results(JsonDocument.Parse(await peer.QueryAsync(expression, time)).RootElement);
            Assert.NotEmpty(there);
            var here = JsonDocument.Parse(await toka.Http.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}&time={time}")).RootElement;
            Assert.Equal(there, Results(here));
        }

        // The first metadata goes with the second round.
        await toka.WaitForAsync("metadata", async () =>
            (await toka.Http.GetStringAsync("/api/v1/metadata?metric=toka_store_samples_total")).Contains("Samples stored.", StringComparison.Ordinal));
        Assert.Equal(0, await toka.NumberAsync("""sum(toka_ingest_refused_total{protocol="remote_write"}) or vector(0)"""));
        Assert.Equal(0, await toka.NumberAsync("""sum(toka_ingest_requests_total{protocol="remote_write",outcome!="ok"}) or vector(0)"""));
    }

    /// <summary>The series of an answer, each as text, in order.</summary>
    private static List<string> Results(JsonElement answer) => [.. answer.GetProperty("data").GetProperty("result").EnumerateArray().Select(static series =>
    {
        var labels = series.GetProperty("metric").EnumerateObject().Select(static label => $"{label.Name}={label.Value.GetString()}").Order(StringComparer.Ordinal);
        var values = series.TryGetProperty("values", out var many) ? many.GetRawText() : series.GetProperty("value").GetRawText();
        return string.Join(',', labels) + " " + values;
    }).Order(StringComparer.Ordinal)];
}
