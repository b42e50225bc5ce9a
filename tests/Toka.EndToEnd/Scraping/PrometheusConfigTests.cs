using System.Globalization;
using System.Text.Json;
using Toka.Edges.Tests.Cli;
using Toka.EndToEnd.Forwarding;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Scraping;

/// <summary>Real exporters, a real Prometheus and a real VictoriaMetrics around toka.</summary>
public sealed class PrometheusConfigTests
{
    [Fact]
    public async Task A_real_node_exporter_is_scraped_as_prometheus_yml_says()
    {
        NodeExporter.SkipWhereMissing();
        using var data = new TemporaryDirectory();
        using var files = new TemporaryDirectory();
        await using var exporter = NodeExporter.Start();
        var file = files.File("prometheus.yml", $$"""
            global: { scrape_interval: 1s, evaluation_interval: 15s }
            rule_files: [ rules/*.yml ]
            scrape_configs:
              - job_name: exporter
                file_sd_configs: [ { files: [ targets.json ] } ]
                relabel_configs:
                  - { source_labels: [ rack ], target_label: place, replacement: "rack-$1" }
                  - { regex: rack, action: labeldrop }
                metric_relabel_configs:
                  - { source_labels: [ __name__ ], regex: "go_.*", action: drop }
              - job_name: clusters
                kubernetes_sd_configs: [ { role: node } ]
            """);
        files.File("targets.json", $$"""[ { "targets": [ "{{exporter.Address}}" ], "labels": { "rack": "7" } } ]""");
        await using var toka = await TokaProcess.StartAsync(data.Path, null, "--prometheus-config", file);
        await toka.WaitForAsync("five scrapes", async () => await toka.NumberAsync("""count_over_time((up{job="exporter"} == 1)[1m:1s])""") >= 5);

        Assert.Equal(1, await toka.NumberAsync($$"""count(node_memory_MemTotal_bytes{job="exporter",instance="{{exporter.Address}}",place="rack-7",rack=""})"""));
        Assert.Null(await toka.NumberAsync("""count({__name__=~"go_.*",job="exporter"})"""));
        Assert.True(await toka.NumberAsync("""scrape_samples_scraped{job="exporter"} - scrape_samples_post_metric_relabeling""") > 0);
        Assert.Equal(
            await toka.NumberAsync("""scrape_samples_post_metric_relabeling{job="exporter"}"""),
            await toka.NumberAsync("""count({job="exporter",__name__!~"up|scrape_.*"})"""));

        using var targets = JsonDocument.Parse(await toka.Http.GetStringAsync("/api/v1/targets?state=active"));
        var target = Assert.Single(targets.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray());
        Assert.Equal(("up", ""), (target.GetProperty("health").GetString(), target.GetProperty("lastError").GetString()));
        Assert.Contains("scrape_configs[1].kubernetes_sd_configs: is read but not in force", toka.Log, StringComparison.Ordinal);
        Assert.Contains("global.evaluation_interval: is read but not in force", toka.Log, StringComparison.Ordinal);

        // A target that goes away ends its series at once, and is no longer listed.
        files.File("targets.json", "[]");
        await toka.WaitForAsync("the target to go", async () => await toka.NumberAsync("""count({job="exporter"})""") is null);
    }

    [Fact]
    public async Task Prometheus_toka_behind_it_and_VictoriaMetrics_behind_toka_answer_the_same()
    {
        NodeExporter.SkipWhereMissing();
        PrometheusServer.SkipWhereMissing();
        VictoriaMetrics.SkipWhereMissing();
        using var data = new TemporaryDirectory();
        using var files = new TemporaryDirectory();
        using var promData = new TemporaryDirectory();
        using var victoriaData = new TemporaryDirectory();
        await using var exporter = NodeExporter.Start();
        await using var victoria = await VictoriaMetrics.StartAsync(victoriaData.Path);
        var config = files.File("toka.yaml", $$"""
            remote_write:
              - url: {{victoria.Url}}/api/v1/write
                name: victoria
                queue_config: { batch_send_deadline: 200ms }
            """);
        await using var toka = await TokaProcess.StartAsync(data.Path, config);
        await using var prometheus = await PrometheusServer.StartAsync(promData.Path, $$"""
            global: { scrape_interval: 1s }
            scrape_configs:
            - job_name: chain
              static_configs: [ { targets: [ "{{exporter.Address}}" ] } ]
            remote_write:
            - url: {{toka.Url}}/api/v1/write
              queue_config: { batch_send_deadline: 500ms }
            """);
        await toka.WaitForAsync("ten scrapes by remote write", async () => await toka.NumberAsync("""count_over_time(up{job="chain"}[10m])""") >= 10);
        var time = (await toka.NumberAsync("""timestamp(up{job="chain"})""") - 3.5)!.Value.ToString(CultureInfo.InvariantCulture);
        foreach (var expression in new[] { """count({job="chain"})""", """sum by (mode) (node_cpu_seconds_total{job="chain"})""", """max(max_over_time(node_load1{job="chain"}[5s]))""", """{job="chain",__name__=~"node_memory_.*"}""" })
        {
            var first = await ResultsAsync(prometheus.Client, expression, time);
            Assert.NotEmpty(first);
            Assert.Equal(first, await ResultsAsync(toka.Http, expression, time));
            IReadOnlyList<string> last = [];
            await toka.WaitForAsync($"{expression} at the last of three", async () => first.SequenceEqual(last = await ResultsAsync(victoria.Client, expression, time)));
        }

        Assert.Equal(0, await toka.NumberAsync("""sum(toka_ingest_refused_total{protocol="remote_write"}) or vector(0)"""));
    }

    /// <summary>Labels and values of an answer, in order; the two servers write times and numbers each in their way.</summary>
    private static async Task<IReadOnlyList<string>> ResultsAsync(HttpClient client, string expression, string time)
    {
        using var answer = JsonDocument.Parse(await client.GetStringAsync(new Uri($"api/v1/query?query={Uri.EscapeDataString(expression)}&time={time}", UriKind.Relative)));
        return [.. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(static series =>
        {
            var labels = series.GetProperty("metric").EnumerateObject().Select(static label => $"{label.Name}={label.Value.GetString()}").Order(StringComparer.Ordinal);
            var value = double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture, $"{string.Join(',', labels)} {value:G12}");
        }).Order(StringComparer.Ordinal)];
    }
}
