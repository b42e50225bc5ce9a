using System.Globalization;
using Toka.Core.Labels;

namespace Toka.Core.Telemetry;

/// <summary>A classic histogram of <see cref="SelfMetrics"/>. Thread-safe.</summary>
public sealed class SelfHistogram
{
    private readonly double[] _bounds;
    private readonly long[] _counts;
    private readonly LabelSet[] _buckets;
    private readonly LabelSet _sumLabels;
    private readonly LabelSet _countLabels;
    private double _sum;

    internal SelfHistogram(string name, ReadOnlySpan<double> bounds)
    {
        _bounds = [.. bounds];
        _counts = new long[bounds.Length + 1];
        _buckets = [.. _bounds.Append(double.PositiveInfinity).Select(bound => LabelSet.Of(
            (LabelSet.MetricName, name + "_bucket"), ("le", double.IsInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture))))];
        _sumLabels = LabelSet.Of((LabelSet.MetricName, name + "_sum"));
        _countLabels = LabelSet.Of((LabelSet.MetricName, name + "_count"));
    }

    /// <summary>Counts an observation.</summary>
    /// <param name="value">Not NaN.</param>
    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        double sum;
        do
        {
            sum = Volatile.Read(ref _sum);
        }
        while (Interlocked.CompareExchange(ref _sum, sum + value, sum) != sum);
    }

    /// <summary>All its samples; the count is always that of the last bucket.</summary>
    internal IEnumerable<(LabelSet Labels, double Value)> Read()
    {
        var count = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            count += Interlocked.Read(ref _counts[i]);
            yield return (_buckets[i], count);
        }

        yield return (_sumLabels, Volatile.Read(ref _sum));
        yield return (_countLabels, count);
    }
}
