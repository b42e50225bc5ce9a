using System.Globalization;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Tiers;

/// <summary>A day to sum up.</summary>
/// <param name="DayStartMs">Its first moment, ms since the Unix epoch.</param>
/// <param name="Raw">All raw blocks with samples of it, ascending by sequence.</param>
/// <param name="ResolutionsMs">The resolutions to write, finest first: the coarser ones are made of the finer.</param>
internal sealed record TierJob(long DayStartMs, IReadOnlyList<BlockInfo> Raw, IReadOnlyList<long> ResolutionsMs)
{
    /// <summary>
    /// What the outputs may take. Samples further apart than a bucket become a summary each, and every output has an index of
    /// its own: each may be as large as the raw blocks, and has a header, a footer and tables besides.
    /// </summary>
    public long Bytes { get; } = ResolutionsMs.Count * (64 * 1024 + (2 * Raw.Sum(static block => block.Bytes)));

    /// <summary>What the job is known by.</summary>
    public string Key { get; } = string.Create(CultureInfo.InvariantCulture, $"tiers:{DayStartMs}:{string.Join(',', Raw.Select(static block => block.Sequence))}");
}

/// <summary>Finds the days whose summaries are missing or no longer current. Pure functions.</summary>
internal static class TierPlanner
{
    /// <summary>
    /// How long after its end a day is summed up. 6 h: by then the head has sealed all that came in order, so that nothing of the
    /// day is in memory alone, and most of what comes late has come.
    /// </summary>
    public static TimeSpan SettleTime => TimeSpan.FromHours(6);

    /// <summary>The days to sum up, the oldest first.</summary>
    /// <param name="blocks">All blocks, in any order.</param>
    /// <param name="nowMs">The present time, ms since the Unix epoch.</param>
    /// <param name="fresh">Late blocks that came a short while ago: a day that has its summaries waits for more of them.</param>
    /// <param name="keepFromMs">The time from which a resolution is kept; <see cref="long.MaxValue"/> for one that is not written.</param>
    /// <param name="mayReplace">Whether days may be summed up again; not where raw blocks are missing that cannot be told the days of.</param>
    public static IEnumerable<TierJob> Due(IReadOnlyList<BlockInfo> blocks, long nowMs, IReadOnlySet<long> fresh, Func<long, long> keepFromMs, bool mayReplace)
    {
        var days = TierDays.Of(blocks);
        var settled = TierDays.Of([.. blocks.Where(block => block.TierMs > 0 || !fresh.Contains(block.Sequence))]);
        var wait = (long)SettleTime.TotalMilliseconds + TierLayout.DayMs;
        foreach (var (day, raw) in RawOfDays(blocks, nowMs < long.MinValue + wait ? long.MinValue : nowMs - wait))
        {
            var end = day + TierLayout.DayMs - 1;
            long[] due = [.. TierLayout.ResolutionsMs.ToArray().Where(resolution => end >= keepFromMs(resolution) && !settled.IsCurrent(day, resolution))];

            // Where some raw samples of a day are gone, its summaries know more than could be summed up again.
            if (due.Length > 0 && (days.DayOf(day) is not { } summarised || (mayReplace && summarised.IsRawWhole)))
            {
                yield return new TierJob(day, raw, due);
            }
        }
    }

    /// <summary>
    /// Whether every day of a span that has raw samples has current summaries of a resolution. Only then may its blocks be
    /// written anew: what is written last passes for summaries of everything that was there before it.
    /// </summary>
    public static bool IsCurrent(IReadOnlyList<BlockInfo> blocks, TierDays days, long resolutionMs, long fromMs, long toMs)
    {
        var (first, last) = (TierLayout.DayStart(fromMs), TierLayout.DayStart(toMs));
        foreach (var block in blocks)
        {
            if (block.TierMs > 0 || block.MaxMs < first || TierLayout.DayStart(block.MinMs) > last)
            {
                continue;
            }

            var end = Math.Min(last, block.MaxMs);
            for (var day = Math.Max(first, TierLayout.DayStart(block.MinMs)); day <= end; day += TierLayout.DayMs)
            {
                if (!days.IsCurrent(day, resolutionMs))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static SortedDictionary<long, List<BlockInfo>> RawOfDays(IReadOnlyList<BlockInfo> blocks, long lastDayMs)
    {
        var days = new SortedDictionary<long, List<BlockInfo>>();
        foreach (var block in blocks.Where(static block => block.TierMs == 0).OrderBy(static block => block.Sequence))
        {
            for (var day = TierLayout.DayStart(block.MinMs); day <= Math.Min(block.MaxMs, lastDayMs); day += TierLayout.DayMs)
            {
                if (!days.TryGetValue(day, out var list))
                {
                    days.Add(day, list = []);
                }

                list.Add(block);
            }
        }

        return days;
    }
}
