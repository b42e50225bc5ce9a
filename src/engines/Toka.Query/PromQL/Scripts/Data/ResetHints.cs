using Toka.Core.Samples;

namespace Toka.Query.PromQL.Scripts.Data;

/// <summary>
/// What a store tells of resets, histogram by histogram: gauges are gauges, and of a counter that goes on from the one before
/// it is known that it was not reset. What scripts say of resets beside that is forgotten, as Prometheus's store does, which
/// cannot know what else comes between two of its chunks.
/// </summary>
/// <remarks>Source: Prometheus, <c>tsdb/chunkenc</c>, what may be appended to a chunk of histograms and which hint is read from it.</remarks>
internal sealed class ResetHints
{
    private readonly ExponentialBuckets _before = new();
    private readonly ExponentialBuckets _now = new();
    private NativeHistogram? _last;

    /// <summary>Forgets the histogram before: something else came between.</summary>
    public void Break() => _last = null;

    /// <summary>The next histogram of a series with the hint that a store would give it.</summary>
    public NativeHistogram Next(NativeHistogram histogram)
    {
        var hint = histogram.ResetHint == HistogramResetHint.Gauge ? HistogramResetHint.Gauge
            : _last is { } last && histogram.ResetHint != HistogramResetHint.Reset && GoesOn(last, histogram) ? HistogramResetHint.NoReset
            : HistogramResetHint.Unknown;
        _last = histogram;
        return histogram.WithHint(hint);
    }

    private bool GoesOn(NativeHistogram last, NativeHistogram histogram)
    {
        var (a, b) = (last.Layout, histogram.Layout);
        return last.ResetHint != HistogramResetHint.Gauge && a.Schema == b.Schema && a.ZeroThreshold == b.ZeroThreshold
            && a.CustomValues.SequenceEqual(b.CustomValues) && last.Count <= histogram.Count && last.ZeroCount <= histogram.ZeroCount
            && IsWithin(a.PositiveSpans, last.PositiveBuckets, b.PositiveSpans, histogram.PositiveBuckets)
            && IsWithin(a.NegativeSpans, last.NegativeBuckets, b.NegativeSpans, histogram.NegativeBuckets);
    }

    /// <summary>Whether no bucket fell.</summary>
    private bool IsWithin(ReadOnlySpan<HistogramSpan> spans, ReadOnlySpan<double> counts, ReadOnlySpan<HistogramSpan> laterSpans, ReadOnlySpan<double> laterCounts)
    {
        _before.Set(spans, counts);
        _now.Set(laterSpans, laterCounts);
        var at = 0;
        for (var i = 0; i < _before.Count; i++)
        {
            while (at < _now.Count && _now.Indexes[at] < _before.Indexes[i])
            {
                at++;
            }

            if (at == _now.Count || _now.Indexes[at] != _before.Indexes[i] || _now.Counts[at] < _before.Counts[i])
            {
                return false;
            }
        }

        return true;
    }
}
