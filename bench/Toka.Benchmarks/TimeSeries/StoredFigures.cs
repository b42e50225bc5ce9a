using System.Globalization;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;
using Toka.TimeSeries.Head;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>What real data costs: a stopped server's store, read as it stands, written again, and its chunks encoded again.</summary>
internal static class StoredFigures
{
    /// <summary>Samples a chunk, as the head has them.</summary>
    private const int ChunkSamples = 256;

    public static async Task PrintAsync(string directory)
    {
        GC.Collect();
        var before = GC.GetTotalMemory(true);
        await using var store = MetricStore.Open(new MetricStoreOptions { Directory = directory, ReadOnly = true }, TimeProvider.System, new SelfMetrics());
        var held = GC.GetTotalMemory(true) - before;
        var read = store.Recovery;
        var stored = Directory.GetFiles(directory, "*.wal").Sum(static f => new FileInfo(f).Length);
        using var set = await store.SelectAsync(new SelectRequest { Matchers = [], FromMs = 0, ToMs = long.MaxValue }, default);
        Say($"{set.Count} series, {read.Samples} samples in {read.Segments} segments, read in {read.Elapsed.TotalMilliseconds:F1} ms");
        Say($"log as stored, definitions included: {stored / (double)read.Samples:F2} B/sample");
        Say($"managed memory with all of it open: {held / 1024} KiB; {held / (double)set.Count:F0} B a series or {held / (double)read.Samples:F2} B/sample, everything counted");
        var columns = Read(set);
        Chunks(columns);
        await WriteAgainAsync(set, columns);
    }

    private static List<(long Time, double Value)[]> Read(SeriesSet set)
    {
        var all = new List<(long, double)[]>();
        using var column = new FloatColumn();
        for (var i = 0; i < set.Count; i++)
        {
            column.Clear();
            set.ReadFloats(i, column);
            var samples = new (long, double)[column.Count];
            for (var j = 0; j < samples.Length; j++)
            {
                samples[j] = (column.Timestamps[j], column.Values[j]);
            }

            all.Add(samples);
        }

        return all;
    }

    private static void Chunks(List<(long Time, double Value)[]> columns)
    {
        long bits = 0, samples = 0, full = 0, fullSamples = 0;
        var buffer = new byte[(ChunkSamples * ChunkCodec.SampleBytesMax) + (2 * ChunkCodec.Slack)];
        foreach (var chunk in columns.SelectMany(static c => c.Chunk(ChunkSamples)))
        {
            var state = ChunkState.Start;
            var last = (Time: 0L, Bits: 0UL);
            foreach (var (time, value) in chunk)
            {
                var now = (Time: time, Bits: BitConverter.DoubleToUInt64Bits(value));
                ChunkCodec.Append(ref state, buffer, last.Time, last.Bits, now.Time, now.Bits);
                last = now;
            }

            bits += state.Bits;
            samples += chunk.Length;
            if (chunk.Length == ChunkSamples)
            {
                full += state.Bits;
                fullSamples += ChunkSamples;
            }
        }

        Say($"chunks without headers: {bits / 8.0 / samples:F2} B/sample; full ones alone {full / 8.0 / Math.Max(fullSamples, 1):F2}");
    }

    /// <summary>Second by second, as it came.</summary>
    private static async Task WriteAgainAsync(SeriesSet set, List<(long Time, double Value)[]> columns)
    {
        var rows = columns.SelectMany(static (c, i) => c.Select(s => (Series: i, s.Time, s.Value))).GroupBy(static r => r.Time).OrderBy(static g => g.Key);
        var directory = Directory.CreateTempSubdirectory("toka-stored-").FullName;
        var options = new MetricStoreOptions { Directory = directory, Retention = TimeSpan.MaxValue, FutureTolerance = TimeSpan.MaxValue, SealsAtStop = false };
        await using (var store = MetricStore.Open(options, TimeProvider.System, new SelfMetrics()))
        {
            using var batch = new WriteBatch();
            foreach (var moment in rows)
            {
                batch.Clear();
                foreach (var row in moment)
                {
                    batch.Add(set.LabelsOf(row.Series), row.Time, row.Value);
                }

                await store.WriteAsync(batch, default);
            }
        }

        var bytes = Directory.GetFiles(directory, "*.wal").Sum(static f => new FileInfo(f).Length);
        Say($"log written again, definitions included: {bytes / (double)columns.Sum(static c => c.Length):F2} B/sample");
        Directory.Delete(directory, true);
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
