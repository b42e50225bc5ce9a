using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Sealing;

namespace Toka.TimeSeries.Tiers;

/// <summary>What a list of blocks holds of each day that has summaries: made once a list, asked by every query. Immutable.</summary>
/// <remarks>
/// Summaries of a day are current when they were written after the newest raw block with samples of that day. Blocks tell by
/// their sequences, and that needs two things of whoever writes them: a block of summaries takes its sequence when all raw
/// blocks with lower ones are published, and blocks of summaries are merged only where each day of their span is current.
/// A block made of others holds what those held, so its own sequence says nothing of the age of its samples; theirs do.
/// </remarks>
internal sealed class TierDays
{
    private readonly List<TierDay> _days = [];

    private TierDays()
    {
    }

    /// <summary>The days with summaries, ascending.</summary>
    public IReadOnlyList<TierDay> Days => _days;

    /// <summary>
    /// The first moment from which raw samples are whole, ms since the Unix epoch; <see cref="long.MinValue"/> where nothing is
    /// missing. A sample older than this must not be taken in: its day is kept as summaries alone, which it could not join.
    /// </summary>
    public long RawFromMs { get; private set; } = long.MinValue;

    /// <summary>The last moment at which there are summaries and no raw samples; <see cref="long.MinValue"/> where there is none.</summary>
    public long AloneUntilMs { get; private set; } = long.MinValue;

    /// <summary>Looks through the blocks.</summary>
    /// <param name="blocks">All of them, in any order.</param>
    public static TierDays Of(IReadOnlyList<BlockInfo> blocks)
    {
        var days = new TierDays();
        var starts = new SortedSet<long>();
        foreach (var block in blocks)
        {
            for (var day = TierLayout.DayStart(block.MinMs); block.TierMs > 0 && day <= block.MaxMs; day += TierLayout.DayMs)
            {
                starts.Add(day);
            }
        }

        foreach (var start in starts)
        {
            days._days.Add(new TierDay(start));
        }

        foreach (var block in blocks)
        {
            for (var i = days.FirstOf(block.MinMs); i < days._days.Count && days._days[i].StartMs <= block.MaxMs; i++)
            {
                days._days[i].Add(block);
            }
        }

        days.FindRaw();
        return days;
    }

    /// <summary>The oldest is deleted first: a day without raw samples behind one that has them never had any.</summary>
    private void FindRaw()
    {
        var hasBegun = false;
        foreach (var day in _days)
        {
            if (!hasBegun && day.HasRaw)
            {
                hasBegun = true;
                day.CutRaw();
            }
            else if (hasBegun)
            {
                day.FollowsRaw();
            }

            if (!hasBegun || day.RawStartMs > day.StartMs)
            {
                RawFromMs = day.EndMs + 1;
            }

            if (!day.HasRaw || day.RawStartMs > day.StartMs)
            {
                // Up to the end of the coarsest bucket around the first raw sample.
                AloneUntilMs = day.HasRaw ? Math.Min(day.EndMs, TierLayout.BucketEnd(day.RawStartMs, TierLayout.ResolutionsMs[^1])) : day.EndMs;
            }
        }
    }

    /// <summary>The place of the first day with summaries that ends at or after a time.</summary>
    public int FirstOf(long timeMs)
    {
        var (from, to) = (0, _days.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            (from, to) = _days[middle].EndMs < timeMs ? (middle + 1, to) : (from, middle);
        }

        return from;
    }

    /// <summary>Whether the summaries of a resolution hold everything that the raw blocks of a time's day hold.</summary>
    /// <param name="timeMs">A moment of the day, ms since the Unix epoch.</param>
    /// <param name="resolutionMs">The resolution.</param>
    public bool IsCurrent(long timeMs, long resolutionMs)
    {
        var place = FirstOf(timeMs);
        return place < _days.Count && _days[place].StartMs <= timeMs && _days[place].IsCurrent(resolutionMs);
    }
}

/// <summary>One day of UTC that has summaries. Immutable once made.</summary>
internal sealed class TierDay(long startMs)
{
    private readonly SortedList<long, long> _tiers = [];
    private bool _rawIsMerged;
    private bool _followsRaw;
    private long _rawOldest = long.MaxValue;
    private long _rawNewest = long.MinValue;
    private long _rawMinMs = long.MaxValue;
    private long _tierMinMs = long.MaxValue;

    /// <summary>The first moment, ms since the Unix epoch.</summary>
    public long StartMs { get; } = startMs;

    /// <summary>The last moment, inclusive.</summary>
    public long EndMs => StartMs + TierLayout.DayMs - 1;

    /// <summary>
    /// Whether raw samples are there. Where every raw block is newer than the finest summaries and was never made of others,
    /// late samples are all there is: the rest of the day was deleted. Not so behind a day with raw samples, where summaries of
    /// other days have been merged around it.
    /// </summary>
    public bool HasRaw => _rawIsMerged || _rawOldest < _tiers.GetValueAtIndex(0) || (_followsRaw && _rawOldest < long.MaxValue);

    /// <summary>Where raw samples begin: <see cref="StartMs"/>, but where blocks of the day's first hours have been deleted.</summary>
    public long RawStartMs { get; private set; } = startMs;

    /// <summary>Takes a block with a part in this day into account.</summary>
    public void Add(BlockInfo block)
    {
        var written = block.Sources.Count == 0 ? block.Sequence : block.Sources.Max();
        var minMs = Math.Max(block.MinMs, StartMs);
        if (block.TierMs > 0)
        {
            _tiers[block.TierMs] = Math.Max(written, _tiers.GetValueOrDefault(block.TierMs, long.MinValue));
            _tierMinMs = Math.Min(_tierMinMs, minMs);
            return;
        }

        _rawIsMerged |= block.Sources.Count > 0;
        _rawOldest = Math.Min(_rawOldest, block.Sequence);
        _rawNewest = Math.Max(_rawNewest, written);
        _rawMinMs = Math.Min(_rawMinMs, minMs);
    }

    /// <summary>Finds where raw samples begin in the oldest day that has some: summaries begin with the first sample of all.</summary>
    public void CutRaw()
    {
        // Blocks go by their spans: less was never deleted.
        if (_rawMinMs > _tierMinMs && _rawMinMs - StartMs >= Sealer.BlockSpanMs)
        {
            RawStartMs = _rawMinMs;
        }
    }

    /// <summary>Notes that an older day has raw samples.</summary>
    public void FollowsRaw() => _followsRaw = true;

    /// <summary>Whether there are summaries of a resolution that hold everything that the raw blocks hold.</summary>
    public bool IsCurrent(long resolutionMs) => _tiers.TryGetValue(resolutionMs, out var sequence) && sequence > _rawNewest;

    /// <summary>What to read the day from.</summary>
    /// <param name="wantedMs">The coarsest resolution that would do; 0 where only raw samples do.</param>
    /// <returns>The coarsest of those that would do and are current, else raw samples (0), else <see cref="ResolutionWithoutRaw"/>.</returns>
    public long ResolutionFor(long wantedMs)
    {
        for (var i = _tiers.Count - 1; i >= 0; i--)
        {
            var resolution = _tiers.GetKeyAtIndex(i);
            if (resolution <= wantedMs && (!HasRaw || IsCurrent(resolution)))
            {
                return resolution;
            }
        }

        return HasRaw ? 0 : ResolutionWithoutRaw(wantedMs);
    }

    /// <summary>What to read those parts of the day from that have no raw samples: the coarsest that would do, or the finest.</summary>
    /// <param name="wantedMs">The coarsest resolution that would do; 0 where only raw samples do.</param>
    public long ResolutionWithoutRaw(long wantedMs)
    {
        for (var i = _tiers.Count - 1; i > 0; i--)
        {
            if (_tiers.GetKeyAtIndex(i) <= wantedMs)
            {
                return _tiers.GetKeyAtIndex(i);
            }
        }

        return _tiers.GetKeyAtIndex(0);
    }
}
