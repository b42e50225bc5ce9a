using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>
/// The compensated sum or mean of histograms, as <c>sum</c>, <c>avg</c>, <c>sum_over_time</c> and <c>avg_over_time</c> need
/// it. A mean adds up as long as no number overflows, and then goes on mean by mean. Reused; not thread-safe.
/// </summary>
/// <remarks>Source: Prometheus 3, <c>avg</c> and <c>sum_over_time</c> of native histograms.</remarks>
internal sealed class HistogramAccumulator
{
    private HistogramSum _sum = new();
    private HistogramSum _next = new();
    private bool _isIncremental;
    private bool _hasReset;
    private bool _hasNoReset;

    public long Count { get; private set; }

    /// <summary>What its numbers take in memory, in bytes.</summary>
    public long Bytes => _sum.Bytes + _next.Bytes;

    /// <summary>Adds a histogram to the sum.</summary>
    /// <returns>Whether it could be joined with those before; else nothing has changed.</returns>
    public bool TryAdd(in HistogramView h, ref HistogramNotes notes)
    {
        if (!TryBegin(h, ref notes, out var isFirst))
        {
            return false;
        }

        if (!isFirst)
        {
            _sum.Add(h, 1, ref notes);
        }

        return true;
    }

    /// <summary>Adds a histogram to the mean.</summary>
    /// <returns>Whether it could be joined with those before; else nothing has changed.</returns>
    public bool TryAddToMean(in HistogramView h, ref HistogramNotes notes)
    {
        if (!TryBegin(h, ref notes, out var isFirst))
        {
            return false;
        }

        if (isFirst)
        {
            return true;
        }

        if (!_isIncremental)
        {
            _next.Set(_sum);
            _next.Add(h, 1, ref notes);
            if (!_next.HasOverflow())
            {
                (_sum, _next) = (_next, _sum);
                return true;
            }

            _isIncremental = true;
            _sum.Divide(Count - 1);
        }

        _sum.Multiply((Count - 1) / (double)Count);
        _sum.Add(h, Count, ref notes);
        return true;
    }

    /// <summary>The sum.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it has overflown while a mean was made.</exception>
    public NativeHistogram Total() =>
        Count > 0 && !_isIncremental ? _sum.ToHistogram(1) : throw new InvalidOperationException("There is no sum of histograms.");

    /// <summary>The mean.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public NativeHistogram Mean() =>
        Count > 0 ? _sum.ToHistogram(_isIncremental ? 1 : Count) : throw new InvalidOperationException("There is no mean of histograms.");

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Count = 0;
        (_isIncremental, _hasReset, _hasNoReset) = (false, false, false);
    }

    private bool TryBegin(in HistogramView h, ref HistogramNotes notes, out bool isFirst)
    {
        isFirst = Count == 0;
        if (isFirst)
        {
            _sum.Set(h);
        }
        else if (!_sum.CanAdd(h))
        {
            return false;
        }

        // Of all that are added, not only of neighbours: a gauge or one of which nothing is known may come between.
        _hasReset |= h.ResetHint == HistogramResetHint.Reset;
        _hasNoReset |= h.ResetHint == HistogramResetHint.NoReset;
        if (_hasReset && _hasNoReset)
        {
            notes |= HistogramNotes.ResetHintCollision;
        }

        Count++;
        return true;
    }
}
