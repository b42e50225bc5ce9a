using System.Globalization;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Columns;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Care;

/// <summary>Finds what of a damaged block is good, and writes that as a block of its own.</summary>
/// <param name="disk">The disk.</param>
/// <param name="block">The damaged block, held by the caller.</param>
internal sealed class BlockRescue(IStoreDisk disk, Block block)
{
    private long _lostSamples;
    private long _lostSeries;
    private long _fromMs = long.MaxValue;
    private long _toMs = long.MinValue;
    private bool _hasIndex = true;

    /// <summary>Looks at every chunk.</summary>
    /// <returns>What is lost, in words.</returns>
    public string Examine()
    {
        try
        {
            var labels = new byte[512];
            for (var ordinal = 0; ordinal < block.Info.Series; ordinal++)
            {
                _ = block.EncodedLabelsOf(ordinal, ref labels);
                Examine(ordinal);
            }
        }
        catch (BlockDamagedException)
        {
            // Without its index nobody knows whose samples the chunks hold.
            _hasIndex = false;
            return $"all of the block: {block.Info.Samples} samples of {block.Info.Series} series from {Moment(block.Info.MinMs)} to {Moment(block.Info.MaxMs)}";
        }

        return _lostSamples == 0
            ? "no sample"
            : $"{_lostSamples} samples of {_lostSeries} series from {Moment(_fromMs)} to {Moment(_toMs)}";
    }

    /// <summary>Writes what is good; <see cref="Examine()"/> comes first.</summary>
    /// <param name="sequence">The new block's sequence.</param>
    /// <returns>The block; null where nothing is good.</returns>
    public BlockInfo? Write(long sequence)
    {
        if (!_hasIndex)
        {
            return null;
        }

        // Its samples are as old as those of the damaged block, which it names where that names none. A start that finds both, because
        // the power went between the two steps of the repair, deletes the damaged one.
        var sources = block.Info.Sources.Count > 0 ? block.Info.Sources : [block.Info.Sequence];
        using var writer = new BlockWriter(disk, Path.GetDirectoryName(block.Info.Path)!, sequence, block.Info.TierMs, sources);
        var scratch = new byte[512];
        for (var ordinal = 0; ordinal < block.Info.Series; ordinal++)
        {
            writer.BeginSeries(block.EncodedLabelsOf(ordinal, ref scratch));
            foreach (var chunk in block.ChunksOf(ordinal))
            {
                if (IsGood(chunk))
                {
                    writer.AddChunk(block, chunk);
                }
            }
        }

        AddMetadata(writer);
        return writer.Finish();
    }

    private void AddMetadata(BlockWriter writer)
    {
        try
        {
            foreach (var metadata in block.Metadata())
            {
                writer.AddMetadata(metadata);
            }
        }
        catch (BlockDamagedException)
        {
            // Metadata is in the checkpoint and in other blocks too.
        }
    }

    private void Examine(int ordinal)
    {
        var before = _lostSamples;
        foreach (var chunk in block.ChunksOf(ordinal))
        {
            if (!IsGood(chunk))
            {
                _lostSamples += chunk.Count;
                _fromMs = Math.Min(_fromMs, chunk.MinMs);
                _toMs = Math.Max(_toMs, chunk.MaxMs);
            }
        }

        _lostSeries += _lostSamples > before ? 1 : 0;
    }

    private bool IsGood(in ChunkRef chunk)
    {
        try
        {
            switch (chunk.Kind)
            {
                case ChunkKind.Floats:
                    using (var floats = new FloatColumn(chunk.Count))
                    {
                        return block.ReadFloats(chunk, long.MinValue, long.MaxValue, floats);
                    }

                case ChunkKind.Summaries:
                    using (var summaries = new SummaryColumn())
                    {
                        return block.ReadSummaries(chunk, long.MinValue, long.MaxValue, summaries);
                    }

                default:
                    var faults = new List<BlockFault>();
                    using (var payloads = new PayloadMerge())
                    {
                        BlockVerifier.VerifyPayload(block, chunk, payloads, faults);
                    }

                    return faults.Count == 0;
            }
        }
        catch (CodecException)
        {
            return false;
        }
    }

    private static string Moment(long ms) =>
        ms is >= -62_135_596_800_000 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : ms.ToString(CultureInfo.InvariantCulture) + " ms";
}
