using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>
/// Which blocks go first when there is too little room: the oldest raw ones until raw is down to its share, then the oldest
/// summaries, the finest resolution first, and when there are none left the raw ones that remain. Pure.
/// </summary>
/// <remarks>Without the share, summaries that are kept for years would in the end leave no room for raw samples at all.</remarks>
internal static class SizeCap
{
    /// <summary>Summaries go before raw blocks while those take less than one part in so many of the room for blocks. 2.</summary>
    public const int RawShare = 2;

    /// <summary>The blocks to delete, in this order, so that the others take no more than so many bytes.</summary>
    /// <param name="blocks">All blocks.</param>
    /// <param name="roomBytes">What blocks may take; nothing and less deletes all.</param>
    public static List<BlockInfo> Victims(IReadOnlyList<BlockInfo> blocks, long roomBytes)
    {
        var bytes = blocks.Sum(static block => block.Bytes);
        if (bytes <= roomBytes)
        {
            return [];
        }

        var victims = new List<BlockInfo>();
        foreach (var block in InOrder(blocks, roomBytes))
        {
            victims.Add(block);
            bytes -= block.Bytes;
            if (bytes <= roomBytes)
            {
                break;
            }
        }

        return victims;
    }

    /// <summary>All blocks in the order of their going.</summary>
    /// <param name="blocks">All blocks.</param>
    /// <param name="roomBytes">What blocks may take.</param>
    private static IEnumerable<BlockInfo> InOrder(IReadOnlyList<BlockInfo> blocks, long roomBytes)
    {
        var raw = blocks.Where(static block => block.TierMs == Ladder.Raw).OrderBy(static block => block.MaxMs).ThenBy(static block => block.Sequence).ToList();
        var rawBytes = raw.Sum(static block => block.Bytes);
        var gone = 0;
        for (; gone < raw.Count && rawBytes - raw[gone].Bytes >= roomBytes / RawShare; gone++)
        {
            rawBytes -= raw[gone].Bytes;
            yield return raw[gone];
        }

        foreach (var block in blocks.Where(static block => block.TierMs != Ladder.Raw).OrderBy(static block => block.TierMs).ThenBy(static block => block.MaxMs).ThenBy(static block => block.Sequence))
        {
            yield return block;
        }

        foreach (var block in raw.Skip(gone))
        {
            yield return block;
        }
    }
}
