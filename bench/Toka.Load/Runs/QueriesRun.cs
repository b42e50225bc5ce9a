using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Toka.Load.Peers;

namespace Toka.Load.Runs;

/// <summary>A fixed set of questions to each server over HTTP: cold after a restart, then warm.</summary>
internal static class QueriesRun
{
    /// <summary>Times that each question is asked of a warm server; the 99th percentile is the longest but for a fifth of one.</summary>
    private const int Rounds = 20;

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(10);

    private static readonly Question[] s_questions =
    [
        new("one series, 24 h", "bench_temperature", 24 * 60, 60),
        new("rate and sum by, 10,000 series, 6 h", "sum by (job) (rate(bench_requests_total[5m]))", 6 * 60, 60),
        new("topk over all, 1 h", "topk(10, rate(bench_requests_total[5m]))", 60, 60),
        new("topk over all, one moment", "topk(10, rate(bench_requests_total[5m]))", 0, 60),
        new("regular expressions, 1 h", "sum by (namespace) (bench_requests_total{pod=~\"service-.*7.*\",namespace!~\"team-(1|2|3)\"})", 60, 60),
        new("quantile of 1,000 histograms, 1 h", "histogram_quantile(0.99, sum by (service, le) (rate(bench_latency_seconds_bucket[5m])))", 60, 60),
        new("subquery, 250 series, 1 h", "max_over_time(sum(rate(bench_requests_total{namespace=\"team-3\"}[5m]))[30m:1m])", 60, 60),
    ];

    /// <summary>Prints the figures of all, or of toka alone.</summary>
    public static async Task<int> PrintAsync(bool alone)
    {
        List<Peer> peers = alone ? [new TokaPeer()] : [new PrometheusPeer(), new VictoriaPeer(), new TokaPeer()];
        var endMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 60_000 * 60_000;
        var results = new List<(string Name, Figures[] Figures)>();
        foreach (var peer in peers)
        {
            await using (peer)
            {
                Say($"{await peer.VersionAsync()}");
                results.Add((peer.Name, await MeasureAsync(peer, endMs)));
            }
        }

        if (!alone)
        {
            Compare(results);
        }

        return 0;
    }

    private static async Task<Figures[]> MeasureAsync(Peer peer, long endMs)
    {
        peer.Start();
        _ = await peer.AnswersAsync("vector(1)", 1);
        var began = Stopwatch.GetTimestamp();
        await new QueryData(endMs).WriteAsync(peer);
        Say($"  {QueryData.Samples} samples written in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        await Task.Delay(s_settle);
        _ = await peer.StopAsync();
        var figures = new Figures[s_questions.Length];
        for (var i = 0; i < figures.Length; i++)
        {
            // Cold: a server that was just started, asked once.
            peer.Start();
            _ = await peer.AnswersAsync("vector(1)", 1);
            var (cold, bytes, series) = await AskAsync(peer, s_questions[i], endMs, "");
            var warm = await RoundsAsync(peer, s_questions[i], endMs, "");
            var uncached = peer is VictoriaPeer ? await RoundsAsync(peer, s_questions[i], endMs, "&nocache=1") : warm;
            var memory = peer.Memory().Resident;
            _ = await peer.StopAsync();
            figures[i] = new Figures(cold, Percentile(warm, 0.5), Percentile(warm, 0.99), Percentile(uncached, 0.5), Percentile(uncached, 0.99));
            Say($"  {s_questions[i].Name}: cold {figures[i].Cold:F1} ms, p50 {figures[i].Half:F1} ms, p99 {figures[i].Most:F1} ms{Uncached(peer, figures[i])} ({series} series, {bytes} B, {memory / 1048576} MiB resident)");
        }

        return figures;
    }

    private static string Uncached(Peer peer, Figures figures) => peer is VictoriaPeer
        ? string.Create(CultureInfo.InvariantCulture, $"; without its cache of results p50 {figures.UncachedHalf:F1} ms, p99 {figures.UncachedMost:F1} ms")
        : "";

    private static async Task<double[]> RoundsAsync(Peer peer, Question question, long endMs, string extra)
    {
        var times = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            (times[round], _, _) = await AskAsync(peer, question, endMs, extra);
        }

        return times;
    }

    private static async Task<(double Ms, int Bytes, int Series)> AskAsync(Peer peer, Question question, long endMs, string extra)
    {
        var end = endMs / 1000;
        var path = question.Minutes == 0
            ? string.Create(CultureInfo.InvariantCulture, $"api/v1/query?query={Uri.EscapeDataString(question.Expression)}&time={end}{extra}")
            : string.Create(CultureInfo.InvariantCulture, $"api/v1/query_range?query={Uri.EscapeDataString(question.Expression)}&start={end - (question.Minutes * 60)}&end={end}&step={question.StepSeconds}{extra}");
        var began = Stopwatch.GetTimestamp();
        var body = await peer.Http.GetByteArrayAsync(new Uri(path, UriKind.Relative));
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        using var answer = JsonDocument.Parse(body);
        var series = answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
        return series > 0 ? (took, body.Length, series) : throw new InvalidOperationException($"{peer.Name} finds nothing for {question.Expression}");
    }

    private static void Compare(List<(string Name, Figures[] Figures)> results)
    {
        var toka = results[^1].Figures;
        foreach (var (name, figures) in results[..^1])
        {
            for (var i = 0; i < figures.Length; i++)
            {
                var (mine, theirs) = (toka[i], figures[i]);
                var uncached = theirs.UncachedHalf == theirs.Half ? "" : string.Create(
                    CultureInfo.InvariantCulture, $"; without its cache of results p50 {mine.Half / theirs.UncachedHalf:F2}, p99 {mine.Most / theirs.UncachedMost:F2}");
                Say($"toka to {name}, {s_questions[i].Name}: cold {mine.Cold / theirs.Cold:F2}, p50 {mine.Half / theirs.Half:F2}, p99 {mine.Most / theirs.Most:F2}{uncached}");
            }
        }
    }

    /// <summary>The nearest rank above.</summary>
    private static double Percentile(double[] values, double q) => values.Order().ElementAt((int)Math.Ceiling(q * values.Length) - 1);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>One question; a range of no minutes is one moment.</summary>
    private sealed record Question(string Name, string Expression, int Minutes, int StepSeconds);

    /// <summary>Milliseconds.</summary>
    private sealed record Figures(double Cold, double Half, double Most, double UncachedHalf, double UncachedMost);
}
