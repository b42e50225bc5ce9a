using System.Diagnostics;
using System.Globalization;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Load.Runs;

/// <summary>
/// What a seal of many series costs beside ingestion: the store in this process, written at an even rate, each series each
/// 15 s; two hours end, and the maintenance seals them. How long a write takes is counted from when it was due.
/// </summary>
internal static class SealRun
{
    /// <summary>Samples of each series before the seal.</summary>
    private const int Rounds = 8;

    private const int IntervalMs = 15_000;
    private const int RowsAWrite = 5000;

    private static readonly TimeSpan s_span = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(15);

    public static async Task<int> PrintAsync(int count)
    {
        var directory = Directory.CreateTempSubdirectory("toka-load-seal-");
        try
        {
            var end = new DateTimeOffset(DateTimeOffset.UtcNow.UtcTicks / s_span.Ticks * s_span.Ticks, TimeSpan.Zero);
            var clock = new FixedClock(end);
            var options = new MetricStoreOptions { Directory = directory.FullName, IsManual = true, SeriesMax = int.Min(count * 2, 100_000_000), MemoryBytesMax = 8L << 30 };
            await using (var store = MetricStore.Open(options, clock, new SelfMetrics()))
            {
                await MeasureAsync(store, clock, count, end);
                var began = Stopwatch.GetTimestamp();
                await store.DisposeAsync();
                Say($"clean stop, which seals the rest: {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        return 0;
    }

    private static async Task MeasureAsync(MetricStore store, FixedClock clock, int count, DateTimeOffset end)
    {
        var batches = Batches(count);
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < batches.Length; i++)
                {
                    Fill(batches[i], i, end.ToUnixTimeMilliseconds() - ((Rounds - round) * (long)IntervalMs), round);
                    await WriteAsync(store, batches[i]);
                }
            }

            clock.Set(end + StoreKeeper.SealDelay + TimeSpan.FromSeconds(1));
            using var stop = new CancellationTokenSource();
            var sync = SyncAsync(store, stop.Token);
            var quiet = await PacedAsync(store, clock, batches, Task.Delay(s_before));
            Say($"{count} series, {Rounds + 1} samples each in memory: {Anonymous() / (double)count:F0} B anonymous a series in the whole process");
            Say($"writes of {RowsAWrite} samples, one each {(double)IntervalMs / batches.Length:F0} ms: {Text(quiet)}");

            var (began, peak) = (Stopwatch.GetTimestamp(), 0L);
            var seal = Task.Run(store.Maintain);
            var watch = Task.Run(async () =>
            {
                for (; !seal.IsCompleted; await Task.Delay(5))
                {
                    peak = Math.Max(peak, Anonymous());
                }
            });
            var during = await PacedAsync(store, clock, batches, seal);
            Say($"while they are sealed, {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s: {Text(during)}; at most {peak / (double)count:F0} B anonymous a series");
            await watch;
            var blocks = 0L;
            store.ChangeBlocks(catalog => blocks = catalog.Infos.Sum(static b => b.Samples));
            Say($"in blocks: {blocks} samples of {count * (long)Rounds} that were due");
            await stop.CancelAsync();
            await sync;
        }
        finally
        {
            Array.ForEach(batches, static b => b.Dispose());
        }
    }

    /// <summary>Writes at the even rate until something is done, and once more.</summary>
    /// <returns>How long each write took from when it was due, ascending, ms.</returns>
    private static async Task<double[]> PacedAsync(MetricStore store, FixedClock clock, WriteBatch[] batches, Task until)
    {
        var took = new List<double>();
        var pace = TimeSpan.FromMilliseconds(IntervalMs) / batches.Length;
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; !until.IsCompleted; i++)
        {
            var due = pace * i;
            var batch = batches[i % batches.Length];
            Fill(batch, i % batches.Length, clock.GetUtcNow().ToUnixTimeMilliseconds(), i);
            if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early)
            {
                await Task.Delay(early);
            }

            await WriteAsync(store, batch);
            took.Add((Stopwatch.GetElapsedTime(began) - due).TotalMilliseconds);
        }

        await until;
        took.Sort();
        return [.. took];
    }

    private static async Task SyncAsync(MetricStore store, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(new MetricStoreOptions().SyncInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                store.Sync();
            }
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }

    private static WriteBatch[] Batches(int count) => [.. Enumerable.Range(0, (count + RowsAWrite - 1) / RowsAWrite).Select(static _ => new WriteBatch())];

    private static void Fill(WriteBatch batch, int number, long time, int round)
    {
        batch.Clear();
        for (var i = number * RowsAWrite; i < (number + 1) * RowsAWrite; i++)
        {
            batch.Add(SeriesRun.Labels(i), time, (i * 31L) + (round * (i % 7)));
        }
    }

    private static async Task WriteAsync(MetricStore store, WriteBatch batch)
    {
        var result = await store.WriteAsync(batch, default);
        if (result.Accepted != batch.Count)
        {
            throw new InvalidOperationException($"Of {batch.Count} samples {result.Accepted} were taken: {result}");
        }
    }

    private static string Text(double[] took) => string.Create(
        CultureInfo.InvariantCulture, $"{took.Length} writes, median {took[took.Length / 2]:F1} ms, 99 % {took[took.Length * 99 / 100]:F1} ms, longest {took[^1]:F1} ms");

    private static long Anonymous() => Toka.Core.Limits.ProcessMemory.AnonymousBytes();

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
