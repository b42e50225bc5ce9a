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

    /// <summary>What each must answer after its restart: all series, by their last sample.</summary>
    private const string Query = "count(last_over_time({job=\"load\"}[10m]))";

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(20);

    public static async Task<int> PrintAsync(int count)
    {
        List<Peer> peers = [new PrometheusPeer(), new VictoriaPeer(), new TokaPeer()];
        var results = new List<(string Name, double Anonymous, double Resident, double Clean, double Killed)>();
        foreach (var peer in peers)
        {
            await using (peer)
            {
                Say($"{peer.Name}: {await peer.VersionAsync()}");
                results.Add(await MeasureAsync(peer, count));
            }
        }

        var toka = results[^1];
        foreach (var (name, anonymous, resident, clean, killed) in results)
        {
            Say($"{name}: {anonymous:F0} B anonymous and {resident:F0} B resident a series; first answer {clean:F0} ms after a clean stop, {killed:F0} ms after a kill");
            if (name != toka.Name)
            {
                Say($"  toka is {toka.Anonymous / anonymous:F2} × anonymous, {toka.Resident / resident:F2} × resident, {toka.Clean / clean:F2} × restart, {toka.Killed / killed:F2} × restart after a kill");
            }
        }

        return 0;
    }

    private static async Task<(string Name, double Anonymous, double Resident, double Clean, double Killed)> MeasureAsync(Peer peer, int count)
    {
        peer.Start();
        _ = await peer.AnswersAsync("vector(1)", 1);
        var before = peer.Memory();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (var round = 0; round < Rounds; round++)
        {
            await RoundAsync(peer, count, round, now - ((Rounds - 1 - round) * IntervalMs));
        }

        _ = await peer.AnswersAsync(Query, count);
        await Task.Delay(s_settle);
        var after = peer.Memory();
        await peer.StopAsync();
        var clean = await RestartAsync(peer, count);
        await RoundAsync(peer, count, Rounds, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        await peer.StopAsync(kill: true);
        var killed = await RestartAsync(peer, count);
        return (peer.Name, (after.Anonymous - before.Anonymous) / (double)count, (after.Resident - before.Resident) / (double)count, clean, killed);
    }

    private static async Task<double> RestartAsync(Peer peer, int count)
    {
        var began = Stopwatch.GetTimestamp();
        peer.Start();
        _ = await peer.AnswersAsync(Query, count);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
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
    private static LabelSet Labels(int i) => LabelSet.Of(
        (LabelSet.MetricName, string.Create(CultureInfo.InvariantCulture, $"container_metric_{i % 20}_total")),
        ("job", "load"),
        ("cluster", "production-eu"),
        ("namespace", string.Create(CultureInfo.InvariantCulture, $"team-{i / 20 % 40}")),
        ("node", string.Create(CultureInfo.InvariantCulture, $"node-{i / 1000:D5}.example.internal")),
        ("instance", string.Create(CultureInfo.InvariantCulture, $"10.{i / 1000 / 250}.{i / 1000 % 250}.7:9100")),
        ("pod", string.Create(CultureInfo.InvariantCulture, $"service-{i / 20:x8}-7d4f9")),
        ("container", "app"));

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
