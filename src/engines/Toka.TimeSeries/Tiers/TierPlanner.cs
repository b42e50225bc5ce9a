using System.Globalization;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Tiers;

/// <summary>A day to sum up.</summary>
/// <param name="DayStartMs">Its first moment, ms since the Unix epoch.</param>
/// <param name="Raw">All raw blocks with samples of it, ascending by sequence.</param>
/// <param name="ResolutionsMs">The resolutions to write, finest first: the coarser ones are made of the finer.</param>
/// <param name="Before">Blocks with summaries of the day, ascending by sequence; those of a series stay where its raw samples have become fewer.</param>
internal sealed record TierJob(long DayStartMs, IReadOnlyList<BlockInfo> Raw, IReadOnlyList<long> ResolutionsMs, IReadOnlyList<BlockInfo> Before)
{
    /// <summary>
    /// What the outputs may take. Samples further apart than a bucket become a summary each, and every output has an index of
    /// its own: each may be as large as the raw blocks, and has a header, a footer and tables besides.
    /// </summary>
    public long Bytes => ResolutionsMs.Count * (64 * 1024 + (2 * Raw.Sum(static block => block.Bytes)));

    /// <summary>What the job is known by.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"tiers:{DayStartMs}:{string.Join(',', ResolutionsMs)}:{string.Join(',', Raw.Select(static block => block.Sequence))}");
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
    public static IEnumerable<TierJob> Due(IReadOnlyList<BlockInfo> blocks, long nowMs, IReadOnlySet<long> fresh, Func<long, long> keepFromMs)
    {
        var days = TierDays.Of(blocks);
        var settled = TierDays.Of([.. blocks.Where(block => block.TierMs > 0 || !fresh.Contains(block.Sequence))]);
        var wait = (long)SettleTime.TotalMilliseconds + TierLayout.DayMs;
        foreach (var (day, raw) in RawOfDays(blocks, nowMs < long.MinValue + wait ? long.MinValue : nowMs - wait))
        {
            var end = day + TierLayout.DayMs - 1;
            long[] due = [.. TierLayout.ResolutionsMs.ToArray().Where(resolution => end >= keepFromMs(resolution) && !settled.IsCurrent(day, resolution))];

            // Where some raw samples of a day are gone, its summaries know more than could be summed up again.
            if (due.Length > 0 && (days.DayOf(day)?.IsRawWhole ?? true))
            {
                yield return Job(blocks, day, raw, due);
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

    /// <summary>The job that sums up a day again from the raw samples that are there, in the resolutions that it has.</summary>
    /// <returns>Null where it has no summaries, or not all of its raw samples.</returns>
    public static TierJob? Again(IReadOnlyList<BlockInfo> blocks, long dayStartMs)
    {
        if (TierDays.Of(blocks).DayOf(dayStartMs) is not { IsRawWhole: true })
        {
            return null;
        }

        var job = Job(blocks, dayStartMs, [.. blocks.Where(block => block.TierMs == 0 && IsOf(block, dayStartMs)).OrderBy(static block => block.Sequence)], []);
        return job with { ResolutionsMs = [.. job.Before.Select(static block => block.TierMs).Distinct().Order()] };
    }

    private static TierJob Job(IReadOnlyList<BlockInfo> blocks, long day, IReadOnlyList<BlockInfo> raw, IReadOnlyList<long> resolutionsMs) =>
        new(day, raw, resolutionsMs, [.. blocks.Where(block => block.TierMs > 0 && IsOf(block, day)).OrderBy(static block => block.Sequence)]);

    private static bool IsOf(BlockInfo block, long day) => block.MinMs <= day + TierLayout.DayMs - 1 && block.MaxMs >= day;

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
