using System.Diagnostics;
using System.Globalization;
using Toka.Core.Labels;
using Toka.Load.Peers;
using Toka.Load.Wire;

namespace Toka.Load.Runs;

/// <summary>Many active series: memory for each, and how soon a restarted server answers about all of them.</summary>
internal static class SeriesRun
{
    /// <summary>Samples of each series, 15 s apart.</summary>
    private const int Rounds = 4;

    private const int IntervalMs = 15_000;
    private const int SeriesARequest = 5000;

    private const int SeriesAContainer = 20;
    private const int Namespaces = 40;

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(20);

    /// <summary>Prints the figures of all, or of toka alone.</summary>
    public static async Task<int> PrintAsync(int count, bool alone)
    {
        List<Peer> peers = alone ? [new TokaPeer()] : [new PrometheusPeer(), new VictoriaPeer(), new TokaPeer()];
        var results = new List<Result>();
        foreach (var peer in peers)
        {
            await using (peer)
            {
                Say($"{await peer.VersionAsync()}");
                results.Add(await MeasureAsync(peer, count));
                Say($"  {results[^1].Text(count)}");
            }
        }

        if (alone)
        {
            return 0;
        }

        var toka = results[^1];
        foreach (var peer in results[..^1])
        {
            Say($"toka to {peer.Name}: {toka.Anonymous / peer.Anonymous:F2} anonymous, {toka.Resident / peer.Resident:F2} resident; after a clean stop {toka.Clean.Any / peer.Clean.Any:F3} first, {toka.Clean.Whole / peer.Clean.Whole:F3} whole answer; after a kill {toka.Killed.Any / peer.Killed.Any:F3} first, {toka.Killed.Whole / peer.Killed.Whole:F3} whole answer");
        }

        var others = results[..^1];
        Say($"(an answer: a fortieth of the series, {Query(0)}; whole: all of those, without a warning. After that all series were counted.)");
        Say($"toka to the better: {toka.Anonymous / others.Min(static r => r.Anonymous):F2} anonymous, {toka.Resident / others.Min(static r => r.Resident):F2} resident");
        return 0;
    }

    private static async Task<Result> MeasureAsync(Peer peer, int count)
    {
        peer.Start();
        _ = await peer.AnswersAsync("vector(1)", 1);
        var before = peer.Memory();
        var began = Stopwatch.GetTimestamp();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (var round = 0; round < Rounds; round++)
        {
            await RoundAsync(peer, count, round, now - ((Rounds - 1 - round) * IntervalMs));
        }

        var written = Stopwatch.GetElapsedTime(began);
        await CountAsync(peer, count);
        await Task.Delay(s_settle);
        var after = peer.Memory();
        _ = await peer.StopAsync(kill: true);
        var killed = await RestartAsync(peer, count);
        await RoundAsync(peer, count, Rounds, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var (stop, peak) = await peer.StopAsync();
        var clean = await RestartAsync(peer, count);
        return new Result(peer.Name, after.Anonymous - before.Anonymous, after.Resident - before.Resident, peak, written, stop, clean, killed);
    }

    private static async Task<(TimeSpan Any, TimeSpan Whole)> RestartAsync(Peer peer, int count)
    {
        peer.Start();
        var took = await peer.AnswersAsync(Query(0), Expected(0, count));
        await CountAsync(peer, count);
        return took;
    }

    /// <summary>Sees to it that all series are there. One query may not ask for so many, so each namespace is asked for.</summary>
    private static async Task CountAsync(Peer peer, int count)
    {
        for (var i = 0; i < Namespaces; i++)
        {
            _ = await peer.AnswersAsync(Query(i), Expected(i, count));
        }
    }

    /// <summary>Asks for the series of a namespace, by their last samples.</summary>
    private static string Query(int of) => string.Create(CultureInfo.InvariantCulture, $"count(last_over_time({{job=\"load\",namespace=\"team-{of}\"}}[1h]))");

    private static int Expected(int of, int count) => Enumerable.Range(0, count).Count(i => i / SeriesAContainer % Namespaces == of);

    private sealed record Result(
        string Name, double Anonymous, double Resident, double Peak, TimeSpan Written, TimeSpan Stop, (TimeSpan Any, TimeSpan Whole) Clean, (TimeSpan Any, TimeSpan Whole) Killed)
    {
        public string Text(int count) => string.Create(
            CultureInfo.InvariantCulture,
            $"{Anonymous / count:F0} B anonymous and {Resident / count:F0} B resident a series; {Rounds} samples each written in {Written.TotalSeconds:F1} s; killed, then first answer after {Killed.Any.TotalMilliseconds:F0} ms, whole after {Killed.Whole.TotalMilliseconds:F0} ms; clean stop {Stop.TotalSeconds:F1} s, meanwhile at most {Peak / count:F0} B anonymous a series, then first answer after {Clean.Any.TotalMilliseconds:F0} ms, whole after {Clean.Whole.TotalMilliseconds:F0} ms");
    }

    private static async Task RoundAsync(Peer peer, int count, int round, long time)
    {
        for (var first = 0; first < count; first += SeriesARequest)
        {
            await peer.WriteAsync([.. Enumerable.Range(first, Math.Min(SeriesARequest, count - first)).Select(i =>
                new SeriesSamples(Labels(i), new[] { time }, new[] { (double)((i * 31L) + (round * (i % 7))) }))]);
        }
    }

    /// <summary>Eight labels, as a cluster's containers have them: 20 series a container, 50 containers a node.</summary>
    public static LabelSet Labels(int i) => LabelSet.Of(
        (LabelSet.MetricName, string.Create(CultureInfo.InvariantCulture, $"container_metric_{i % SeriesAContainer}_total")),
        ("job", "load"),
        ("cluster", "production-eu"),
        ("namespace", string.Create(CultureInfo.InvariantCulture, $"team-{i / SeriesAContainer % Namespaces}")),
        ("node", string.Create(CultureInfo.InvariantCulture, $"node-{i / 1000:D5}.example.internal")),
        ("instance", string.Create(CultureInfo.InvariantCulture, $"10.{i / 1000 / 250}.{i / 1000 % 250}.7:9100")),
        ("pod", string.Create(CultureInfo.InvariantCulture, $"service-{i / SeriesAContainer:x8}-7d4f9")),
        ("container", "app"));

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
