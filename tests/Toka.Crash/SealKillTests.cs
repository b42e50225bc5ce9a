using System.Net;
using Toka.Tests.Shared;

namespace Toka.Crash;

/// <summary><c>kill -9</c> while samples move from the log to blocks and blocks are written anew, each time at another step of it.</summary>
public sealed class SealKillTests(ITestOutputHelper output)
{
    private const int Senders = 4;
    private static readonly int Cycles = TokaProcess.Long ? 20 : 1;

    /// <summary>The step at which the kill comes.</summary>
    private enum Step
    {
        /// <summary>A block is being written.</summary>
        BlockBegun,

        /// <summary>A block has its name; the log still has the same samples.</summary>
        BlockFinished,

        /// <summary>The checkpoint says what blocks have; the log is still there.</summary>
        CheckpointWritten,

        /// <summary>A segment of the log has been deleted.</summary>
        SegmentDeleted,

        /// <summary>A block was written anew, such as by merging, and the old one has been deleted.</summary>
        BlockReplaced,

        /// <summary>A block is being written by a clean stop, which then is none.</summary>
        Stopping,
    }

    [Fact]
    public async Task Kill_at_each_step_of_sealing_and_rewriting_loses_no_acknowledged_sample()
    {
        using var data = new TemporaryDirectory();
        var random = new Random();

        // Each sender writes to another aligned span of two hours, so that a seal writes several blocks.
        var now = DateTimeOffset.UtcNow;
        var load = new Load([.. Enumerable.Range(0, Senders).Select(sender => now.AddHours(-9 + (2 * sender)).ToUnixTimeMilliseconds())], 5, "10h");
        for (var round = 0; round < Cycles * Enum.GetValues<Step>().Length; round++)
        {
            var step = (Step)(round % Enum.GetValues<Step>().Length);
            await using var toka = await TokaProcess.StartAsync(data.Path);
            await load.VerifyAsync(toka);

            using var stop = new CancellationTokenSource();
            var before = load.AcknowledgedCount;
            var target = before + random.Next(20, 400);
            var senders = load.SendAsync(toka, stop.Token);
            await toka.WaitForAsync("acknowledged samples", () => Task.FromResult(load.AcknowledgedCount >= target));
            using (var killer = new Killer(toka, Path.Combine(data.Path, "metrics"), step))
            {
                var sealing = step == Step.Stopping ? Task.CompletedTask : SealAsync(toka, stop.Token);
                if (step == Step.Stopping)
                {
                    toka.Signal(15);
                }

                await killer.Killed.WaitAsync(TimeSpan.FromSeconds(60));
                await toka.KillAsync();
                await stop.CancelAsync();
                await sealing;
                await senders;
            }

            var unfinished = Directory.GetFiles(Path.Combine(data.Path, "metrics", "blocks"), "*.tmp").Length;
            output.WriteLine($"{step}: {load.AcknowledgedCount - before} samples acknowledged before the kill; {unfinished} unfinished blocks, {Directory.GetFiles(Path.Combine(data.Path, "metrics"), "*.wal").Length} segments left");
        }

        await using (var last = await TokaProcess.StartAsync(data.Path))
        {
            await load.VerifyAsync(last);
            Assert.Equal(0, await last.StopAsync());
        }

        var (exitCode, found, errors) = await TokaProcess.RunAsync("doctor", "--data", data.Path);
        Assert.True(exitCode == 0, found + errors);
        Assert.Empty(Directory.GetFiles(Path.Combine(data.Path, "metrics", "blocks"), "*.tmp"));
    }

    /// <summary>Has the server seal again and again, and write blocks anew without a series that is deleted.</summary>
    private static async Task SealAsync(TokaProcess toka, CancellationToken stop)
    {
        using var gone = new OtlpGauge(toka, "crash_gone");
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await gone.SendAsync([new GaugeSample(0, DateTimeOffset.UtcNow.AddHours(-9).ToUnixTimeMilliseconds(), 1)], stop);
                using var form = new FormUrlEncodedContent([new("match[]", "crash_gone")]);
                using var response = await toka.Http.PostAsync("/api/toka/v1/delete_series", form, stop);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The kill.
        }
    }

    /// <summary>Watches the store's files, and kills the server the moment that a step is seen.</summary>
    private sealed class Killer : IDisposable
    {
        private readonly FileSystemWatcher _watcher;
        private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TokaProcess _toka;

        public Killer(TokaProcess toka, string metrics, Step step)
        {
            _toka = toka;
            _watcher = new FileSystemWatcher(metrics) { IncludeSubdirectories = true };
            switch (step)
            {
                case Step.BlockFinished:
                    _watcher.Renamed += (_, e) => KillIf(e.Name!.EndsWith(".tkb", StringComparison.Ordinal));
                    break;
                case Step.CheckpointWritten:
                    _watcher.Renamed += (_, e) => KillIf(e.Name == "checkpoint");
                    break;
                case Step.SegmentDeleted:
                    _watcher.Deleted += (_, e) => KillIf(e.Name!.EndsWith(".wal", StringComparison.Ordinal));
                    break;
                case Step.BlockReplaced:
                    _watcher.Deleted += (_, e) => KillIf(e.Name!.EndsWith(".tkb", StringComparison.Ordinal));
                    break;
                default:
                    _watcher.Created += (_, e) => KillIf(e.Name!.EndsWith(".tkb.tmp", StringComparison.Ordinal));
                    break;
            }

            _watcher.EnableRaisingEvents = true;
        }

        public Task Killed => _killed.Task;

        public void Dispose() => _watcher.Dispose();

        private void KillIf(bool isStep)
        {
            if (isStep && !_killed.Task.IsCompleted)
            {
                _toka.Signal(9);
                _killed.TrySetResult();
            }
        }
    }
}
