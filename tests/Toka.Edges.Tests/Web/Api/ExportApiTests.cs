using System.Net;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Edges.Tests.Cli;
using Toka.TimeSeries;

namespace Toka.Edges.Tests.Web.Api;

public sealed class ExportApiTests : IAsyncDisposable
{
    private readonly MetricStore _store = MetricStore.Open(new MetricStoreOptions { Retention = TimeSpan.MaxValue }, TimeProvider.System, new SelfMetrics());
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("toka-export-");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _work.Delete(recursive: true);
    }

    [Theory]
    [InlineData("openmetrics", "# TYPE up unknown\nup 1 1700000000\nup 0 1700000001\n# EOF\n")]
    [InlineData("csv", "time,__name__,value\r\n2023-11-14T22:13:20.000Z,up,1\r\n2023-11-14T22:13:21.000Z,up,0\r\n")]
    public async Task A_running_server_sends_what_the_command_asks_for_and_how_much_it_was(string format, string expected)
    {
        await using var host = await StartAsync();
        var file = Path.Combine(_work.FullName, "out");

        var run = await CliRun.Of(["export", "--match", "up", "--format", format, "--url", host.Address.ToString(), "--output", file]);

        Assert.Equal("toka: 1 stale markers left out: they say that a series ended, and the format has no word for it\ntoka: 2 samples of 1 series exported\n", run.Error);
        Assert.Equal(0, run.Status);
        Assert.Equal(expected, await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData("", "match[]")]
    [InlineData("match[]=up&format=xml", "format")]
    [InlineData("match[]=up&match[]=down", "match[]")]
    [InlineData("match[]=up&start=10&end=5", "end")]
    public async Task A_wrong_parameter_is_named(string query, string parameter)
    {
        await using var host = await StartAsync();
        var (status, body) = await host.GetAsync("api/toka/v1/export?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(parameter, body, StringComparison.Ordinal);
    }

    private async Task<WebHost> StartAsync()
    {
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of((LabelSet.MetricName, "up")), 1_700_000_000_000, 1);
        batch.AddSameSeries(1_700_000_001_000, 0);
        batch.AddSameSeries(1_700_000_002_000, Core.Samples.StaleMarker.Value);
        await _store.WriteAsync(batch, TestContext.Current.CancellationToken);
        return await WebHost.StartAsync(services => services with { Series = _store });
    }
}
