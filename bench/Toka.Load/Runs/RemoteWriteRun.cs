using System.Diagnostics;
using System.Globalization;
using Toka.Core.Labels;
using Toka.Load.Peers;
using Toka.Load.Wire;

namespace Toka.Load.Runs;

/// <summary>
/// The same remote write requests to each of the servers, one server after the other: samples taken for each second of
/// processor time. That nothing was dropped is seen by asking for all of it at the end.
/// </summary>
internal static class RemoteWriteRun
{
    private const int IntervalMs = 15_000;

    /// <summary>What Prometheus 3 sends in one request (queue_config.max_samples_per_send).</summary>
    private const int SamplesARequest = 2000;

    /// <summary>Requests under way at the same time.</summary>
    private const int Senders = 4;

    /// <summary>Parts that are counted by a query each: one query may not ask for all series.</summary>
    private const int Shards = 40;

    /// <summary>What each has to finish what it put off; it counts.</summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(10);

    /// <summary>Prints the figures of all, or of toka alone.</summary>
    /// <param name="targets">Targets.</param>
    /// <param name="series">Series of each.</param>
    /// <param name="rounds">Samples of each series.</param>
    /// <param name="churn">Percent of the targets that are new each round.</param>
    /// <param name="alone">Whether toka is the only one.</param>
    public static async Task<int> PrintAsync(int targets, int series, int rounds, int churn, bool alone)
    {
        var shape = new Shape(targets, series, rounds, churn, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - ((rounds + 4L) * IntervalMs));
        Say($"{targets} targets of {series} series, {rounds} rounds {IntervalMs / 1000} s apart, {churn} % of the targets new each round: {shape.Samples} samples of {shape.SeriesInAll} series, {SamplesARequest} a request, {Senders} requests at a time");
        Say($"{await Machine.TextAsync()}");
        List<Peer> peers = alone ? [new TokaPeer()] : [new PrometheusPeer(), new VictoriaPeer(), new TokaPeer()];
        var results = new List<(string Name, double PerCpuSecond)>();
        foreach (var peer in peers)
        {
            await using (peer)
            {
                results.Add((peer.Name, await MeasureAsync(peer, shape)));
            }
        }

        var toka = results[^1].PerCpuSecond;
        foreach (var (name, perCpuSecond) in results[..^1])
        {
            Say($"toka to {name}: {toka / perCpuSecond:F2} × the samples per second of processor time");
        }

        if (!alone)
        {
            Say($"toka to the better: {toka / results[..^1].Max(static r => r.PerCpuSecond):F2} ×");
        }

        return 0;
    }

    private static async Task<double> MeasureAsync(Peer peer, Shape shape)
    {
        peer.Start();
        _ = await peer.AnswersAsync("vector(1)", 1);
        var before = peer.Cpu();
        var began = Stopwatch.GetTimestamp();
        var bytes = 0L;
        for (var round = 0; round < shape.Rounds; round++)
        {
            // All of a round first, as a scrape does: no series gets its samples out of order.
            await Parallel.ForAsync(0, shape.RequestsARound, new ParallelOptions { MaxDegreeOfParallelism = Senders }, async (request, _) =>
            {
                var body = RemoteWrite.Body(shape.Request(round, request));
                Interlocked.Add(ref bytes, body.Length);
                await RemoteWrite.SendAsync(peer.Http, "api/v1/write", body);
            });
        }

        var sent = Stopwatch.GetElapsedTime(began);
        var atEnd = peer.Cpu() - before;
        await Task.Delay(s_settle);
        var cpu = peer.Cpu() - before;
        await CountAsync(peer, shape);
        var memory = peer.Memory();
        Say($"{await peer.VersionAsync()}");
        Say($"  {shape.Samples / cpu.TotalSeconds:F0} samples per second of processor time; {cpu.TotalSeconds:F2} s of it in all, {atEnd.TotalSeconds:F2} s when the last was answered; {sent.TotalSeconds:F1} s on the clock, {bytes >> 20} MiB sent; then {memory.Anonymous >> 20} MiB anonymous; all {shape.Samples} samples are there");
        return shape.Samples / cpu.TotalSeconds;
    }

    private static async Task CountAsync(Peer peer, Shape shape)
    {
        for (var shard = 0; shard < Math.Min(Shards, shape.Targets); shard++)
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"sum(count_over_time({{job=\"load\",shard=\"{shard}\"}}[6h]))");
            _ = await peer.AnswersAsync(query, shape.SamplesOf(shard));
        }
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>What is sent: the same for each server.</summary>
    private sealed record Shape(int Targets, int Series, int Rounds, int Churn, long StartMs)
    {
        /// <summary>Targets whose requests go together.</summary>
        private int TargetsARequest => Math.Max(1, SamplesARequest / Series);

        public int RequestsARound => (Targets + TargetsARequest - 1) / TargetsARequest;

        public long Samples => (long)Targets * Series * Rounds;

        public long SeriesInAll => Enumerable.Range(0, Targets).Sum(target => (long)(GenerationOf(target, Rounds - 1) + 1) * Series);

        public double SamplesOf(int shard) => Enumerable.Range(0, Targets).Count(target => target % Shards == shard) * (double)Series * Rounds;

        public IEnumerable<SeriesSamples> Request(int round, int request)
        {
            var time = StartMs + ((long)round * IntervalMs);
            for (var target = request * TargetsARequest; target < Math.Min(Targets, (request + 1) * TargetsARequest); target++)
            {
                var generation = GenerationOf(target, round);
                for (var i = 0; i < Series; i++)
                {
                    yield return new SeriesSamples(Labels(target, generation, i), new[] { time }, new[] { ValueOf(target, i, round) });
                }
            }
        }

        /// <summary>How often a target has been replaced: its turn comes each 100 / churn rounds, and that of others in between.</summary>
        private int GenerationOf(int target, int round) => ((round * Churn) + (target % 100)) / 100;

        /// <summary>A third counters, a third gauges that move, a third that mostly stand still, as exporters have them.</summary>
        private static double ValueOf(int target, int i, int round) => (i % 3) switch
        {
            0 => (round * (1 + ((target + i) % 97))) + (i * 31),
            1 => Math.Round(50 + (30 * Math.Sin((target + i + round) * 0.7)), 2),
            _ => i % 7,
        };

        private static LabelSet Labels(int target, int generation, int i) => LabelSet.Of(
            (LabelSet.MetricName, string.Create(CultureInfo.InvariantCulture, $"app_subsystem_{i / 10}_operations_total")),
            ("job", "load"),
            ("shard", (target % Shards).ToString(CultureInfo.InvariantCulture)),
            ("cluster", "production-eu"),
            ("namespace", string.Create(CultureInfo.InvariantCulture, $"team-{target % 37}")),
            ("instance", string.Create(CultureInfo.InvariantCulture, $"10.{target / 250}.{target % 250}.7:9100")),
            ("pod", string.Create(CultureInfo.InvariantCulture, $"service-{target:x4}-{generation:x4}-7d4f9")),
            ("handler", string.Create(CultureInfo.InvariantCulture, $"/api/v1/resource/{i}")));
    }
}
