using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Tiers;

/// <summary>A day to sum up.</summary>
/// <param name="DayStartMs">Its first moment, ms since the Unix epoch.</param>
/// <param name="Raw">All raw blocks with samples of it, ascending by sequence.</param>
/// <param name="ResolutionsMs">All resolutions, finest first: the coarser ones are made of the finer.</param>
internal sealed record TierJob(long DayStartMs, IReadOnlyList<BlockInfo> Raw, IReadOnlyList<long> ResolutionsMs);

/// <summary>Finds the days whose summaries are missing or no longer current. Pure functions.</summary>
internal static class TierPlanner
{
    /// <summary>
    /// How long after its end a day whose raw samples are in one block is summed up. 6 h: by then the head has sealed it, but for
    /// late samples.
    /// </summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromHours(6);

    /// <summary>
    /// How long after its end a day is summed up however many raw blocks it is in. 36 h: what has not been merged by then will not
    /// be soon, and a day without summaries must not go with its raw samples.
    /// </summary>
    public static readonly TimeSpan SettleTimeMax = TimeSpan.FromHours(36);

    /// <summary>The next day to sum up, the oldest first; null where all is done.</summary>
    /// <param name="blocks">All blocks, in any order.</param>
    /// <param name="nowMs">The present time, ms since the Unix epoch.</param>
    /// <param name="resolutionsMs">The resolutions that are kept, finest first.</param>
    /// <param name="leftAlone">First moments of days that failed lately, or had nothing to sum up: they would be next for ever.</param>
    public static TierJob? Next(IReadOnlyList<BlockInfo> blocks, long nowMs, IReadOnlyList<long> resolutionsMs, IReadOnlySet<long> leftAlone)
    {
        var days = TierDays.Of(blocks);
        var rawOf = new SortedDictionary<long, List<BlockInfo>>();
        foreach (var block in blocks.Where(static block => block.TierMs == 0).OrderBy(static block => block.Sequence))
        {
            for (var day = TierLayout.DayStart(block.MinMs); day <= block.MaxMs; day += TierLayout.DayMs)
            {
                if (!rawOf.TryGetValue(day, out var list))
                {
                    rawOf.Add(day, list = []);
                }

                list.Add(block);
            }
        }

        foreach (var (day, raw) in rawOf)
        {
            var age = nowMs - (day + TierLayout.DayMs);
            var settle = raw.Count == 1 ? SettleTime : SettleTimeMax;
            if (age < settle.TotalMilliseconds || leftAlone.Contains(day) || day < days.RawFromMs)
            {
                continue;
            }

            if (resolutionsMs.Any(resolution => !days.IsCurrent(day, resolution)))
            {
                return new TierJob(day, raw, resolutionsMs);
            }
        }

        return null;
    }
}
