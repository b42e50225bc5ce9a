using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Catalog;

/// <summary>
/// The blocks as they stood at a moment, oldest time first. Immutable and reference counted: whoever acquired it may read
/// every block in it until the disposal, also those that have been replaced or deleted since. One that is never disposed
/// costs its mappings and nothing else.
/// </summary>
internal sealed class BlockSnapshot : IDisposable
{
    private int _holders = 1;
    private TierDays? _tierDays;

    /// <summary>Acquires the blocks; the snapshot is born with one holder.</summary>
    /// <param name="blocks">Blocks of which nobody has let go.</param>
    /// <param name="version">The number of this state of the catalog.</param>
    public BlockSnapshot(IEnumerable<Block> blocks, long version)
    {
        Blocks = [.. blocks.OrderBy(static b => b.Info.MinMs).ThenBy(static b => b.Info.Sequence)];
        Version = version;
        foreach (var block in Blocks)
        {
            if (!block.TryAcquire())
            {
                throw new InvalidOperationException($"BUG: block {block.Info.Sequence} was let go while the catalog had it.");
            }

            (OldestMs, NewestMs) = (Math.Min(OldestMs, block.Info.MinMs), Math.Max(NewestMs, block.Info.MaxMs));
        }
    }

    /// <summary>The blocks, by their oldest sample's time, then by sequence.</summary>
    public Block[] Blocks { get; }

    /// <summary>Which state of the catalog this is.</summary>
    public long Version { get; }

    /// <summary>The oldest sample's time; <see cref="long.MaxValue"/> without blocks.</summary>
    public long OldestMs { get; } = long.MaxValue;

    /// <summary>The newest sample's time; <see cref="long.MinValue"/> without blocks.</summary>
    public long NewestMs { get; } = long.MinValue;

    /// <summary>What the blocks hold of days with summaries; found out at the first call.</summary>
    public TierDays TierDays => _tierDays ??= TierDays.Of(Array.ConvertAll(Blocks, static block => block.Info));

    /// <summary>The blocks that may have samples of a range.</summary>
    public IEnumerable<Block> In(long fromMs, long toMs) =>
        fromMs > NewestMs || toMs < OldestMs ? [] : Blocks.Where(b => b.Info.MinMs <= toMs && b.Info.MaxMs >= fromMs);

    /// <summary>One more holder.</summary>
    /// <returns>False where the last one has already gone.</returns>
    public bool TryAcquire()
    {
        for (var holders = Volatile.Read(ref _holders); holders > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
            {
                return true;
            }

            holders = seen;
        }

        return false;
    }

    /// <summary>One holder less; the last one releases the blocks.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            foreach (var block in Blocks)
            {
                block.Release();
            }
        }
    }
}
