using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Sealing;

namespace Toka.TimeSeries.Tiers;

/// <summary>What a list of blocks holds of each day that has summaries: made once a list, asked by every query. Immutable.</summary>
/// <remarks>
/// Summaries of a day are current when they were written after the newest raw block with samples of that day. Blocks tell by
/// their sequences, and that needs two things of whoever writes them: a block of summaries takes its sequence when all raw
/// blocks with lower ones are published, and blocks of summaries are merged only where each day of their span is current.
/// A block made of others holds what those held, so its own sequence says nothing of the age of its samples; theirs do: the newest of
/// them is no older than any sample (a merge of merges may pass for newer, and is summed up once more than it must), and the oldest
/// block behind them, which is handed on from merge to merge, tells that not all of its samples came late.
/// </remarks>
internal sealed class TierDays
{
    private readonly List<TierDay> _days = [];

    private TierDays()
    {
    }

    /// <summary>The days with summaries, ascending.</summary>
    public IReadOnlyList<TierDay> Days => _days;

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

    /// <summary>The oldest is deleted first: only the first day with raw samples can lack some of its beginning.</summary>
    private void FindRaw()
    {
        var hasBegun = false;
        foreach (var day in _days)
        {
            day.FindRaw();
            if (!hasBegun && day.HasRaw)
            {
                hasBegun = true;
                day.CutRaw();
            }

            if (!day.IsRawWhole)
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
    public bool IsCurrent(long timeMs, long resolutionMs) => DayOf(timeMs)?.IsCurrent(resolutionMs) ?? false;

    /// <summary>The day of a time; null where it has no summaries.</summary>
    public TierDay? DayOf(long timeMs)
    {
        var place = FirstOf(timeMs);
        return place < _days.Count && _days[place].StartMs <= timeMs ? _days[place] : null;
    }
}

/// <summary>One day of UTC that has summaries. Immutable once made.</summary>
internal sealed class TierDay(long startMs)
{
    private readonly SortedList<long, long> _tiers = [];
    private readonly List<BlockInfo> _raw = [];
    private long _rawNewest = long.MinValue;
    private long _rawMinMs = long.MaxValue;
    private long _tierMinMs = long.MaxValue;

    /// <summary>The first moment, ms since the Unix epoch.</summary>
    public long StartMs { get; } = startMs;

    /// <summary>The last moment, inclusive.</summary>
    public long EndMs => StartMs + TierLayout.DayMs - 1;

    /// <summary>
    /// Whether the raw samples are there of which the summaries were made. A raw block that is newer than the finest summaries
    /// in all that it was made of holds late samples alone: the others were deleted, or their block was damaged.
    /// </summary>
    public bool HasRaw => _rawMinMs < long.MaxValue;

    /// <summary>Whether raw blocks have late samples, of which the summaries do not know.</summary>
    public bool HasLate { get; private set; }

    /// <summary>Where raw samples begin: <see cref="StartMs"/>, but where blocks of the day's first hours have been deleted.</summary>
    public long RawStartMs { get; private set; } = startMs;

    /// <summary>Whether nothing of the raw samples is missing, so that they can be summed up again.</summary>
    public bool IsRawWhole => HasRaw && RawStartMs == StartMs;

    /// <summary>Takes a block with a part in this day into account.</summary>
    public void Add(BlockInfo block)
    {
        if (block.TierMs == 0)
        {
            _raw.Add(block);
            return;
        }

        _tiers[block.TierMs] = Math.Max(NewestOf(block), _tiers.GetValueOrDefault(block.TierMs, long.MinValue));
        _tierMinMs = Math.Min(_tierMinMs, Math.Max(block.MinMs, StartMs));
    }

    /// <summary>Tells raw blocks that were there before the summaries from those that came late; all blocks have been added.</summary>
    public void FindRaw()
    {
        foreach (var block in _raw)
        {
            _rawNewest = Math.Max(_rawNewest, NewestOf(block));
            if (OldestOf(block) < _tiers.GetValueAtIndex(0))
            {
                _rawMinMs = Math.Min(_rawMinMs, Math.Max(block.MinMs, StartMs));
            }
            else
            {
                HasLate = true;
            }
        }
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

    private static long NewestOf(BlockInfo block) => block.Sources.Count == 0 ? block.Sequence : block.Sources.Max();

    private static long OldestOf(BlockInfo block) => block.Sources.Count == 0 ? block.Sequence : block.Sources.Min();
}
