using System.Text.Json;
using Toka.Edges.Tests.Cli;

namespace Toka.Edges.Tests.Web.Prometheus;

/// <summary>
/// Debian's Prometheus as a client of Toka's: it reads remotely, and its parser takes what is federated. Its version takes no
/// native histograms by remote read (2.44 is the first that does), and asks for samples, never for chunks.
/// </summary>
public sealed class PrometheusClientTests : IDisposable
{
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("toka-remote-read-");

    public void Dispose() => _work.Delete(recursive: true);

    [Theory]
    [InlineData("up")]
    [InlineData("sum by (code) (increase(http_requests_total[10m]))")]
    [InlineData("count_over_time(request_seconds_bucket{le=~\"0.1|1\"}[30m])")]
    [InlineData("histogram_quantile(0.4, sum by (le) (rate(request_seconds_bucket[5m])))")]
    public async Task A_Prometheus_that_reads_from_Toka_answers_as_Toka_does(string expression)
    {
        PrometheusServer.SkipWhereMissing();
        await using var live = await LiveStore.StartAsync();
        await using var prometheus = await PrometheusServer.StartAsync(_work.FullName, $"remote_read:\n- url: {live.Host.Address}api/v1/read\n  read_recent: true\n");

        // Off the grid of the samples, because Prometheus before 3 takes the left end of a range too.
        const string Time = "1767229193.5";
        using var theirs = JsonDocument.Parse(await prometheus.QueryAsync(expression, Time));
        using var ours = JsonDocument.Parse((await live.Host.GetAsync($"api/v1/query?query={Uri.EscapeDataString(expression)}&time={Time}")).Body);
        var expected = Values(ours.RootElement);
        Assert.NotEmpty(expected);
        var actual = Values(theirs.RootElement);
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, pair => Assert.Equal(pair.Value, actual[pair.Key], 1e-9));
    }

    [Fact]
    public async Task Promtool_reads_what_is_federated()
    {
        PrometheusServer.SkipWhereMissing();
        await using var live = await LiveStore.StartAsync();
        var (_, text) = await live.Host.GetAsync("federate?match[]={__name__=~\".%2B\"}");
        Assert.Contains("native histograms are left out", text, StringComparison.Ordinal);
        Assert.NotEqual(1, await PrometheusServer.CheckMetricsAsync(text));
        Assert.Equal(1, await PrometheusServer.CheckMetricsAsync("a{b=1} x\n"));
    }

    private static SortedDictionary<string, double> Values(JsonElement answer) => new(
        answer.GetProperty("data").GetProperty("result").EnumerateArray().ToDictionary(
            static sample => string.Join(',', sample.GetProperty("metric").EnumerateObject().Select(static l => $"{l.Name}={l.Value}").Order(StringComparer.Ordinal)),
            static sample => double.Parse(sample.GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture)),
        StringComparer.Ordinal);
}
