using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Columns;

namespace Toka.TimeSeries.Blocks;

/// <summary>Checks everything there is to check in a block: checksums, decodes, orders, counts. Changes nothing.</summary>
internal static class BlockVerifier
{
    /// <summary>
    /// The faults of a block, each once however many series share the damaged bytes. The data's own checksum is named only
    /// where no chunk and no time column tells more exactly where its damage is.
    /// </summary>
    public static IEnumerable<BlockFault> Verify(Block block)
    {
        var sections = Enum.GetValues<SectionKind>().Where(kind => !block.Sections.IsIntact(kind))
            .Select(kind => (Kind: kind, Fault: FaultOf(block, kind))).ToList();

        // With an index that is not what was written, whatever else is said would be hearsay.
        if (sections.Exists(static section => section.Kind != SectionKind.Data))
        {
            return sections.Select(static section => section.Fault);
        }

        var within = VerifyContent(block).Distinct();
        if (sections.Count == 0)
        {
            return within;
        }

        var data = block.Sections.PlaceOf(SectionKind.Data);
        var finer = within.ToList();
        return finer.Exists(fault => fault.IsOfChecksum && fault.Offset >= data.Offset && fault.Offset < data.Offset + data.Length)
            ? finer
            : finer.Prepend(sections[0].Fault);
    }

    private static BlockFault FaultOf(Block block, SectionKind kind)
    {
        var place = block.Sections.PlaceOf(kind);
        return new BlockFault(block.Info.Path, place.Offset, $"the section {kind} of {place.Length} bytes {BlockFault.NoChecksum}");
    }

    private static IEnumerable<BlockFault> VerifyContent(Block block)
    {
        var sums = new Sums();
        for (var ordinal = 0; ordinal < block.Info.Series; ordinal++)
        {
            foreach (var fault in Guard(block, SectionKind.Series, faults => VerifySeries(block, ordinal, sums, faults)))
            {
                yield return fault;
            }
        }

        foreach (var fault in Guard(block, SectionKind.Values, faults => VerifyLists(block, sums, faults)).Concat(VerifyCounts(block, sums)))
        {
            yield return fault;
        }
    }

    private sealed class Sums : IDisposable
    {
        public FloatColumn Floats { get; } = new();

        public SummaryColumn Summaries { get; } = new();

        public PayloadMerge Payloads { get; } = new();

        public byte[] Labels = new byte[512];

        public byte[] Before { get; set; } = [];

        public long Pairs { get; set; }

        public long Samples { get; set; }

        public long MinMs { get; set; } = long.MaxValue;

        public long MaxMs { get; set; } = long.MinValue;

        public void Dispose()
        {
            Floats.Dispose();
            Summaries.Dispose();
            Payloads.Dispose();
        }
    }

    private static List<BlockFault> Guard(Block block, SectionKind kind, Action<List<BlockFault>> check)
    {
        var faults = new List<BlockFault>();
        try
        {
            check(faults);
        }
        catch (BlockDamagedException e)
        {
            faults.Add(e.Fault);
        }
        catch (Exception e) when (Block.IsContradiction(e) || e is CodecException)
        {
            faults.Add(block.Sections.Damaged(kind, e).Fault);
        }

        return faults;
    }

    private static void VerifySeries(Block block, int ordinal, Sums sums, List<BlockFault> faults)
    {
        var labels = block.EncodedLabelsOf(ordinal, ref sums.Labels);
        if (!LabelSet.IsCanonical(labels) || (ordinal > 0 && LabelOrder.Compare(sums.Before, labels) >= 0))
        {
            faults.Add(new BlockFault(block.Info.Path, block.Sections.PlaceOf(SectionKind.Series).Offset, $"series {ordinal} is not in the order of the labels"));
        }

        sums.Before = labels.ToArray();
        foreach (var label in LabelSet.Enumerate(labels))
        {
            sums.Pairs++;
            VerifyMembership(block, ordinal, label, faults);
        }

        Span<long> last = stackalloc long[8];
        last.Fill(long.MinValue);
        foreach (var chunk in block.ChunksOf(ordinal))
        {
            if (chunk.MinMs < last[(int)chunk.Kind] || chunk.MinMs > chunk.MaxMs)
            {
                faults.Add(new BlockFault(block.Info.Path, chunk.Offset, $"a chunk of series {ordinal} begins at {chunk.MinMs}, before the end of the one before it"));
            }

            last[(int)chunk.Kind] = chunk.MaxMs;
            sums.MinMs = Math.Min(sums.MinMs, chunk.MinMs);
            sums.MaxMs = Math.Max(sums.MaxMs, chunk.MaxMs);
            sums.Samples += chunk.Kind is ChunkKind.Exemplars or ChunkKind.Created ? 0 : chunk.Count;
            VerifyChunk(block, chunk, sums, faults);
        }
    }

    private static void VerifyMembership(Block block, int ordinal, Label label, List<BlockFault> faults)
    {
        var labels = block.Index().Labels;
        var name = labels.FindName(label.Name);
        if (name < 0 || !labels.TryFind(name, label.Value, out var entry) || block.Index().Series.RankOf(ordinal, name) != entry.Rank)
        {
            faults.Add(new BlockFault(block.Info.Path, block.Sections.PlaceOf(SectionKind.Values).Offset, $"a label of series {ordinal} is not found among the values"));
        }
    }

    private static void VerifyChunk(Block block, in ChunkRef chunk, Sums sums, List<BlockFault> faults)
    {
        ReadOnlySpan<long> times = default;
        switch (chunk.Kind)
        {
            case ChunkKind.Floats:
                sums.Floats.Clear();
                block.ReadFloats(chunk, long.MinValue, long.MaxValue, sums.Floats, faults);
                times = sums.Floats.Timestamps;
                break;
            case ChunkKind.Summaries:
                sums.Summaries.Clear();
                block.ReadSummaries(chunk, long.MinValue, long.MaxValue, sums.Summaries, faults);
                times = sums.Summaries.Timestamps;
                break;
            default:
                VerifyPayload(block, chunk, sums.Payloads, faults);
                break;
        }

        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] <= times[i - 1])
            {
                faults.Add(new BlockFault(block.Info.Path, chunk.Offset, $"the times of a chunk do not ascend: {times[i]} follows {times[i - 1]}"));
                return;
            }
        }
    }

    /// <summary>Checks and decodes the payload of a chunk of histograms, exemplars or counters' begins.</summary>
    public static void VerifyPayload(Block block, in ChunkRef chunk, PayloadMerge payloads, List<BlockFault> faults)
    {
        if (!block.TryPayloadOf(chunk, out var payload, faults))
        {
            return;
        }

        try
        {
            payloads.Begin((PayloadKind)chunk.Kind, long.MinValue, long.MaxValue);
            payloads.Add(payload);
        }
        catch (CodecException e)
        {
            faults.Add(new BlockFault(block.Info.Path, chunk.Offset, $"a payload of kind {chunk.Kind} cannot be decoded: {e.Message}"));
        }
    }

    /// <summary>Every entry of every list names a series that has the value; with the count of pairs, none is missing.</summary>
    private static void VerifyLists(Block block, Sums sums, List<BlockFault> faults)
    {
        var (labels, series) = (block.Index().Labels, block.Index().Series);
        var listed = 0L;
        var one = new int[1];
        for (var name = 0; name < labels.NameCount; name++)
        {
            using var walk = labels.Walk(name);
            while (walk.MoveNext())
            {
                var entry = walk.Entry;
                var ordinals = entry.Series == 1 ? one : new int[Math.Min(entry.Series, block.Info.Series)];
                one[0] = entry.Posting;
                var count = entry.Series == 1 ? 1 : labels.PostingsOf(entry, block.Info.Series).CopyTo(ordinals);
                listed += count;
                if (count != entry.Series || ordinals.AsSpan(0, count).ContainsAnyExceptInRange(0, block.Info.Series - 1)
                    || Array.Exists(ordinals, ordinal => series.RankOf(ordinal, name) != entry.Rank))
                {
                    faults.Add(new BlockFault(block.Info.Path, block.Sections.PlaceOf(SectionKind.Postings).Offset, $"the list of value {entry.Rank} of label {name} is not that of its series"));
                }
            }
        }

        if (listed != sums.Pairs)
        {
            faults.Add(new BlockFault(block.Info.Path, block.Sections.PlaceOf(SectionKind.Postings).Offset, $"{listed} entries are in lists, but the series have {sums.Pairs} labels"));
        }

        _ = block.Metadata();
    }

    private static IEnumerable<BlockFault> VerifyCounts(Block block, Sums sums)
    {
        sums.Dispose();
        var info = block.Info;
        if ((info.Samples, info.MinMs, info.MaxMs) != (sums.Samples, sums.MinMs, sums.MaxMs))
        {
            yield return new BlockFault(info.Path, info.Bytes, $"the footer says {info.Samples} samples from {info.MinMs} to {info.MaxMs}; there are {sums.Samples} from {sums.MinMs} to {sums.MaxMs}");
        }
    }
}
