using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Compaction;

/// <summary>What the planner looks at.</summary>
/// <param name="Blocks">All blocks, in any order.</param>
/// <param name="SealedUntilMs">Everything before this time is in blocks, but for late samples: a span that ends later still gets blocks.</param>
/// <param name="OutputBytesMax">The most bytes that a job may write.</param>
internal sealed record PlanInput(IReadOnlyList<BlockInfo> Blocks, long SealedUntilMs, long OutputBytesMax)
{
    /// <summary>Blocks that came a short while ago: a few of them wait, for more late samples of their time may come.</summary>
    public IReadOnlySet<long> Fresh { get; init; } = new HashSet<long>();

    /// <summary>Blocks that cannot be merged, such as damaged ones.</summary>
    public IReadOnlySet<long> LeftAlone { get; init; } = new HashSet<long>();

    /// <summary>Whether a job failed lately and is not due yet.</summary>
    public Func<MergeJob, bool> IsPostponed { get; init; } = static _ => false;

    /// <summary>How long a resolution is kept, in ms.</summary>
    public Func<long, long> KeepMs { get; init; } = static _ => long.MaxValue;
}

/// <summary>
/// Chooses which blocks to merge. A pure function of the list of blocks: executing what it yields until it yields nothing
/// ends, with no two blocks of a resolution overlapping in any span that is complete and fits the budget.
/// </summary>
/// <remarks>
/// The longest complete span goes first, so that a day is written once and not first by 2 h. Late samples make small blocks
/// over large ones; those wait until they are an eighth of it, or eight, or no longer fresh, so that one late sample does not
/// write a day anew each time. Where the budget is short, the newest of a group by sequence are merged: the output is the
/// newest itself, so what was written first still wins.
/// </remarks>
internal static class CompactionPlanner
{
    /// <summary>A group is merged at once when all but its largest block make up one part in so many of that. 8.</summary>
    public const int LateShare = 8;

    /// <summary>A group is merged at once when it holds so many blocks besides its largest. 8.</summary>
    public const int LateBlocks = 8;

    /// <summary>Blocks are not merged into spans longer than one part in so many of the time that they are kept, because they are deleted whole. 4.</summary>
    public const int KeepShare = 4;

    /// <summary>The next job, or null when there is nothing to do.</summary>
    public static MergeJob? Next(PlanInput input)
    {
        foreach (var tier in input.Blocks.Select(static block => block.TierMs).Distinct().Order())
        {
            var blocks = input.Blocks.Where(block => block.TierMs == tier && !input.LeftAlone.Contains(block.Sequence))
                .OrderBy(static block => block.MinMs).ThenBy(static block => block.Sequence).ToList();
            if ((Split(input, tier, blocks) ?? Merge(input, tier, blocks)) is { } job)
            {
                return job;
            }
        }

        return null;
    }

    /// <summary>A block that fits no span of the ladder is cut into some that do.</summary>
    private static MergeJob? Split(PlanInput input, long tier, List<BlockInfo> blocks)
    {
        var longest = Ladder.LengthsOf(tier)[^1];
        foreach (var block in blocks)
        {
            if (!Ladder.Fits(block.MinMs, block.MaxMs, longest) && IfAllowed(input, new MergeJob(tier, longest, [block])) is { } job)
            {
                return job;
            }
        }

        return null;
    }

    private static MergeJob? Merge(PlanInput input, long tier, List<BlockInfo> blocks)
    {
        var lengths = Ladder.LengthsOf(tier);
        for (var level = lengths.Length - 1; level >= 0; level--)
        {
            var length = lengths[level];
            var isTooLong = level > 0 && length > input.KeepMs(tier) / KeepShare;
            foreach (var span in blocks.Where(block => Ladder.Fits(block.MinMs, block.MaxMs, length)).GroupBy(block => Ladder.StartOf(block.MinMs, length)))
            {
                if (Ladder.LastOf(span.Key, length) >= input.SealedUntilMs)
                {
                    continue;
                }

                foreach (var group in isTooLong ? Overlapping(span) : tier == Ladder.Raw ? [span.ToList()] : OfDaysWithoutGap(span))
                {
                    if (Choose(input, tier, length, [.. group.OrderBy(static block => block.Sequence)]) is { } job)
                    {
                        return job;
                    }
                }
            }
        }

        return null;
    }

    /// <summary>Groups of blocks that hang together by overlapping. The blocks come ascending by their first time.</summary>
    public static IEnumerable<List<BlockInfo>> Overlapping(IEnumerable<BlockInfo> blocks) => Connected(blocks, static (block, last) => block.MinMs <= last);

    /// <summary>
    /// Groups of blocks of summaries without an empty day between them: the span of each says of which days it has summaries, and
    /// by that late samples of an empty day are told from those of a day whose raw samples are gone.
    /// </summary>
    private static IEnumerable<List<BlockInfo>> OfDaysWithoutGap(IEnumerable<BlockInfo> blocks) =>
        Connected(blocks, static (block, last) => TierLayout.DayStart(block.MinMs) <= last || TierLayout.DayStart(block.MinMs) - last <= TierLayout.DayMs);

    private static IEnumerable<List<BlockInfo>> Connected(IEnumerable<BlockInfo> blocks, Func<BlockInfo, long, bool> follows)
    {
        var group = new List<BlockInfo>();
        var last = long.MinValue;
        foreach (var block in blocks)
        {
            if (group.Count > 0 && !follows(block, last))
            {
                yield return group;
                group = [];
            }

            group.Add(block);
            last = Math.Max(last, block.MaxMs);
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    /// <param name="input">The input.</param>
    /// <param name="tier">The resolution.</param>
    /// <param name="length">The span's length.</param>
    /// <param name="group">Blocks of one span, ascending by sequence.</param>
    private static MergeJob? Choose(PlanInput input, long tier, long length, List<BlockInfo> group)
    {
        while (group.Count > 1)
        {
            var largest = LargestOf(group);
            var others = group.Where(block => block != largest).ToList();
            if (others.Count >= LateBlocks || others.Sum(static block => block.Bytes) >= largest.Bytes / LateShare || !others.TrueForAll(block => input.Fresh.Contains(block.Sequence)))
            {
                return Fitting(input, tier, length, group);
            }

            group = group.FindAll(block => block.Sequence > largest.Sequence);
        }

        return null;
    }

    private static BlockInfo LargestOf(List<BlockInfo> group) => group.MaxBy(static block => block.Bytes)!;

    /// <summary>The longest run of the newest that may be merged, of two at least.</summary>
    private static MergeJob? Fitting(PlanInput input, long tier, long length, List<BlockInfo> group)
    {
        for (var from = 0; group.Count - from > 1; from++)
        {
            if (IfAllowed(input, new MergeJob(tier, length, group[from..])) is { } job)
            {
                return job;
            }
        }

        return null;
    }

    private static MergeJob? IfAllowed(PlanInput input, MergeJob job) => job.Bytes <= input.OutputBytesMax && !input.IsPostponed(job) ? job : null;
}
