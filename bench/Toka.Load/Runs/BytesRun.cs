using System.Globalization;
using Toka.Load.Peers;
using Toka.Load.Wire;

namespace Toka.Load.Runs;

/// <summary>Bytes per sample on disk, index included, when each has compacted the same samples.</summary>
internal static class BytesRun
{
    /// <summary>Samples a request.</summary>
    private const int RequestSamples = 20_000;

    private const double DayMinutes = 24 * 60;

    public static async Task<int> PrintAsync(string directory)
    {
        var recording = await Recording.ReadAsync(directory);
        if (recording.Count == 0)
        {
            await Console.Error.WriteLineAsync($"{directory} holds no samples; name a folder that `record` made, or `metrics` in the data folder of a stopped server");
            return 2;
        }

        var samples = recording.Sum(static s => (long)s.Times.Length);
        var (first, end) = (recording.Min(static s => s.Times.Span[0]), recording.Max(static s => s.Times.Span[^1]));
        var minutes = (end - first) / 60_000.0;
        Say($"recorded: {recording.Count} series, {samples} samples, {minutes:F1} min; stale markers left out");

        var ofPrometheus = await PrometheusAsync(recording, samples) / (double)samples;
        var ofVictoria = await VictoriaAsync(recording, samples, first, end) / (double)samples;

        using var toka = new TokaBytes();
        await toka.StoreAsync(Slices(recording), end, withSummaries: false);
        await toka.VerifyAsync(recording);
        var ofToka = toka.Blocks / (double)samples;
        Say($"toka {typeof(TimeSeries.MetricStore).Assembly.GetName().Version}: {toka.Blocks} B in blocks, index included: {ofToka:F4} B/sample (sealed, merged until nothing was to do; every bit read back). Beside them: log {toka.Log} B, checkpoint and lock {toka.Others} B");
        Say($"toka to prometheus {ofToka / ofPrometheus:F3}, to victoria-metrics {ofToka / ofVictoria:F3}, to the better peer {ofToka / Math.Min(ofPrometheus, ofVictoria):F3}");

        var table = new BlockTable();
        foreach (var file in toka.Files)
        {
            table.Add(file);
        }

        var rate = DayMinutes / minutes;
        Say($"a day of this, extrapolated: {toka.Blocks * rate / 1e6:F1} MB where all bytes grow with time, {((table.Data * rate) + table.Index) / 1e6:F1} MB where those of the index do not; in a block of a day they hardly do");
        table.Print();
        using var summarised = new TokaBytes();
        await summarised.StoreAsync(Slices(recording), end, withSummaries: true);
        await summarised.VerifyAsync(recording);
        var beside = summarised.Blocks - toka.Blocks;
        Say($"summaries of 10 s, 1 min and 1 h beside the samples, which the peers do not have: {beside} B in {summarised.Files.Count() - toka.Files.Count()} blocks, {beside / (double)samples:F4} B/sample, {beside * rate / 1e6:F1} MB a day, extrapolated");
        return 0;
    }

    private static async Task<long> PrometheusAsync(List<SeriesSamples> recording, long samples)
    {
        await using var prometheus = new PrometheusPeer();
        prometheus.Start();
        _ = await prometheus.AnswersAsync("vector(1)", 1);
        await FeedAsync(prometheus, recording);
        var (bytes, found) = await prometheus.SnapshotAsync();
        Check(prometheus.Name, found, samples);
        await prometheus.StopAsync();
        var (whole, foundWhole) = await prometheus.OneBlockAsync(recording);
        Check(prometheus.Name, foundWhole, samples);
        var least = Math.Min(bytes, whole);
        Say($"{await prometheus.VersionAsync()}: {least} B: {least / (double)samples:F4} B/sample (the less of: blocks of 2 h by a snapshot {bytes / (double)samples:F4}, one block by promtool {whole / (double)samples:F4}; samples counted in both)");
        return least;
    }

    private static async Task<long> VictoriaAsync(List<SeriesSamples> recording, long samples, long first, long end)
    {
        await using var victoria = new VictoriaPeer();
        victoria.Start();
        _ = await victoria.AnswersAsync("vector(1)", 1);
        await FeedAsync(victoria, recording);
        await victoria.CompactAsync();
        var (found, differing) = await victoria.ReadBackAsync(recording, first, end);
        Check(victoria.Name, found, samples);
        await victoria.StopAsync();
        var bytes = victoria.DiskBytes();
        Say($"{await victoria.VersionAsync()}: {bytes} B: {bytes / (double)samples:F4} B/sample (flushed, merged, stopped; samples counted, {differing} of them came back with another value)");
        return bytes;
    }

    private static async Task FeedAsync(Peer peer, List<SeriesSamples> recording)
    {
        foreach (var slice in Slices(recording))
        {
            await peer.WriteAsync(slice);
        }
    }

    /// <summary>In the order of time, as they came: some seconds of all series at once.</summary>
    private static IEnumerable<IReadOnlyList<SeriesSamples>> Slices(List<SeriesSamples> recording)
    {
        var (first, end) = (recording.Min(static s => s.Times.Span[0]), recording.Max(static s => s.Times.Span[^1]));
        var slices = Math.Max(1, recording.Sum(static s => (long)s.Times.Length) / RequestSamples);
        var length = ((end - first) / slices) + 1;
        var taken = new int[recording.Count];
        for (var until = first + length; until - length <= end; until += length)
        {
            var slice = new List<SeriesSamples>(recording.Count);
            for (var i = 0; i < taken.Length; i++)
            {
                var (labels, times, values) = recording[i];
                var next = times.Span.BinarySearch(until);
                next = next < 0 ? ~next : next;
                if (next > taken[i])
                {
                    slice.Add(new SeriesSamples(labels, times[taken[i]..next], values[taken[i]..next]));
                    taken[i] = next;
                }
            }

            if (slice.Count > 0)
            {
                yield return slice;
            }
        }
    }

    private static void Check(string name, long found, long samples)
    {
        if (found != samples)
        {
            throw new InvalidOperationException($"{name} has {found} samples; {samples} were written.");
        }
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
