using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Load.Wire;

namespace Toka.Conformance.Differential.Data;

/// <summary>
/// Ninety minutes of samples, made of a seed: what both engines are fed. No sample lies on a whole second and all times of
/// queries do: the left end of a range, which 2.42 includes and 3.x does not, never meets a sample.
/// </summary>
internal sealed class DataSet
{
    /// <summary>The first moment of the data: on a leap day, and a multiple of every step of the queries.</summary>
    public const long StartMs = 1_709_200_800_000;

    /// <summary>How long the data goes on, in ms.</summary>
    public const long SpanMs = 90 * 60_000;

    /// <summary>The buckets of the classic histograms.</summary>
    private static readonly string[] s_bounds = ["0.1", "0.25", "0.5", "1", "2.5", "+Inf"];

    private static readonly (string Job, string Instance)[] s_targets = [("api", "a:1"), ("api", "b:1"), ("web", "a:2"), ("web", "b:2"), ("db", "c:3")];

    private readonly Random _dice;
    private readonly List<SeriesSamples> _series = [];

    public DataSet(int seed)
    {
        _dice = new Random(seed);
        AddCounters();
        AddGauges();
        AddGaps();
        AddOddities();
        AddHistograms();
        AddInfos();
    }

    public IReadOnlyList<SeriesSamples> Series => _series;

    private void AddCounters()
    {
        foreach (var (job, instance) in s_targets[..4])
        {
            foreach (var code in new[] { "200", "404", "500" })
            {
                foreach (var method in code == "404" ? new[] { "get" } : ["get", "post"])
                {
                    Add(Times(15_000), Counter(code == "200" ? 40 : 3, 60), "http_requests_total", ("job", job), ("instance", instance), ("code", code), ("method", method));
                }
            }
        }

        foreach (var (job, instance) in s_targets)
        {
            Add(Times(60_000), Counter(1, 30), "errors_total", ("job", job), ("instance", instance));
            Add(Times(30_000), Counter(0.37, 400), "cpu_seconds_total", ("job", job), ("instance", instance), ("mode", "user"));
            Add(Times(30_000), Counter(0.11, 0), "cpu_seconds_total", ("job", job), ("instance", instance), ("mode", "idle"));
        }
    }

    private void AddGauges()
    {
        foreach (var room in new[] { "hall", "lab", "attic" })
        {
            foreach (var floor in new[] { "1", "2" })
            {
                Add(Times(30_000), Walk(floor == "1" ? 20 : -3, 0.7, 0.1), "temperature_celsius", ("room", room), ("floor", floor));
            }
        }

        foreach (var (job, instance) in s_targets)
        {
            Add(Times(15_000), Walk(2e9, 3e7, 4096), "memory_bytes", ("job", job), ("instance", instance));
            Add(Times(30_000), Steps(0, 1), "up", ("job", job), ("instance", instance));
            Add(Times(20_000), Steps(0, 5), "queue_length", ("job", job), ("instance", instance));
        }
    }

    /// <summary>Series with holes longer than the lookback, and series that begin and end, most with the word of it.</summary>
    private void AddGaps()
    {
        foreach (var shard in new[] { "0", "1", "2" })
        {
            Add([.. Times(30_000).Where(time => (time / 1_260_000 + shard[0]) % 2 == 0)], Walk(5, 1, 0.25), "sparse_value", ("shard", shard));
            Add([.. Times(30_000).Where(_ => _dice.Next(8) == 0)], Walk(5, 1, 0.25), "rare_value", ("shard", shard));
        }

        foreach (var (job, instance) in s_targets)
        {
            for (var life = 0; life < 3; life++)
            {
                var from = StartMs + (life * SpanMs / 3) + (_dice.Next(10) * 60_000);
                var times = Times(30_000).Where(time => time > from && time < from + ((5 + _dice.Next(20)) * 60_000L)).ToArray();
                var values = Walk(100, 9, 0.5)(times);
                if (times.Length > 0 && _dice.Next(4) > 0)
                {
                    values[^1] = StaleMarker.Value;
                }

                Add(times, _ => values, "session_value", ("job", job), ("instance", instance), ("life", life.ToString(CultureInfo.InvariantCulture)));
            }
        }

        // One series with stale markers in its midst.
        Add(Times(15_000), times => [.. times.Select(_ => _dice.Next(20) == 0 ? StaleMarker.Value : _dice.Next(100))], "flapping_value", ("job", "api"));
    }

    private void AddOddities()
    {
        double[][] kinds = [[double.NaN], [double.PositiveInfinity], [double.NegativeInfinity], [double.NaN, 1, 2], [double.PositiveInfinity, 3, -4], [0], [-0.0, 0, 0.5], [1e-300, 2e-300], [1e17, 3e17, -2e17], [0.1, 0.2, 0.30000000000000004]];
        for (var i = 0; i < kinds.Length; i++)
        {
            var values = kinds[i];
            Add(Times(30_000), times => [.. times.Select(_ => values[_dice.Next(values.Length)])], "odd_value", ("kind", string.Create(CultureInfo.InvariantCulture, $"k{i}")));
        }

        // Moments for the functions of dates: a leap day, the turn of a year, before 1970, far away, between two seconds.
        double[] moments = [1_709_210_000, 1_735_689_599, -86_401, 0, 4_102_444_800, 951_782_400.75, 1_456_704_000, 253_402_300_799];
        for (var i = 0; i < moments.Length; i++)
        {
            var moment = moments[i];
            Add(Times(60_000), times => [.. times.Select((_, at) => moment + (at * 3600))], "moment_seconds", ("place", string.Create(CultureInfo.InvariantCulture, $"p{i}")));
        }

        foreach (var text in new[] { "two\nlines", "größe", "say \"hi\"", "back\\slash", "a.b", "axb" })
        {
            Add(Times(60_000), Walk(1, 1, 1), "text_value", ("text", text), ("job", text.Length % 2 == 0 ? "api" : "web"));
        }
    }

    private void AddHistograms()
    {
        foreach (var (job, instance) in s_targets[..4])
        {
            var times = Times(15_000);
            var totals = new double[s_bounds.Length];
            var columns = s_bounds.Select(_ => new double[times.Length]).ToArray();
            var (sum, count) = (new double[times.Length], new double[times.Length]);
            for (var i = 0; i < times.Length; i++)
            {
                if (_dice.Next(150) == 0)
                {
                    Array.Clear(totals);
                }

                for (var n = _dice.Next(6); n > 0; n--)
                {
                    for (var b = _dice.Next(s_bounds.Length); b < s_bounds.Length; b++)
                    {
                        totals[b]++;
                    }
                }

                for (var b = 0; b < s_bounds.Length; b++)
                {
                    columns[b][i] = totals[b];
                }

                (sum[i], count[i]) = (totals[^1] * 0.4375, totals[^1]);
            }

            for (var b = 0; b < s_bounds.Length; b++)
            {
                var column = columns[b];
                Add(times, _ => column, "latency_seconds_bucket", ("job", job), ("instance", instance), ("le", s_bounds[b]));
            }

            Add(times, _ => sum, "latency_seconds_sum", ("job", job), ("instance", instance));
            Add(times, _ => count, "latency_seconds_count", ("job", job), ("instance", instance));
        }

        // Without an infinite bucket, with one that is no number, with one that holds less than the one below it.
        foreach (var (le, rate) in new[] { ("10", 4.0), ("100", 2.0), ("wide", 9.0) })
        {
            Add(Times(30_000), Counter(rate, 0), "size_bytes_bucket", ("job", "api"), ("le", le));
            Add(Times(30_000), Counter(rate, 0), "size_bytes_bucket", ("job", "web"), ("le", le == "wide" ? "+Inf" : le));
        }
    }

    private void AddInfos()
    {
        foreach (var (job, instance) in s_targets[..4])
        {
            Add(Times(60_000), Steps(1, 1), "target_info", ("job", job), ("instance", instance), ("version", job == "api" ? "1.2" : "2.0"), ("zone", instance[..1]));
        }

        Add(Times(60_000), Steps(1, 1), "job_owner", ("job", "api"), ("team", "red"));
        Add(Times(60_000), Steps(1, 1), "job_owner", ("job", "web"), ("team", "blue"));
    }

    private void Add(long[] times, Func<long[], double[]> values, string name, params ReadOnlySpan<(string, string)> labels)
    {
        if (times.Length > 0)
        {
            _series.Add(new SeriesSamples(LabelSet.Of([(LabelSet.MetricName, name), .. labels]), times, values(times)));
        }
    }

    /// <summary>Every so often with jitter, now and then one left out; never on a whole second.</summary>
    private long[] Times(long intervalMs)
    {
        var times = new List<long>();
        var phase = _dice.NextInt64(intervalMs);
        var jitter = _dice.Next(3) == 0 ? 1 : intervalMs / 10;
        for (var at = StartMs + phase; at < StartMs + SpanMs; at += intervalMs)
        {
            if (_dice.Next(40) > 0)
            {
                var time = at + _dice.NextInt64(jitter);
                times.Add(time % 1000 == 0 ? time + 1 : time);
            }
        }

        return [.. times];
    }

    private Func<long[], double[]> Counter(double rate, int resetOneIn) => times =>
    {
        var values = new double[times.Length];
        var total = _dice.Next(2) * _dice.Next(1000) * rate;
        for (var i = 0; i < values.Length; i++)
        {
            total += _dice.Next(3) == 0 ? 0 : _dice.Next(10) * rate;
            total = resetOneIn > 0 && _dice.Next(resetOneIn) == 0 ? 0 : total;
            values[i] = total;
        }

        return values;
    };

    /// <summary>A walk in multiples of a unit.</summary>
    private Func<long[], double[]> Walk(double start, double stride, double unit) => times =>
    {
        var value = start;
        return [.. times.Select(_ => Math.Round((value += (_dice.NextDouble() - 0.5) * stride) / unit) * unit)];
    };

    /// <summary>Whole numbers that stay the same for a while; both ends included.</summary>
    private Func<long[], double[]> Steps(int least, int most) => times =>
    {
        double value = most;
        return [.. times.Select(_ => value = _dice.Next(6) == 0 ? _dice.Next(least, most + 1) : value)];
    };
}
