using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Columns;

namespace Toka.TimeSeries.Compaction;

/// <summary>Merges the payloads of histograms, exemplars and created timestamps.</summary>
internal sealed class PayloadMerger : IPayloadMerger
{
    /// <inheritdoc/>
    public MergedPayloads Merge(ChunkKind kind, IReadOnlyList<byte[]> payloads, long fromMs, long toMs)
    {
        using var merge = new PayloadMerge();
        merge.Begin((PayloadKind)kind, fromMs, toMs);
        foreach (var payload in payloads)
        {
            merge.Add(payload);
        }

        var chunks = new Chunks();
        merge.Finish(chunks);
        var kept = chunks.Sum(static chunk => (long)chunk.Count);
        return new MergedPayloads(chunks, kept + merge.Duplicates + merge.Conflicts, merge.Duplicates, merge.Conflicts);
    }

    private sealed class Chunks : List<MergedPayload>, IPayloadSink
    {
        public void Payload(PayloadKind kind, long minMs, long maxMs, int count, ReadOnlySpan<byte> payload) =>
            Add(new MergedPayload(minMs, maxMs, count, payload.ToArray()));
    }
}
