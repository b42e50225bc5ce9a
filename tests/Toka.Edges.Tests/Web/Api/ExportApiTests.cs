using System.Net;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Edges.Tests.Cli;
using Toka.TimeSeries;
using Toka.Web;

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
    [InlineData("", true)]
    [InlineData("&frames=true", false)]
    public async Task What_an_answer_cannot_say_is_in_the_log_unless_it_ends_with_a_report(string frames, bool isLogged)
    {
        var log = new Lines();
        await using var host = await StartAsync(services => services with { Log = log });
        using var batch = new WriteBatch();
        batch.AddHistogram(LabelSet.Of((LabelSet.MetricName, "up"), ("kind", "native")), 1_700_000_000_000, NativeHistogram.Stale);
        await _store.WriteAsync(batch, TestContext.Current.CancellationToken);

        var (status, body) = await host.GetAsync("api/toka/v1/export?match[]=up" + frames);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("up 1 1700000000", body, StringComparison.Ordinal);
        Assert.Equal(isLogged ? ["an export as OpenMetrics left out 1 native histograms and 0 series that the format has no form for"] : (string[])[], log.Written);
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

    private async Task<WebHost> StartAsync(Func<TokaWebServices, TokaWebServices>? change = null)
    {
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of((LabelSet.MetricName, "up")), 1_700_000_000_000, 1);
        batch.AddSameSeries(1_700_000_001_000, 0);
        batch.AddSameSeries(1_700_000_002_000, Core.Samples.StaleMarker.Value);
        await _store.WriteAsync(batch, TestContext.Current.CancellationToken);
        return await WebHost.StartAsync(services => (change?.Invoke(services) ?? services) with { Series = _store });
    }
}
