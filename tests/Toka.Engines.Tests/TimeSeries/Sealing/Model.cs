using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries.Sealing;

/// <summary>What a store should hold: the first value of each time of each series.</summary>
internal sealed class Model
{
    private readonly SortedDictionary<string, (LabelSet Labels, SortedDictionary<long, ulong> Samples)> _series = new(StringComparer.Ordinal);

    public int Count => _series.Values.Sum(static s => s.Samples.Count);

    /// <summary>Writes to both, and compares what became of each sample.</summary>
    public async Task WriteAsync(MetricStore store, params IReadOnlyList<(LabelSet Labels, long Time, double Value)> samples)
    {
        using var batch = new WriteBatch();
        var (accepted, duplicates, conflicts) = (0, 0, 0);
        foreach (var (labels, time, value) in samples)
        {
            batch.Add(labels, time, value);
            switch (Add(labels, time, BitConverter.DoubleToUInt64Bits(value)))
            {
                case null:
                    accepted++;
                    break;
                case true:
                    duplicates++;
                    break;
                default:
                    conflicts++;
                    break;
            }
        }

        var result = await store.WriteAsync(batch, CancellationToken.None);
        Assert.Equal((accepted, duplicates, conflicts, 0), (result.Accepted, result.Duplicates, result.Conflicting, result.Refused - result.Conflicting));
    }

    public async Task VerifyAsync(MetricStore store, long from = long.MinValue, long to = long.MaxValue, params LabelMatcher[] matchers)
    {
        var expected = _series.Values
            .Where(s => matchers.All(m => m.IsMatch(s.Labels)))
            .OrderBy(static s => s.Labels)
            .SelectMany(s => s.Samples.Where(p => p.Key >= from && p.Key <= to).Select(p => (s.Labels.ToString(), p.Key, p.Value)));
        Assert.Equal(expected, await Fixture.ReadAll(store, from, to, matchers));
    }

    /// <summary>Whether the sample is there: null where it was not, and is now; else whether with this value.</summary>
    private bool? Add(LabelSet labels, long time, ulong bits)
    {
        if (!_series.TryGetValue(labels.ToString(), out var series))
        {
            _series.Add(labels.ToString(), series = (labels, []));
        }

        return series.Samples.TryGetValue(time, out var known) ? known == bits : series.Samples.TryAdd(time, bits) ? null : false;
    }
}

/// <summary>Random samples as a store meets them: mostly in order, some late, some twice, some of new series.</summary>
internal sealed class RandomLoad(Random random)
{
    private readonly List<(LabelSet Labels, long Time, double Value)> _written = [];

    public List<(LabelSet Labels, long Time, double Value)> Next(long nowMs, int count)
    {
        var samples = new List<(LabelSet, long, double)>();
        for (var i = 0; i < count; i++)
        {
            var labels = Fixture.Labels("m" + random.Next(3), "series", random.Next(20).ToString());
            var kind = random.Next(100);
            var time = kind < 70 ? nowMs - random.Next(2_000) : kind < 90 ? nowMs - random.Next(20_000_000) : nowMs - (random.Next(200) * 3_600_000L);
            var sample = (labels, time, kind % 2 == 0 ? random.Next(100) : kind == 71 ? BitConverter.UInt64BitsToDouble(StaleMarker.Bits) : random.NextDouble());
            if (kind >= 95 && _written.Count > 0)
            {
                sample = _written[random.Next(_written.Count)];
                sample.Item3 += kind == 99 ? 1 : 0;
            }

            samples.Add(sample);
            _written.Add(sample);
        }

        return samples;
    }
}
