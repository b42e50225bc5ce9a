using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.TimeSeries.Tiers;

/// <summary>
/// Sums up one series after another, bucket by bucket, from samples or from summaries of a finer resolution that divides this
/// one. Holds one open bucket; not thread-safe.
/// </summary>
/// <remarks>
/// The first sample after <see cref="Begin"/> stays a summary of its own. Whether a counter was reset on the way to it depends
/// on what stands before it, and that may change without this part of the series being summed up again (late samples, retention,
/// another resolution next to it); a single sample can be judged by whoever reads. Every later summary knows its predecessor.
/// A stale marker ends the open bucket and stands alone; of several without samples between them the first says it all.
/// </remarks>
internal sealed class Summariser
{
    private readonly long _resolutionMs;
    private bool _hasBegun;
    private bool _isStale;
    private bool _isOpen;
    private long _bucketEnd;
    private double _before;
    private double _falls;
    private double _sumError;
    private Summary _open;

    /// <summary>Makes one.</summary>
    /// <param name="resolutionMs">The length of a bucket in ms; above 0.</param>
    public Summariser(long resolutionMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resolutionMs);
        _resolutionMs = resolutionMs;
    }

    /// <summary>Begins a series, or a part of one whose predecessor may change.</summary>
    public void Begin()
    {
        if (_isOpen)
        {
            throw new InvalidOperationException("BUG: a series begins while a bucket of the one before is open.");
        }

        (_hasBegun, _isStale) = (false, false);
    }

    /// <summary>Sums up samples that follow those before. The last bucket stays open.</summary>
    /// <param name="times">Ascending, ms since the Unix epoch.</param>
    /// <param name="values">One a time; stale markers among them.</param>
    /// <param name="into">Where closed buckets go.</param>
    public void Add(ReadOnlySpan<long> times, ReadOnlySpan<double> values, SummaryColumn into)
    {
        for (var i = 0; i < times.Length; i++)
        {
            var value = values[i];
            if (StaleMarker.Is(value))
            {
                AddMarker(times[i], into);
            }
            else
            {
                AddPart(Summaries.OfSample(times[i], value), into);
            }
        }
    }

    /// <summary>Sums up finer summaries that follow those before. The last bucket stays open.</summary>
    /// <param name="finer">The summaries.</param>
    /// <param name="into">Where closed buckets go; another column.</param>
    public void Add(SummaryColumn finer, SummaryColumn into)
    {
        for (var i = 0; i < finer.Count; i++)
        {
            if (finer.Counts[i] == 0)
            {
                AddMarker(finer.Timestamps[i], into);
            }
            else
            {
                AddPart(finer[i], into);
            }
        }
    }

    /// <summary>Closes the last bucket.</summary>
    /// <param name="into">Where it goes.</param>
    public void Flush(SummaryColumn into)
    {
        if (!_isOpen)
        {
            return;
        }

        var sum = double.IsInfinity(_open.Sum) ? _open.Sum : _open.Sum + _sumError;
        into.Add(_open with { Sum = sum, Increase = _open.Last - _before + _falls });
        _before = _open.Last;
        _isOpen = false;
    }

    private void AddMarker(long timestampMs, SummaryColumn into)
    {
        Flush(into);
        if (!_isStale)
        {
            into.Add(Summaries.OfMarker(timestampMs));
        }

        _isStale = true;
    }

    private void AddPart(in Summary part, SummaryColumn into)
    {
        _isStale = false;
        if (!_hasBegun)
        {
            _hasBegun = true;
            _before = part.Last;
            into.Add(part);
            return;
        }

        var bucketEnd = TierLayout.BucketEnd(part.TimestampMs, _resolutionMs);
        if (_isOpen && bucketEnd == _bucketEnd)
        {
            Extend(part);
            return;
        }

        Flush(into);
        _isOpen = true;
        _bucketEnd = bucketEnd;
        _falls = part.FallsSince(_before);
        _sumError = 0;
        _open = part;
    }

    private void Extend(in Summary part)
    {
        _falls += part.FallsSince(_open.Last);
        var sum = _open.Sum + part.Sum;

        // Neumaier's compensated sum, as PromQL's functions add; an infinite sum has no error.
        _sumError = double.IsInfinity(sum) ? 0 : _sumError
            + (Math.Abs(_open.Sum) >= Math.Abs(part.Sum) ? _open.Sum - sum + part.Sum : part.Sum - sum + _open.Sum);
        _open = new Summary(
            part.TimestampMs,
            part.Min < _open.Min || double.IsNaN(_open.Min) ? part.Min : _open.Min,
            part.Max > _open.Max || double.IsNaN(_open.Max) ? part.Max : _open.Max,
            sum,
            _open.Count + part.Count,
            part.Last,
            0);
    }
}
