using System.Globalization;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Load.Peers;
using Toka.Load.Wire;
using Toka.TimeSeries;

namespace Toka.Load.Runs;

/// <summary>Bytes per sample on disk, index included, when each has compacted the same samples.</summary>
internal static class BytesRun
{
    /// <summary>Samples a request.</summary>
    private const int RequestSamples = 20_000;

    public static async Task<int> PrintAsync(string directory)
    {
        var recording = await Recording.ReadAsync(directory);
        var samples = recording.Sum(static s => (long)s.Times.Length);
        Say($"{recording.Count} series, {samples} samples, {(recording.Max(static s => s.Times.Span[^1]) - recording.Min(static s => s.Times.Span[0])) / 60_000.0:F1} min");

        await using var prometheus = new PrometheusPeer();
        prometheus.Start();
        _ = await prometheus.AnswersAsync("vector(1)", 1);
        await FeedAsync(prometheus, recording);
        var ofPrometheus = await prometheus.SnapshotBytesAsync() / (double)samples;
        Say($"{await prometheus.VersionAsync()}: {ofPrometheus:F3} B/sample (a snapshot: blocks of everything)");

        await using var victoria = new VictoriaPeer();
        victoria.Start();
        _ = await victoria.AnswersAsync("vector(1)", 1);
        await FeedAsync(victoria, recording);
        await victoria.CompactAsync();
        await victoria.StopAsync();
        var ofVictoria = victoria.DiskBytes() / (double)samples;
        Say($"{await victoria.VersionAsync()}: {ofVictoria:F3} B/sample (flushed, merged, stopped)");

        var ofToka = await TokaBytesAsync(recording) / (double)samples;
        Say($"toka: {ofToka:F3} B/sample (sealed, compacted, stopped); {ofToka / Math.Min(ofPrometheus, ofVictoria):F2} × the better peer, {ofToka / ofPrometheus:F2} × prometheus, {ofToka / ofVictoria:F2} × victoria-metrics");
        return 0;
    }

    private static async Task FeedAsync(Peer peer, List<SeriesSamples> recording)
    {
        // In the order of time, as they came: a slice of all series at once.
        var longest = recording.Max(static s => s.Times.Length);
        var slice = Math.Max(1, RequestSamples / recording.Count);
        for (var at = 0; at < longest; at += slice)
        {
            await peer.WriteAsync([.. recording.Where(s => at < s.Times.Length).Select(s =>
                s with { Times = Cut(s.Times, at, slice), Values = Cut(s.Values, at, slice) })]);
        }

        static ReadOnlyMemory<T> Cut<T>(ReadOnlyMemory<T> whole, int at, int length) => whole.Slice(at, Math.Min(length, whole.Length - at));
    }

    private static async Task<long> TokaBytesAsync(List<SeriesSamples> recording)
    {
        var directory = Directory.CreateTempSubdirectory("toka-load-store-");
        try
        {
            await using (var store = MetricStore.Open(new MetricStoreOptions { Directory = directory.FullName, Retention = TimeSpan.MaxValue }, TimeProvider.System, new SelfMetrics()))
            {
                using var batch = new WriteBatch();
                foreach (var (labels, times, values) in recording)
                {
                    batch.Clear();
                    for (var i = 0; i < times.Length; i++)
                    {
                        batch.Add(labels, times.Span[i], values.Span[i]);
                    }

                    var result = await store.WriteAsync(batch, default);
                    if (result.Accepted != times.Length)
                    {
                        throw new InvalidOperationException($"{labels}: {result}");
                    }
                }
            }

            return directory.EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
