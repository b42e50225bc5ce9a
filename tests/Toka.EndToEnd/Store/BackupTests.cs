using System.Net;
using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Store;

/// <summary>Backups of a server under load.</summary>
public sealed class BackupTests
{
    private const int Series = 50;
    private const int Batch = 100;

    [Fact]
    public async Task A_backup_under_load_restored_elsewhere_answers_the_same_queries_for_what_was_acknowledged_before()
    {
        using var work = new TemporaryDirectory();
        var config = StoreFixture.Quiet(work);
        var data = StoreFixture.Data(work);
        var backups = StoreFixture.Data(work, "backups");
        string[] paths;
        string[] answers;
        string second;
        await using (var toka = await TokaProcess.StartAsync(data, config))
        {
            using var load = new Load(toka);
            await load.WaitForAsync(toka, 20);
            await toka.SealAsync(); // Blocks and a log: a backup takes both.
            var (exitCode, output, errors) = await TokaProcess.RunAsync("backup", backups, "--url", toka.Url, "--output", "json");
            Assert.True(exitCode == 0, errors);
            Assert.Single(Directory.GetDirectories(backups));

            await load.WaitForAsync(toka, load.Acknowledged + 20);
            var (fromMs, toMs) = (load.FromMs, load.FromMs + ((long)load.Acknowledged * Batch * Load.StepMs) - 1);
            paths = Queries(fromMs, toMs);
            answers = await AnswersAsync(toka, paths);
            (exitCode, output, errors) = await TokaProcess.RunAsync("backup", backups, "--url", toka.Url, "--output", "json");
            Assert.True(exitCode == 0, errors);
            using var report = JsonDocument.Parse(output);
            second = report.RootElement[0].GetProperty("backup").GetString()!;
            Assert.Equal(answers, await AnswersAsync(toka, paths)); // The load writes on, behind that range.
            await load.StopAsync();
        }

        Assert.EndsWith("000002", second, StringComparison.Ordinal);
        Assert.True(Directory.EnumerateFiles(second, "*.tkb", SearchOption.AllDirectories).Any(), "no block in the backup");
        var (checkedBy, _, faults) = await TokaProcess.RunAsync("doctor", "--data", second);
        Assert.True(checkedBy == 0, faults);

        var restored = Path.Combine(work.Path, "restored");
        var (restoredBy, said, why) = await TokaProcess.RunAsync("restore", second, "--data", restored);
        Assert.True(restoredBy == 0, why);
        Assert.Contains($"toka serve --data {restored}", said, StringComparison.Ordinal);
        Directory.Delete(data, recursive: true); // Nothing is needed of the first one.
        await using var elsewhere = await TokaProcess.StartAsync(restored, config);
        Assert.Equal(answers, await AnswersAsync(elsewhere, paths));

        var (again, _, refusal) = await TokaProcess.RunAsync("restore", second, "--data", restored);
        Assert.Equal(2, again);
        Assert.Contains(restored, refusal, StringComparison.Ordinal);
    }

    private static string[] Queries(long fromMs, long toMs)
    {
        var (from, to) = (FormattableString.Invariant($"{fromMs / 1000.0:F3}"), FormattableString.Invariant($"{toMs / 1000.0:F3}"));
        string Instant(string expression) => $"/api/v1/query?time={to}&query={Uri.EscapeDataString(expression)}";
        string Range(string expression) => $"/api/v1/query_range?start={from}&end={to}&step=1&query={Uri.EscapeDataString(expression)}";
        var all = toMs - fromMs + 1;
        return
        [
            Instant($"backup_value[{all}ms]"),
            Instant($"sum(sum_over_time(backup_value[{all}ms]))"),
            Range("backup_value"),
            Range("sum(rate(backup_value[10s]))"),
            Range("topk(3, avg_over_time(backup_value[5s]))"),
            $"/api/v1/series?match[]=backup_value&start={from}&end={to}",
        ];
    }

    private static async Task<string[]> AnswersAsync(TokaProcess toka, string[] paths)
    {
        var answers = new List<string>();
        foreach (var path in paths)
        {
            answers.Add(await toka.Http.GetStringAsync(path));
            Assert.Contains("backup_value\"", answers[0], StringComparison.Ordinal);
        }

        return [.. answers];
    }

    /// <summary>A sender that does not pause, with ascending times.</summary>
    private sealed class Load : IDisposable
    {
        public const int StepMs = 20;
        private readonly CancellationTokenSource _stop = new();
        private readonly OtlpGauge _gauge;
        private readonly Task _sending;
        private int _acknowledged;

        public Load(TokaProcess toka)
        {
            _gauge = new OtlpGauge(toka, "backup_value");
            _sending = Task.Run(SendAsync);
        }

        public long FromMs { get; } = DateTimeOffset.UtcNow.AddMinutes(-50).ToUnixTimeMilliseconds();

        public int Acknowledged => Volatile.Read(ref _acknowledged);

        public Task WaitForAsync(TokaProcess toka, int batches) => toka.WaitForAsync($"{batches} batches", () => Task.FromResult(Acknowledged >= batches || _sending.IsCompleted));

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _sending;
        }

        public void Dispose()
        {
            _stop.Cancel();
            _gauge.Dispose();
            _stop.Dispose();
        }

        private async Task SendAsync()
        {
            var random = new Random(11);
            while (!_stop.IsCancellationRequested)
            {
                var (status, _, body) = await _gauge.SendAsync(StoreFixture.Samples(random, Series, FromMs + ((long)_acknowledged * Batch * StepMs), Batch, StepMs));
                Assert.True(status == HttpStatusCode.OK, body);
                Interlocked.Increment(ref _acknowledged);
            }
        }
    }
}
