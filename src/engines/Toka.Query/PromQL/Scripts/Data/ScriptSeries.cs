using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Query.PromQL.Scripts.Data;

/// <summary>One series in memory.</summary>
internal sealed class ScriptSeries(LabelSet labels)
{
    private readonly SortedList<long, LoadedSample> _loaded = [];
    private LoadedSample[]? _stored;

    public LabelSet Labels { get; } = labels;

    public bool HasHistograms { get; private set; }

    private bool KnowsCreated { get; set; }

    /// <summary>Adds a sample.</summary>
    /// <returns>False where another one has its time.</returns>
    public bool TryAdd(in LoadedSample sample)
    {
        if (!_loaded.TryAdd(sample.TimestampMs, sample))
        {
            return false;
        }

        _stored = null;
        HasHistograms |= sample.Point.Kind == PointKind.Histogram;
        KnowsCreated |= sample.CreatedMs != 0;
        return true;
    }

    /// <summary>Makes what was loaded what is read.</summary>
    public void Commit() => _stored ??= Store();

    public bool HasSamples(long fromMs, long toMs) => Between(fromMs, toMs).Length > 0;

    public void ReadFloats(long fromMs, long toMs, FloatColumn into)
    {
        foreach (ref readonly var sample in Between(fromMs, toMs))
        {
            if (sample.Point.Kind != PointKind.Histogram)
            {
                into.Add(sample.TimestampMs, sample.Point.Kind == PointKind.Stale ? StaleMarker.Value : sample.Point.Number);
            }
        }
    }

    public void ReadHistograms(long fromMs, long toMs, HistogramColumn into)
    {
        foreach (ref readonly var sample in Between(fromMs, toMs))
        {
            if (sample.Point.Histogram is { } histogram)
            {
                into.Add(sample.TimestampMs, histogram);
            }
        }
    }

    /// <summary>A step for each sample that says something else than the one before; 0 where it says nothing, as in Prometheus.</summary>
    public void ReadCreated(long fromMs, long toMs, CreatedColumn into)
    {
        if (!KnowsCreated)
        {
            return;
        }

        foreach (ref readonly var sample in Between(fromMs, toMs))
        {
            into.Add(sample.TimestampMs, sample.CreatedMs);
        }
    }

    private LoadedSample[] Store()
    {
        var stored = _loaded.Values.ToArray();
        var hints = new ResetHints();
        var isHistogram = false;
        foreach (ref var sample in stored.AsSpan())
        {
            switch (sample.Point.Kind)
            {
                case PointKind.Histogram:
                    sample = sample with { Point = sample.Point with { Histogram = hints.Next(sample.Point.Histogram!) } };
                    isHistogram = true;
                    continue;
                case PointKind.Stale when isHistogram:
                    // A series of histograms ends with a histogram.
                    sample = sample with { Point = ScriptPoint.Of(NativeHistogram.Stale, isHintGiven: false) };
                    break;
                default:
                    isHistogram = false;
                    break;
            }

            hints.Break();
        }

        return stored;
    }

    private ReadOnlySpan<LoadedSample> Between(long fromMs, long toMs)
    {
        var stored = _stored ?? throw new InvalidOperationException("The samples are not committed yet.");
        var (first, behind) = (FirstFrom(stored, fromMs), toMs == long.MaxValue ? stored.Length : FirstFrom(stored, toMs + 1));
        return stored.AsSpan(first, Math.Max(0, behind - first));
    }

    private static int FirstFrom(LoadedSample[] samples, long timeMs)
    {
        var (low, high) = (0, samples.Length);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = samples[middle].TimestampMs < timeMs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
