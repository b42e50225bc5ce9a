using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>Writes the summaries of a day.</summary>
internal interface ITierBuilder
{
    /// <summary>Summarises blocks of raw samples, all of one aligned day (<see cref="Ladder.SummarySpan"/>).</summary>
    /// <param name="tiersMs">The resolutions to write, ascending.</param>
    /// <param name="raw">All raw blocks of the day, ascending by sequence; they may overlap.</param>
    /// <param name="before">The raw blocks of the day before, for the step into the first bucket; may be empty.</param>
    /// <param name="bytesMax">The most bytes that all outputs may take.</param>
    /// <param name="cancellationToken">Ends it between two series; nothing of it is left.</param>
    /// <returns>The new blocks, finished and not yet published; at most one for each resolution, without sources.</returns>
    /// <exception cref="OverBudgetException">The outputs grew too large.</exception>
    /// <exception cref="BlockDamagedException">A block cannot be read whole.</exception>
    /// <exception cref="IOException">An output cannot be written.</exception>
    IReadOnlyList<BlockInfo> Build(IReadOnlyList<long> tiersMs, IReadOnlyList<Block> raw, IReadOnlyList<Block> before, long bytesMax, CancellationToken cancellationToken);
}
