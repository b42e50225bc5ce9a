using Toka.Core.Series;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Tiers;

/// <summary>Reads one series' summaries of one resolution from all blocks that have some.</summary>
internal static class TierRead
{
    /// <summary>Whether a block may have summaries for a part of a request's time; those of its first day count from midnight on.</summary>
    public static bool MayHave(BlockInfo block, in TierRange range) => block.MinMs <= range.ToMs && block.MaxMs >= TierLayout.DayStart(range.FromMs);

    /// <summary>Appends the summaries within a part of a request's time.</summary>
    /// <param name="blocks">The blocks of the part's resolution that have the series, ascending by sequence, and its ordinal in each.</param>
    /// <param name="range">The part.</param>
    /// <param name="into">Appended to.</param>
    /// <param name="faults">Takes the chunks that had to be left out.</param>
    public static void Append(IReadOnlyList<(Block Block, int Ordinal)> blocks, in TierRange range, SummaryColumn into, ICollection<BlockFault>? faults)
    {
        if (blocks.Count == 1)
        {
            blocks[0].Block.ReadSummaries(blocks[0].Ordinal, range.FromMs, range.ToMs, into, faults);
            return;
        }

        // Whole days are merged, so whole days are read: a day's newer summaries replace the older ones outside the range too.
        using var merged = new SummaryColumn();
        using var scratch = new SummaryColumn();
        using var more = new SummaryColumn();
        foreach (var (block, ordinal) in blocks)
        {
            more.Clear();
            block.ReadSummaries(ordinal, TierLayout.DayStart(range.FromMs), range.ToMs, more, faults);
            scratch.Clear();
            SummaryMerge.Merge(merged, more, scratch);
            merged.Clear();
            Append(scratch, long.MinValue, merged);
        }

        Append(merged, range.FromMs, into);
    }

    private static void Append(SummaryColumn from, long fromMs, SummaryColumn into)
    {
        for (var i = 0; i < from.Count; i++)
        {
            if (from.Timestamps[i] >= fromMs)
            {
                into.Add(from[i]);
            }
        }
    }
}
