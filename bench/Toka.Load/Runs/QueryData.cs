using System.Globalization;
using Toka.Core.Labels;
using Toka.Load.Peers;
using Toka.Load.Wire;

namespace Toka.Load.Runs;

/// <summary>What the questions of <see cref="QueriesRun"/> are about: the same values for each server, by a fixed rule.</summary>
/// <param name="endMs">The time of the last samples, ms since the Unix epoch.</param>
internal sealed class QueryData(long endMs)
{
    /// <summary>Counters that are asked for together.</summary>
    public const int Counters = 10_000;

    /// <summary>Classic histograms; each has the buckets that client libraries make by default.</summary>
    public const int Histograms = 1000;

    private const int Hours = 6;
    private const int GaugeHours = 24;
    private const int CounterIntervalMs = 15_000;
    private const int BucketIntervalMs = 60_000;
    private const int SamplesARequest = 20_000;

    private static readonly string[] s_bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf"];

    /// <summary>How many samples there are in all.</summary>
    public static long Samples =>
        ((long)Counters * Hours * 3_600_000 / CounterIntervalMs) + ((long)Histograms * s_bounds.Length * Hours * 3_600_000 / BucketIntervalMs) + (GaugeHours * 3_600_000 / CounterIntervalMs);

    /// <summary>Writes everything in the order of time, as scrapes would.</summary>
    public async Task WriteAsync(Peer peer)
    {
        // Hour by hour, because a server that takes only what is near its newest sample must take this too.
        for (var hour = GaugeHours; hour > 0; hour--)
        {
            await WriteHourAsync(peer, hour, 1, CounterIntervalMs, GaugeLabels, GaugeValue);
            if (hour <= Hours)
            {
                await WriteHourAsync(peer, hour, Counters, CounterIntervalMs, CounterLabels, CounterValue);
                await WriteHourAsync(peer, hour, Histograms * s_bounds.Length, BucketIntervalMs, BucketLabels, BucketValue);
            }
        }
    }

    private static LabelSet GaugeLabels(int i) => LabelSet.Of((LabelSet.MetricName, "bench_temperature"), ("instance", "one"));

    private static double GaugeValue(int series, long at) => 40 + (10 * Math.Sin(at / 200.0)) + (Noise(at) % 100 / 100.0);

    private static LabelSet CounterLabels(int i) => LabelSet.Of(
        (LabelSet.MetricName, "bench_requests_total"), ("job", $"job-{i % 10}"), ("namespace", $"team-{i / 10 % 40}"),
        ("instance", string.Create(CultureInfo.InvariantCulture, $"10.0.{i / 250}.{i % 250}:9100")),
        ("pod", string.Create(CultureInfo.InvariantCulture, $"service-{i:x6}-7d4f9")));

    private static LabelSet BucketLabels(int i) => LabelSet.Of(
        (LabelSet.MetricName, "bench_latency_seconds_bucket"), ("le", s_bounds[i % s_bounds.Length]),
        ("service", string.Create(CultureInfo.InvariantCulture, $"service-{i / s_bounds.Length:D4}")));

    /// <summary>A counter that grows at a rate of its own, with noise, and begins anew once in a while.</summary>
    private static double CounterValue(int series, long at)
    {
        var sinceReset = (at + (series * 37L)) % 1200;
        return Math.Floor((double)(sinceReset * (1 + (series % 50))) + (Noise(at + series) % 16));
    }

    private static double BucketValue(int i, long at) => (at + 1) * (1 + (i % s_bounds.Length)) * (1 + (i / s_bounds.Length % 7));

    private static long Noise(long at)
    {
        var x = (ulong)at * 0x9E3779B97F4A7C15;
        return (long)((x ^ (x >> 31)) * 0xBF58476D1CE4E5B9 >> 33);
    }

    private async Task WriteHourAsync(
        Peer peer, int hoursBack, int count, int intervalMs, Func<int, LabelSet> labels, Func<int, long, double> value)
    {
        var last = endMs - ((hoursBack - 1) * 3_600_000L);
        var times = new long[3_600_000 / intervalMs];
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = last - ((times.Length - 1L - i) * intervalMs);
        }

        var begin = endMs - (GaugeHours * 3_600_000L);
        var perRequest = SamplesARequest / times.Length;
        for (var first = 0; first < count; first += perRequest)
        {
            await peer.WriteAsync([.. Enumerable.Range(first, Math.Min(perRequest, count - first)).Select(i =>
                new SeriesSamples(labels(i), times, times.Select(time => value(i, (time - begin) / intervalMs)).ToArray()))]);
        }
    }
}
