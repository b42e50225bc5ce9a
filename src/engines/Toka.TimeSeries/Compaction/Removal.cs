using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>What a merge leaves out: a range of times of some series.</summary>
/// <param name="FromMs">The first time, inclusive.</param>
/// <param name="ToMs">The last time, inclusive.</param>
/// <param name="Ordinals">For each input block the series, ascending.</param>
internal sealed record Removal(long FromMs, long ToMs, IReadOnlyList<int[]> Ordinals)
{
    /// <summary>Nothing is left out.</summary>
    public static Removal None(int inputs) => new(long.MaxValue, long.MinValue, [.. Enumerable.Repeat(Array.Empty<int>(), inputs)]);
}

/// <summary>What a merge wrote.</summary>
/// <param name="Blocks">The new blocks; none where nothing was left.</param>
/// <param name="Tally">What became of the samples.</param>
internal sealed record MergeOutput(IReadOnlyList<BlockInfo> Blocks, MergeTally Tally);
