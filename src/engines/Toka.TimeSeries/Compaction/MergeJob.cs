using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>Blocks to be merged into one, or, where they reach over a boundary, into one for each aligned span.</summary>
/// <param name="TierMs">Their resolution.</param>
/// <param name="CutMs">The length of the aligned spans that the output is cut at.</param>
/// <param name="Inputs">The blocks, ascending by sequence: of differing values at one time the first one's wins.</param>
internal sealed record MergeJob(long TierMs, long CutMs, IReadOnlyList<BlockInfo> Inputs)
{
    /// <summary>The first time in the inputs.</summary>
    public long MinMs { get; } = Inputs.Min(static block => block.MinMs);

    /// <summary>The last time in the inputs.</summary>
    public long MaxMs { get; } = Inputs.Max(static block => block.MaxMs);

    /// <summary>The bytes of the inputs: what the output may take at most.</summary>
    public long Bytes { get; } = Inputs.Sum(static block => block.Bytes);

    /// <summary>What the job is known by: its inputs.</summary>
    public string Key { get; } = string.Join(',', Inputs.Select(static block => block.Sequence));
}
