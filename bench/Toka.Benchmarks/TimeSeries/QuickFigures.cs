using System.Diagnostics;
using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>One pass of each figure that the store is judged by; for a look, not for claims.</summary>
internal static class QuickFigures
{
    private const int Series = 10_000;
    private const int Warm = 60;
    private const int Rounds = 300;

    public static async Task PrintAsync()
    {
        await AppendAsync(null);
        var directory = Directory.CreateTempSubdirectory("toka-quick-").FullName;
        await AppendAsync(directory);
        var began = Stopwatch.GetTimestamp();
        await using (var store = MetricStoreBenchmarks.Open(directory))
        {
            var recovery = await store.Recovered;
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Say($"replay: {recovery.Samples} samples in {seconds:F3} s, {recovery.Samples / seconds / 1e6:F2} M/s");
            await SelectAsync(store);
        }

        Directory.Delete(directory, true);
        await SeriesAsync();
    }

    private static async Task AppendAsync(string? directory)
    {
        var metrics = new SelfMetrics();
        await using var store = MetricStore.Open(new MetricStoreOptions { Directory = directory, SealsAtStop = false }, TimeProvider.System, metrics);
        var data = new HostData(Series);
        using var batch = new WriteBatch();
        var time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (1000 * (Warm + Rounds));
        long ticks = 0, bytes = 0, worst = 0;
        for (var i = 0; i < Warm + Rounds; i++)
        {
            data.Fill(batch, time += 1000);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var began = Stopwatch.GetTimestamp();
            var accepted = (await store.WriteAsync(batch, default)).Accepted;
            var elapsed = Stopwatch.GetTimestamp() - began;
            if (accepted != Series)
            {
                throw new InvalidOperationException($"{accepted} accepted");
            }

            if (i >= Warm)
            {
                ticks += elapsed;
                worst = Math.Max(worst, elapsed);
                bytes += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        var seconds = ticks / (double)Stopwatch.Frequency;
        var samples = (double)Rounds * Series;
        Say($"append {(directory is null ? "in memory" : "with log ")}: {seconds * 1e9 / samples:F1} ns/sample, {samples / seconds / 1e6:F2} M/s, worst batch {worst * 1000.0 / Stopwatch.Frequency:F1} ms, {bytes / (double)Rounds:F0} B allocated a batch (chunk pages included)");
        var chunkBytes = Gauge(metrics, "toka_store_chunk_bytes");
        Say($"  chunk bytes {chunkBytes / ((Warm + Rounds) * (double)Series):F2} B/sample" + (directory is null ? "" : $", log {Gauge(metrics, "toka_wal_bytes") / ((Warm + Rounds) * (double)Series):F2} B/sample"));
    }

    private static async Task SelectAsync(MetricStore store)
    {
        var request = new SelectRequest { Matchers = [new LabelMatcher("__name__", MatchOperator.Matches, "node_metric_1.*")], FromMs = 0, ToMs = long.MaxValue };
        using var column = new FloatColumn();
        for (var round = 0; round < 3; round++)
        {
            var began = Stopwatch.GetTimestamp();
            using var set = await store.SelectAsync(request, default);
            var selected = Stopwatch.GetElapsedTime(began);
            var samples = 0L;
            for (var i = 0; i < set.Count; i++)
            {
                column.Clear();
                set.ReadFloats(i, column);
                samples += column.Count;
            }

            var all = Stopwatch.GetElapsedTime(began);
            Say($"select {set.Count} series: {selected.TotalMilliseconds:F3} ms; read {samples} samples: {(all - selected).TotalNanoseconds / samples:F1} ns/sample");
        }
    }

    private static async Task SeriesAsync()
    {
        const int Many = 200_000;
        GC.Collect();
        var before = GC.GetTotalMemory(true);
        await using var store = MetricStoreBenchmarks.Open(null);
        await AddAsync(store, Many);
        Say($"series: {(GC.GetTotalMemory(true) - before) / (double)Many:F0} B each with 5 labels and one sample");
    }

    private static async Task AddAsync(MetricStore store, int count)
    {
        // Small batches: the pools keep the buffers of a large one, and those would be counted.
        using var batch = new WriteBatch();
        var data = new HostData(count);
        for (var i = 0; i < count; i += 1000)
        {
            data.Fill(batch, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), i, 1000);
            await store.WriteAsync(batch, default);
        }
    }

    private static double Gauge(SelfMetrics metrics, string name) => metrics.Read().Single(m => m.Labels[LabelSet.MetricName] == name).Value;

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void Say(string text) => Console.WriteLine(text);
}
