using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Edges.Tests.Cli;

public sealed class StoredDataTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("toka-stored-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_stopped_servers_data_is_answered_from_whatever_its_age_and_left_as_it_is()
    {
        // A server that was killed: a clean stop leaves no log to be torn.
        await WriteAsync(Open(sealsAtStop: false), 3);
        await File.AppendAllTextAsync(Directory.GetFiles(Metrics, "*.wal").Single(), "torn");
        var before = Snapshot();

        var run = await CliRun.Of(["query", "up", "--data", _data.FullName, "--time", "2026-01-01T00:00:00Z"]);

        Assert.Equal(0, run.Status);
        Assert.Contains("\nup      2026-01-01T00:00:00Z      3\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("00000001.wal: torn record", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Requests);
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public async Task The_data_of_a_running_server_is_refused_with_what_to_do()
    {
        await using var running = Open();

        var run = await CliRun.Of(["query", "up", "--data", _data.FullName]);

        Assert.Equal(2, run.Status);
        Assert.Contains("in use by another process", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_data_is_refused_and_nothing_is_made_in_it()
    {
        var run = await CliRun.Of(["query", "up", "--data", _data.FullName]);

        Assert.Equal(2, run.Status);
        Assert.Contains("does not exist", run.Error, StringComparison.Ordinal);
        Assert.Empty(_data.GetFileSystemInfos());
    }

    private string Metrics => Path.Combine(_data.FullName, "metrics");

    private MetricStore Open(bool sealsAtStop = true) =>
        MetricStore.Open(new MetricStoreOptions { Directory = Metrics, Retention = TimeSpan.MaxValue, SealsAtStop = sealsAtStop }, TimeProvider.System, new SelfMetrics());

    private static async Task WriteAsync(MetricStore store, double value)
    {
        await using (store)
        {
            using var batch = new WriteBatch();
            batch.Add(LabelSet.Of((LabelSet.MetricName, "up")), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), value);
            await store.WriteAsync(batch, TestContext.Current.CancellationToken);
        }
    }

    private (string Name, DateTime Written, string Content)[] Snapshot() =>
        [.. Directory.GetFiles(_data.FullName, "*", SearchOption.AllDirectories).Order().Select(static f => (f, File.GetLastWriteTimeUtc(f), Convert.ToBase64String(File.ReadAllBytes(f))))];
}
