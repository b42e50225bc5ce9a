using System.Net;
using System.Text.Json;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Edges.Tests.Cli;

public sealed class CareTests : IDisposable
{
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("toka-care-");

    private string Data => Path.Combine(_work.FullName, "data");

    private string Metrics => Path.Combine(Data, "metrics");

    private string Backup => Path.Combine(_work.FullName, "000001");

    public void Dispose() => _work.Delete(recursive: true);

    [Fact]
    public async Task The_doctor_names_a_flipped_byte_changes_nothing_and_repairs_when_told_to()
    {
        await WriteAsync();
        var well = await CliRun.Of(["doctor", "--data", Data]);
        Assert.Equal(0, well.Status);
        Assert.Contains("toka: 1 block and ", well.Error, StringComparison.Ordinal);
        Assert.EndsWith(": every checksum is right; there is no state of alerts\n", well.Error, StringComparison.Ordinal);
        var file = Assert.Single(Directory.GetFiles(Path.Combine(Metrics, "blocks")));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        var sick = await CliRun.Of(["doctor", "--data", Data, "--output", "csv"]);
        Assert.Equal(1, sick.Status);
        Assert.Contains(file + ",", sick.Out, StringComparison.Ordinal);
        Assert.Contains(": 1 damaged place; --repair sets aside", sick.Error, StringComparison.Ordinal);
        using (var json = JsonDocument.Parse((await CliRun.Of(["doctor", "--data", Data, "-o", "json"])).Out))
        {
            Assert.InRange(json.RootElement[0].GetProperty("offset").GetInt64(), 0, 40);
        }

        Assert.Equal(bytes, await File.ReadAllBytesAsync(file));

        var repaired = await CliRun.Of(["doctor", "--data", Data, "--repair"]);
        Assert.Equal(0, repaired.Status);
        Assert.Contains("damaged", repaired.Out, StringComparison.Ordinal);
        Assert.Contains(": 1 damaged place; 1 of 1 repaired", repaired.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.Of(["doctor", "--data", Data])).Status);
    }

    [Fact]
    public async Task A_repair_that_leaves_a_file_as_it_is_ends_with_status_1_and_says_how_many_were_repaired()
    {
        await WriteAsync();
        var file = Assert.Single(Directory.GetFiles(Path.Combine(Metrics, "blocks")));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        File.CreateSymbolicLink(Path.Combine(Metrics, "blocks", "00000009.tkb"), Path.Combine(_work.FullName, "there is no such file"));

        var repaired = await CliRun.Of(["doctor", "--data", Data, "--repair"]);

        Assert.Equal(1, repaired.Status);
        Assert.Contains(": 2 damaged places; 1 of 2 repaired", repaired.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_is_told_with_numbers_in_json()
    {
        var run = await CliRun.Of(["backup", Backup, "-o", "json"], static _ => (HttpStatusCode.OK, """{"directory":"/b/000001","blocks":3,"linkedBytes":10,"copiedBytes":5000000000,"notes":[]}"""));
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal((3, 5_000_000_000), (json.RootElement[0].GetProperty("blocks").GetInt32(), json.RootElement[0].GetProperty("copied bytes").GetInt64()));
        Assert.Equal("/b/000001", json.RootElement[0].GetProperty("backup").GetString());
    }

    [Fact]
    public async Task The_doctor_examines_the_state_of_alerts_too()
    {
        await WriteAsync();
        var state = Path.Combine(Data, "state", "toka.db");
        Directory.CreateDirectory(Path.GetDirectoryName(state)!);
        await File.WriteAllBytesAsync(state, [.. Enumerable.Range(0, 8192).Select(static i => (byte)(i * 31))]);

        var sick = await CliRun.Of(["doctor", "--data", Data, "--output", "csv"]);
        Assert.Equal(1, sick.Status);
        Assert.Contains(state + ",", sick.Out, StringComparison.Ordinal);

        var repaired = await CliRun.Of(["doctor", "--data", Data, "--repair"]);
        Assert.Equal(0, repaired.Status);
        Assert.True(File.Exists(Path.Combine(Data, "state", "damaged", "toka.db")));
        Assert.DoesNotContain("SQLite", sick.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.Of(["doctor", "--data", Data])).Status);
    }

    [Fact]
    public async Task A_backup_is_restored_into_a_new_folder_only()
    {
        await WriteAsync(backup: true);
        var restored = Path.Combine(_work.FullName, "restored");

        var run = await CliRun.Of(["restore", Backup, "--data", restored]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.Status);
        var answer = await CliRun.Of(["query", "up", "--data", restored, "--time", "2026-01-31T11:00:00Z"]);
        Assert.Contains("299", answer.Out, StringComparison.Ordinal);

        var again = await CliRun.Of(["restore", Backup, "--data", restored]);
        Assert.Equal(2, again.Status);
        Assert.Contains("is not empty", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doctor --data /there/is/no/such/folder")]
    [InlineData("restore /there/is/no/such/backup --data /tmp/toka-never")]
    [InlineData("restore x")]
    [InlineData("backup")]
    [InlineData("delete series")]
    [InlineData("delete series --match up{")]
    [InlineData("delete series --match up --from 5 --to 4")]
    public async Task Wrong_usage_ends_with_status_2_and_lines_on_stderr_alone(string line)
    {
        var run = await CliRun.Of(line.Split(' '), static _ => (HttpStatusCode.OK, "{}"));
        Assert.Equal(2, run.Status);
        Assert.Equal("", run.Out);
        Assert.All(run.Error.TrimEnd('\n').Split('\n'), static error => Assert.StartsWith("toka: ", error, StringComparison.Ordinal));
    }

    private async Task WriteAsync(bool backup = false)
    {
        var options = new MetricStoreOptions { Directory = Metrics, Retention = TimeSpan.MaxValue };
        await using var store = MetricStore.Open(options, TimeProvider.System, new SelfMetrics());
        using var batch = new WriteBatch();
        for (var i = 0; i < 300; i++)
        {
            batch.Add(LabelSet.Of((LabelSet.MetricName, "up")), CliRun.Now.AddHours(-1).ToUnixTimeMilliseconds() - ((299 - i) * 1000), i);
        }

        await store.WriteAsync(batch, TestContext.Current.CancellationToken);
        if (backup)
        {
            await store.BackupAsync(Backup, null, [], TestContext.Current.CancellationToken);
        }
    }
}
