using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Columns;

namespace Toka.TimeSeries.Catalog;

/// <summary>Reads histograms, exemplars and counters' begins out of blocks.</summary>
internal static class PayloadReading
{
    /// <summary>Merges in what a block has of one kind of a series.</summary>
    /// <param name="block">The block.</param>
    /// <param name="ordinal">The series in it.</param>
    /// <param name="kind">What to read.</param>
    /// <param name="from">The first moment wanted.</param>
    /// <param name="to">The last moment wanted.</param>
    /// <param name="merge">Begun for the kind and the range.</param>
    /// <param name="note">Told what is damaged and was passed over.</param>
    public static void Merge(Block block, int ordinal, PayloadKind kind, long from, long to, PayloadMerge merge, Action<BlockFault> note)
    {
        try
        {
            foreach (var chunk in block.ChunksOf(ordinal))
            {
                // A counter's begin holds on behind its chunk.
                if ((byte)chunk.Kind != (byte)kind || chunk.MinMs > to || (chunk.MaxMs < from && kind != PayloadKind.Created))
                {
                    continue;
                }

                try
                {
                    merge.Add(block.PayloadOf(chunk));
                }
                catch (CodecException e)
                {
                    note(new BlockFault(block.Info.Path, chunk.Offset, e.Message));
                }
                catch (BlockDamagedException e)
                {
                    note(e.Fault);
                }
            }
        }
        catch (BlockDamagedException e)
        {
            note(e.Fault);
        }
    }
}
