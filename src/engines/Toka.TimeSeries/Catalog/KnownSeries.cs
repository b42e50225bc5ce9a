using System.IO.Hashing;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Catalog;

/// <summary>
/// Whether a series that is not in the head is an old one all the same: a recent block has it. What is damaged is taken for
/// absent. Not thread-safe: the committer's.
/// </summary>
/// <param name="catalog">The blocks.</param>
/// <param name="note">Told what is damaged.</param>
internal sealed class KnownSeries(BlockCatalog catalog, Action<BlockFault> note)
{
    /// <summary>
    /// Blocks that end within this time before the newest one's end are asked, not before now: a store that stood still for a
    /// weekend knows its series, and years of blocks are not searched for each new one.
    /// </summary>
    private const long RecentMs = 24 * 3_600_000;

    /// <summary>Absent series remembered, about 3 MB: a refused one comes again with every sample.</summary>
    private const int AbsentMax = 100_000;

    private readonly HashSet<ulong> _absent = [];
    private long _version = -1;

    /// <summary>Whether a recent block has the series.</summary>
    /// <param name="labels">Its canonical labels.</param>
    /// <param name="nowMs">The clock.</param>
    public bool Has(ReadOnlySpan<byte> labels, long nowMs)
    {
        if (_version != catalog.Version)
        {
            _absent.Clear();
            _version = catalog.Version;
        }

        var hash = XxHash3.HashToUInt64(labels);
        if (_absent.Contains(hash))
        {
            return false;
        }

        if (IsInBlocks(labels, nowMs))
        {
            return true;
        }

        if (_absent.Count >= AbsentMax)
        {
            _absent.Clear();
        }

        _absent.Add(hash);
        return false;
    }

    private bool IsInBlocks(ReadOnlySpan<byte> labels, long nowMs)
    {
        using var snapshot = catalog.Acquire();
        if (snapshot.Blocks.Length == 0)
        {
            return false;
        }

        var from = Math.Min(snapshot.NewestMs, nowMs) - RecentMs;
        for (var i = snapshot.Blocks.Length - 1; i >= 0; i--)
        {
            var block = snapshot.Blocks[i];
            if (block.Info.MaxMs >= from && Has(block, labels))
            {
                return true;
            }
        }

        return false;
    }

    private bool Has(Block block, ReadOnlySpan<byte> labels)
    {
        try
        {
            return block.Find(labels) >= 0;
        }
        catch (BlockDamagedException e)
        {
            note(e.Fault);
            return false;
        }
    }
}
