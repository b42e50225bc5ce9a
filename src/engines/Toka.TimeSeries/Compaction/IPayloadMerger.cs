using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>Merges chunks whose payload only their kind understands: histograms, exemplars, created timestamps. Thread-safe.</summary>
internal interface IPayloadMerger
{
    /// <summary>Merges payloads of one series.</summary>
    /// <param name="kind">Their kind.</param>
    /// <param name="payloads">The payloads; of two different things at one time that of the earlier payload stays.</param>
    /// <param name="fromMs">Nothing before this time is taken over.</param>
    /// <param name="toMs">Nothing after this time is taken over.</param>
    /// <returns>What is left.</returns>
    MergedPayloads Merge(ChunkKind kind, IReadOnlyList<byte[]> payloads, long fromMs, long toMs);
}

/// <summary>Merged payloads of one series and kind.</summary>
/// <param name="Chunks">The chunks, ascending by time, without overlap; none where nothing is left.</param>
/// <param name="Read">Samples in the payloads within the range.</param>
/// <param name="Duplicates">Of those, left out because the same was there already.</param>
/// <param name="Conflicts">Of those, left out because something else was there already.</param>
internal sealed record MergedPayloads(IReadOnlyList<MergedPayload> Chunks, long Read, long Duplicates, long Conflicts);

/// <summary>A merged chunk.</summary>
/// <param name="MinMs">Its first time.</param>
/// <param name="MaxMs">Its last time.</param>
/// <param name="Count">Its samples.</param>
/// <param name="Bytes">The payload.</param>
internal sealed record MergedPayload(long MinMs, long MaxMs, int Count, byte[] Bytes);
