using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Disk;
using static Toka.Engines.Tests.TimeSeries.Compaction.BlockGen;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class TierPlannerTests
{
    private static readonly HashSet<long> NoneFresh = [];

    [Fact]
    public void A_day_is_summarised_when_it_is_sealed_and_has_no_summaries()
    {
        BlockInfo[] blocks = [Info(1, Ladder.Raw, 0, Day - 1), Info(2, Ladder.Raw, Day, Day + Hour)];
        Assert.Empty(Needed(blocks, Day - 1));
        var job = Assert.Single(Needed(blocks, Day));
        Assert.Equal([Ladder.Tier10s, Ladder.Tier1m, Ladder.Tier1h], job.TiersMs);
        Assert.Equal([blocks[0]], job.Raw);
        Assert.Empty(job.Before);
        Assert.Equal([blocks[0]], Needed(blocks, 2 * Day)[1].Before);
    }

    [Fact]
    public void Summaries_older_than_their_samples_are_made_again_but_not_for_a_rewrite()
    {
        var raw = Info(1, Ladder.Raw, 0, Day - 1);
        BlockInfo[] tiers = [Info(2, Ladder.Tier10s, 9_000, Day - 1), Info(3, Ladder.Tier1m, 9_000, Day - 1), Info(4, Ladder.Tier1h, 9_000, Day - 1)];
        Assert.Empty(Needed([raw, .. tiers], Day));
        Assert.Empty(Needed([raw with { Sequence = 9, Sources = [1] }, .. tiers], Day));
        Assert.Equal("tiers:9", Assert.Single(Needed([raw with { Sequence = 9, Sources = [1, 5] }, .. tiers], Day)).Key);
        Assert.Equal([Ladder.Tier1m], Assert.Single(Needed([raw, tiers[0], tiers[2]], Day)).TiersMs);
    }

    [Fact]
    public void Late_samples_wait_while_they_are_fresh_where_there_are_summaries()
    {
        BlockInfo[] blocks = [Info(1, Ladder.Raw, 0, Day - 1), Info(2, Ladder.Tier10s, 0, Day - 1), Info(3, Ladder.Tier1m, 0, Day - 1), Info(4, Ladder.Tier1h, 0, Day - 1), Info(5, Ladder.Raw, Hour, Hour)];
        Assert.Empty(TierPlanner.Needed(blocks, Day, new HashSet<long> { 5 }, static _ => long.MinValue));
        Assert.Equal(2, Assert.Single(Needed(blocks, Day)).Raw.Count);
        Assert.Single(TierPlanner.Needed([blocks[0], blocks[4]], Day, new HashSet<long> { 1, 5 }, static _ => long.MinValue));
    }

    [Fact]
    public void A_resolution_that_is_not_kept_so_long_is_not_written()
    {
        BlockInfo[] blocks = [Info(1, Ladder.Raw, 0, Day - 1)];
        Assert.Equal([Ladder.Tier1h], Assert.Single(TierPlanner.Needed(blocks, Day, NoneFresh, static tier => tier == Ladder.Tier1h ? 0 : Day)).TiersMs);
        Assert.Empty(TierPlanner.Needed(blocks, Day, NoneFresh, static _ => long.MaxValue));
    }

    [Fact]
    public void Days_are_merged_then_summarised_once_and_again_after_late_samples_before_raw_samples_go()
    {
        using var store = new MaintainedStore();
        var tiers = new CountingTiers(store);
        store.With(new RetentionOptions { RawKeep = TimeSpan.FromDays(10), DiskReserveBytes = 0 }, hooks => hooks with { Tiers = tiers });
        store.Seal(StoreMaintenanceTests.Line(0, 100));
        store.Seal(StoreMaintenanceTests.Line(8_000, 100));
        store.RunToTheEnd(2 * Day);
        Assert.Equal([1], tiers.RawBlocks);
        Assert.Equal(4, store.Catalog.Infos.Count);
        store.RunToTheEnd(2 * Day);
        Assert.Single(tiers.RawBlocks);

        store.Seal(StoreMaintenanceTests.Line(4_000, 100));
        store.Time.Advance(BlockAges.FreshFor);
        store.RunToTheEnd(2 * Day);
        Assert.Equal([1, 1], tiers.RawBlocks);
        Assert.Equal(4, store.Catalog.Infos.Count);
        Assert.Equal([300L], store.Catalog.Infos.Where(static block => block.TierMs == Ladder.Raw).Select(static block => block.Samples));

        // A day that nobody summarised in time is summarised before it goes.
        store.Seal(StoreMaintenanceTests.Line(86_400, 100));
        store.RunToTheEnd(20 * Day);
        Assert.Equal(3, tiers.RawBlocks.Count);
        store.RunToTheEnd(20 * Day);
        Assert.DoesNotContain(store.Catalog.Infos, static block => block.TierMs == Ladder.Raw);
        Assert.Equal(2, store.Catalog.Infos.Count(static block => block.TierMs == Ladder.Tier10s));
        store.AssertFilesAreTheBlocks();
    }

    private static List<TierJob> Needed(BlockInfo[] blocks, long sealedUntil) => [.. TierPlanner.Needed(blocks, sealedUntil, NoneFresh, static _ => long.MinValue)];

    /// <summary>Writes one summary for each raw block, at its last sample.</summary>
    private sealed class CountingTiers(MaintainedStore store) : ITierBuilder
    {
        public List<int> RawBlocks { get; } = [];

        public IReadOnlyList<BlockInfo> Build(IReadOnlyList<long> tiersMs, IReadOnlyList<Block> raw, IReadOnlyList<Block> before, long bytesMax, CancellationToken cancellationToken)
        {
            RawBlocks.Add(raw.Count);
            return [.. tiersMs.Select(tier =>
            {
                using var writer = new BlockWriter(new StoreDisk(), store.BlocksFolder, store.Catalog.NextSequence(), tier, []);
                using var column = new SummaryColumn();
                column.Add(new Summary(raw[^1].Info.MaxMs, 0, 1, 1, raw[^1].Info.Samples, 1, 0));
                writer.BeginSeries(Model.Series(0).Encoded);
                writer.AddSummaries(column);
                return writer.Finish()!;
            })];
        }
    }
}
