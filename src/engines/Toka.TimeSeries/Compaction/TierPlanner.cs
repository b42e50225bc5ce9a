using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>A day whose summaries are missing or older than its raw samples.</summary>
/// <param name="TiersMs">The resolutions to write.</param>
/// <param name="Raw">The raw blocks of the day, ascending by sequence.</param>
/// <param name="Before">Those of the day before.</param>
internal sealed record TierJob(IReadOnlyList<long> TiersMs, IReadOnlyList<BlockInfo> Raw, IReadOnlyList<BlockInfo> Before)
{
    /// <summary>The bytes of the raw blocks: summaries take less.</summary>
    public long Bytes { get; } = Raw.Sum(static block => block.Bytes);

    /// <summary>What the job is known by.</summary>
    public string Key { get; } = "tiers:" + string.Join(',', Raw.Select(static block => block.Sequence));
}

/// <summary>Chooses which days to summarise. A pure function of the list of blocks.</summary>
/// <remarks>
/// Summaries are up to date when they were written after the raw blocks of their day, by sequence. A raw block that was made
/// of one other block alone (a rewrite by retention or a deletion) has nothing new and does not count; so summaries of a day
/// must be written before anything of it is rewritten or merged into longer blocks of summaries.
/// </remarks>
internal static class TierPlanner
{
    /// <summary>The days that need it, oldest first.</summary>
    /// <param name="blocks">All blocks.</param>
    /// <param name="sealedUntilMs">See <see cref="PlanInput.SealedUntilMs"/>.</param>
    /// <param name="fresh">Late blocks younger than <see cref="BlockAges.FreshFor"/>: a day that has its summaries waits for them.</param>
    /// <param name="keepFromMs">The time from which a resolution is kept; <see cref="long.MaxValue"/> for one that is not written.</param>
    public static IEnumerable<TierJob> Needed(IReadOnlyList<BlockInfo> blocks, long sealedUntilMs, IReadOnlySet<long> fresh, Func<long, long> keepFromMs)
    {
        var days = blocks.Where(static block => block.TierMs == Ladder.Raw && Ladder.Fits(block.MinMs, block.MaxMs, Ladder.SummarySpan))
            .GroupBy(static block => Ladder.StartOf(block.MinMs, Ladder.SummarySpan)).ToDictionary(static day => day.Key, static day => day.OrderBy(static block => block.Sequence).ToList());
        foreach (var (start, raw) in days.OrderBy(static day => day.Key))
        {
            if (Ladder.LastOf(start, Ladder.SummarySpan) >= sealedUntilMs)
            {
                continue;
            }

            var (min, max) = (raw.Min(static block => block.MinMs), raw.Max(static block => block.MaxMs));
            long[] tiers = [Ladder.Tier10s, Ladder.Tier1m, Ladder.Tier1h];
            tiers = [.. tiers.Where(tier => max >= keepFromMs(tier) && IsStale(tier))];
            if (tiers.Length > 0)
            {
                yield return new TierJob(tiers, raw, days.GetValueOrDefault(start - Ladder.SummarySpan) ?? []);
            }

            bool IsStale(long tier)
            {
                var from = Ladder.StartOf(min, tier);
                var covering = blocks.Where(block => block.TierMs == tier && block.MinMs <= max && block.MaxMs >= from).ToList();
                if (covering.Count == 0)
                {
                    return true;
                }

                var newest = covering.Max(static block => block.Sequence);
                return raw.Exists(block => block.Sequence > newest && block.Sources.Count != 1 && !fresh.Contains(block.Sequence));
            }
        }
    }
}
