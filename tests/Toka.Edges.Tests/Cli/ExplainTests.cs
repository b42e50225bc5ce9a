using System.Net;
using System.Text.Json;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Edges.Tests.Cli;

/// <summary><c>toka query --explain</c></summary>
public sealed class ExplainTests : IDisposable
{
    private const string Statistics = """
        {"series":10,"samples":1000,"peakPoints":2000,"elapsedSeconds":0.0124,"profile":{"preparingSeconds":0.0001,"selectingSeconds":0.0013,"evaluatingSeconds":0.01,"finishingSeconds":0.001,
        "fetches":[{"selector":"v","fromMs":1769860740001,"toMs":1769860800000,"series":10,"samples":1000,"blocks":2,"resolutionMs":60000,"elapsedSeconds":0.0013}],
        "nodes":[{"depth":0,"kind":"sum","expression":"sum(rate(v[1m]))","series":1,"steps":1,"samples":0,"elapsedSeconds":0.01,"note":""},
        {"depth":1,"kind":"rate","expression":"rate(v[1m])","series":10,"steps":1,"samples":0,"elapsedSeconds":0.009,"note":"shared"},
        {"depth":2,"kind":"range selector","expression":"v[1m]","series":10,"steps":1,"samples":1000,"elapsedSeconds":0.005,"note":""}]}}
        """;

    private const string Answer = """{"status":"success","data":{"resultType":"vector","result":[],"stats":{"toka":""" + Statistics + "}}}";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("toka-explain-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_server_is_asked_for_all_statistics_and_they_are_printed_as_a_tree()
    {
        var run = await CliRun.Of(["query", "sum(rate(v[1m]))", "--explain"], static _ => (HttpStatusCode.OK, Answer));

        Assert.Equal("POST /api/v1/query query=sum(rate(v[1m]))&time=1769860800&stats=all", Assert.Single(run.Requests));
        Assert.Equal(
            """
            12.4 ms: preparing 0.1 ms, selecting 1.3 ms, evaluating 10 ms, finishing 1 ms; 10 series, 1000 samples, at most 2000 points held

            selected  from                      to                    series  samples  blocks  resolution    time
            v         2026-01-31T11:59:00.001Z  2026-01-31T12:00:00Z      10     1000       2  60 s        1.3 ms

            part                series  steps  samples   time  share  note    expression
            sum                      1      1        0  10 ms  100 %          sum(rate(v[1m]))
              rate                  10      1        0   9 ms   90 %  shared  rate(v[1m])
                range selector      10      1     1000   5 ms   50 %          v[1m]

            """, run.Out);
    }

    [Fact]
    public async Task In_json_it_is_what_the_server_told()
    {
        var run = await CliRun.Of(["query", "sum(rate(v[1m]))", "--explain", "--output", "json"], static _ => (HttpStatusCode.OK, Answer));

        using var expected = JsonDocument.Parse(Statistics);
        using var printed = JsonDocument.Parse(run.Out);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, printed.RootElement));
    }

    [Fact]
    public async Task A_server_that_tells_nothing_is_said_so()
    {
        var run = await CliRun.Of(["query", "up", "--explain"], static _ => (HttpStatusCode.OK, """{"status":"success","data":{"resultType":"vector","result":[]}}"""));

        Assert.Equal(2, run.Status);
        Assert.Contains("does not tell what a query cost", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_servers_data_tells_its_blocks()
    {
        await using (var store = MetricStore.Open(new MetricStoreOptions { Directory = Path.Combine(_data.FullName, "metrics"), Retention = TimeSpan.MaxValue }, TimeProvider.System, new SelfMetrics()))
        {
            using var batch = new WriteBatch();
            for (var i = 0; i < 10; i++)
            {
                batch.Add(LabelSet.Of(("__name__", "v"), ("l", i.ToString())), DateTimeOffset.UnixEpoch.AddDays(20_000).ToUnixTimeMilliseconds(), i);
            }

            await store.WriteAsync(batch, CancellationToken.None);
        }

        var run = await CliRun.Of(["query", "sum(v)", "--explain", "--data", _data.FullName, "--time", "1728000000", "-o", "json"]);

        using var printed = JsonDocument.Parse(run.Out);
        var fetch = Assert.Single(printed.RootElement.GetProperty("profile").GetProperty("fetches").EnumerateArray());
        Assert.Equal((10, 10, 1), (fetch.GetProperty("series").GetInt32(), fetch.GetProperty("samples").GetInt32(), fetch.GetProperty("blocks").GetInt32()));
    }
}
