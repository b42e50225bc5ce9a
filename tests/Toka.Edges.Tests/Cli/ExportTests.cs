using System.Net;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Edges.Tests.Cli;

public sealed class ExportTests : IDisposable
{
    private static readonly long FirstMs = CliRun.Now.AddHours(-3).ToUnixTimeMilliseconds();
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("toka-export-");

    private string Data => Path.Combine(_work.FullName, "data");

    private string File(string name) => Path.Combine(_work.FullName, name);

    public void Dispose() => _work.Delete(recursive: true);

    [Fact]
    public async Task What_is_exported_as_OpenMetrics_promtool_turns_into_blocks_that_import_as_the_same()
    {
        PrometheusServer.SkipWhereMissing();
        await WriteAsync();
        var export = await CliRun.Of(["export", "--match", "{__name__=~\".+\"}", "--data", Data, "--output", File("all.om")]);
        Assert.Equal(0, export.Status);
        Assert.Contains("toka: 900 samples of 3 series exported", export.Error, StringComparison.Ordinal);

        await PrometheusServer.CreateBlocksAsync(File("all.om"), File("blocks"));
        var import = await CliRun.Of(["import", "prometheus", File("blocks"), "--data", File("again")]);
        Assert.Equal(0, import.Status);
        var again = await CliRun.Of(["export", "--match", "{__name__=~\".+\"}", "--data", File("again"), "--output", File("again.om")]);

        Assert.Equal(0, again.Status);
        Assert.Equal(Samples(await System.IO.File.ReadAllLinesAsync(File("all.om"))), Samples(await System.IO.File.ReadAllLinesAsync(File("again.om"))));
    }

    [Fact]
    public async Task A_file_appears_only_when_it_is_whole()
    {
        await WriteAsync();

        var run = await CliRun.Of(["export", "--match", "up", "--format", "csv", "--output", File("up.csv")], static _ => (HttpStatusCode.OK, "time,value\r\n"));

        Assert.Equal(2, run.Status);
        Assert.Contains("ended the export before it was whole", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_work.FullName, "up.csv*"));
    }

    [Theory]
    [InlineData("export")]
    [InlineData("export --match up --format xml --data x")]
    [InlineData("export --match up{ --data x")]
    [InlineData("export --match sum(up) --data x")]
    [InlineData("export --match up --from now --to now-5m --data x")]
    [InlineData("export --match up --data x --url http://127.0.0.1:1")]
    [InlineData("export --match up --data /there/is/no/such/folder")]
    [InlineData("import prometheus /there/is/no/such/folder --data x")]
    public async Task Wrong_usage_ends_with_status_2_and_lines_on_stderr_alone(string line)
    {
        var run = await CliRun.Of(line.Split(' '), static _ => (HttpStatusCode.OK, "{}"));
        Assert.Equal(2, run.Status);
        Assert.Equal("", run.Out);
        Assert.All(run.Error.TrimEnd('\n').Split('\n'), static error => Assert.StartsWith("toka: ", error, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Samples(IEnumerable<string> lines) => lines.Where(static line => !line.StartsWith('#'));

    private async Task WriteAsync()
    {
        var options = new MetricStoreOptions { Directory = Path.Combine(Data, "metrics"), Retention = TimeSpan.MaxValue };
        await using var store = MetricStore.Open(options, TimeProvider.System, new SelfMetrics());
        using var batch = new WriteBatch();
        var random = new Random(5);
        foreach (var labels in new[] { LabelSet.Of((LabelSet.MetricName, "up")), LabelSet.Of((LabelSet.MetricName, "a_total"), ("x", "\"\\\n")), LabelSet.Of((LabelSet.MetricName, "a_total"), ("x", "z")) })
        {
            for (var i = 0; i < 300; i++)
            {
                batch.Add(labels, FirstMs + (i * 1001), i % 50 == 0 ? double.NegativeInfinity : random.NextDouble());
            }
        }

        await store.WriteAsync(batch, TestContext.Current.CancellationToken);
    }
}
