using Toka.Core.Labels;
using Toka.Core.Series;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>Series as a host has them: counters in hundredths, counters of bytes, gauges, constants; four of each sixteen are floats.</summary>
internal sealed class HostData
{
    private readonly LabelSet[] _series;
    private readonly double[] _values;
    private readonly Random _random = new(42);

    public HostData(int series)
    {
        _values = new double[series];
        _series = [.. Enumerable.Range(0, series).Select(static i => LabelSet.Of(
            ("__name__", $"node_metric_{i % 200}_total"), ("instance", $"host-{i / 1000}"), ("job", "node"), ("device", $"dev{i / 200 % 50}"), ("mode", $"mode{i % 8}")))];
    }

    public void Fill(WriteBatch batch, long time) => Fill(batch, time, 0, _series.Length);

    public void Fill(WriteBatch batch, long time, int start, int count)
    {
        batch.Clear();
        for (var i = start; i < start + count; i++)
        {
            _values[i] = (i & 15) switch
            {
                < 6 => _values[i],
                < 9 => Math.Round(((_values[i] * 100) + _random.Next(0, 100))) / 100,
                < 12 => _values[i] + _random.Next(0, 4096),
                < 14 => _random.Next(0, 1000),
                _ => _random.NextDouble(),
            };
            batch.Add(_series[i], time, _values[i]);
        }
    }
}
