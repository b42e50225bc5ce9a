using Toka.Core.Series;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Tiers;

/// <summary>
/// The summaries that a day has already in one resolution, as it is summed up again: raw samples may have been lost since, and
/// then what was summed up before stands. Not thread-safe.
/// </summary>
/// <param name="blocks">The blocks of the resolution with summaries of the day, held by the caller, ascending by sequence.</param>
/// <param name="dayStartMs">The day's first moment, ms since the Unix epoch.</param>
/// <param name="resolutionMs">The resolution.</param>
internal sealed class KnownSummaries(IReadOnlyList<Block> blocks, long dayStartMs, long resolutionMs) : IDisposable
{
    private readonly SummaryColumn _known = new();
    private readonly List<(Block Block, int Ordinal)> _found = [];

    /// <summary>The resolution in ms.</summary>
    public long ResolutionMs => resolutionMs;

    /// <summary>Whether any bucket of a series counts more samples than the same bucket of new summaries.</summary>
    /// <param name="labels">The series, encoded.</param>
    /// <param name="renewed">Its new summaries of the day, ascending.</param>
    public bool KnowMore(ReadOnlySpan<byte> labels, SummaryColumn renewed)
    {
        if (blocks.Count == 0)
        {
            return false;
        }

        _known.Clear();
        try
        {
            Read(labels);
        }
        catch (BlockDamagedException)
        {
            // What cannot be found is no longer known.
            return false;
        }

        var (i, j) = (0, 0);
        while (i < _known.Count)
        {
            var end = TierLayout.BucketEnd(_known.Timestamps[i], resolutionMs);
            while (j < renewed.Count && TierLayout.BucketEnd(renewed.Timestamps[j], resolutionMs) < end)
            {
                j++;
            }

            if (CountOf(_known, ref i, end) > CountOf(renewed, ref j, end))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _known.Dispose();

    private void Read(ReadOnlySpan<byte> labels)
    {
        _found.Clear();
        foreach (var block in blocks)
        {
            var ordinal = block.Find(labels);
            if (ordinal >= 0)
            {
                _found.Add((block, ordinal));
            }
        }

        if (_found.Count > 0)
        {
            TierRead.Append(_found, new TierRange(dayStartMs, dayStartMs + TierLayout.DayMs - 1, resolutionMs), _known, null);
        }
    }

    /// <summary>The samples of a bucket, which may have more than one summary; the place moves behind them.</summary>
    private long CountOf(SummaryColumn column, ref int place, long bucketEnd)
    {
        var count = 0L;
        for (; place < column.Count && TierLayout.BucketEnd(column.Timestamps[place], resolutionMs) == bucketEnd; place++)
        {
            count += column.Counts[place];
        }

        return count;
    }
}
