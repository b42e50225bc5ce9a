using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Compaction;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class TierPlannerTests
{
    private const long Day = TierLayout.DayMs;
    private const long Hour = Day / 24;

    private static readonly long[] Resolutions = TierLayout.ResolutionsMs.ToArray();
    private static readonly HashSet<long> None = [];

    [Theory]
    [InlineData(1, 6, false)]
    [InlineData(1, 7, true)]
    [InlineData(2, 6, false)]
    [InlineData(2, 7, true)]
    public void A_day_is_due_once_it_has_settled(int rawBlocks, int hoursAfter, bool isDue)
    {
        var jobs = Due([.. Enumerable.Range(1, rawBlocks).Select(static i => Raw(i, 0))], Day + (hoursAfter * Hour) - 1);

        Assert.Equal(isDue ? [0L] : [], jobs.Select(static job => job.DayStartMs));
        Assert.Equal(isDue ? Enumerable.Range(1, rawBlocks).Select(static i => (long)i) : [], jobs.SelectMany(static job => job.Raw).Select(static block => block.Sequence));
    }

    [Fact]
    public void Days_are_summed_up_the_oldest_first_until_all_are_current_and_again_after_late_samples()
    {
        List<BlockInfo> blocks = [Raw(2, 1), Raw(1, 0), Raw(3, 3)];
        var done = new List<long>();
        var sequence = 10L;
        while (Due(blocks).FirstOrDefault() is { } job)
        {
            done.Add(job.DayStartMs / Day);
            blocks.AddRange(job.ResolutionsMs.Select(resolution => Block(++sequence, resolution, job.DayStartMs / Day)));
        }

        Assert.Equal([0L, 1, 3], done);
        blocks.Add(Raw(++sequence, 1));
        Assert.Equal(Day, Assert.Single(Due(blocks)).DayStartMs);

        // While more late samples may come, the day waits; one without summaries does not.
        Assert.Empty(TierPlanner.Due(blocks, 10 * Day, new HashSet<long> { sequence }, static _ => long.MinValue));
        blocks.Add(Raw(++sequence, 5));
        Assert.Equal(5 * Day, Assert.Single(TierPlanner.Due(blocks, 10 * Day, new HashSet<long> { sequence - 1, sequence }, static _ => long.MinValue)).DayStartMs);
    }

    [Fact]
    public void What_was_written_anew_from_summed_up_blocks_is_not_summed_up_again()
    {
        BlockInfo[] tiers = [.. Resolutions.Select((resolution, i) => Block(11 + i, resolution, 0))];
        Assert.Empty(Due([Raw(15, 0) with { Sources = [1, 2] }, .. tiers]));
        Assert.Equal(Resolutions, Assert.Single(Due([Raw(17, 0) with { Sources = [1, 16] }, .. tiers])).ResolutionsMs);
        Assert.Equal([60_000L], Assert.Single(Due([Raw(1, 0), tiers[0], tiers[2]])).ResolutionsMs);
    }

    [Fact]
    public void Late_samples_that_came_twice_before_the_day_was_summed_up_again_are_summed_up() =>
        Assert.Equal(0, Due([.. Resolutions.Select((resolution, i) => Block(11 + i, resolution, 0)), Raw(1, 0), Raw(17, 0) with { Sources = [15, 16] }])[0].DayStartMs);

    [Fact]
    public void A_day_whose_raw_samples_are_gone_keeps_its_summaries_whatever_comes_late() =>
        Assert.All<BlockInfo>([Raw(9, 0), Raw(9, 0) with { Sources = [7, 8] }], static late => Assert.Empty(Due([Block(2, 10_000, 0), late])));

    [Fact]
    public void A_day_of_which_the_first_blocks_are_gone_keeps_its_summaries() =>
        Assert.Empty(Due([Block(5, 10_000, 0), new BlockInfo(1, 0, 4 * Hour, Day - 1, 1, 1, 1, [], "")]));

    [Fact]
    public void A_resolution_that_is_not_kept_so_long_is_not_written()
    {
        BlockInfo[] blocks = [Raw(1, 0)];
        Assert.Equal([Ladder.Tier1h], Assert.Single(TierPlanner.Due(blocks, 10 * Day, None, static tier => tier == Ladder.Tier1h ? 0 : Day)).ResolutionsMs);
        Assert.Empty(TierPlanner.Due(blocks, 10 * Day, None, static _ => long.MaxValue));
    }

    [Fact]
    public void Summaries_are_written_together_only_where_every_day_with_samples_has_current_ones()
    {
        BlockInfo[] blocks = [Raw(1, 0), Block(2, 10_000, 0), Raw(3, 1), Block(4, 10_000, 1), Block(5, 10_000, 3)];
        Assert.True(IsCurrent(blocks, 0, 3));
        Assert.False(IsCurrent([.. blocks, Raw(6, 1)], 0, 3));
        Assert.True(IsCurrent([.. blocks, Raw(6, 1)], 2, 3));
        Assert.False(IsCurrent([.. blocks, Raw(6, 2)], 0, 3));
        Assert.True(IsCurrent([.. blocks, Raw(6, 4)], 0, 3));

        static bool IsCurrent(BlockInfo[] blocks, long first, long last) => TierPlanner.IsCurrent(blocks, TierDays.Of(blocks), 10_000, (first * Day) + 1, (last * Day) + 1);
    }

    [Fact]
    public void Days_are_merged_then_summarised_once_and_again_after_late_samples_before_raw_samples_go()
    {
        using var store = new MaintainedStore();
        var builder = new TierBuilder(new Toka.TimeSeries.Disk.StoreDisk(), store.BlocksFolder, () => store.Catalog.NextSequence());
        store.With(new RetentionOptions { RawKeep = TimeSpan.FromDays(10), DiskReserveBytes = 0 }, hooks => hooks with { Tiers = builder });
        store.Seal(StoreMaintenanceTests.Line(0, 100));
        store.Seal(StoreMaintenanceTests.Line(8_000, 100));
        store.RunToTheEnd(2 * Day);
        Assert.Equal([1L, 1, 1, 1], Counts(store));
        Assert.Equal(1, Summarised(store));
        store.RunToTheEnd(2 * Day);
        Assert.Equal(1, Summarised(store));

        store.Seal(StoreMaintenanceTests.Line(4_000, 100));
        store.Time.Advance(BlockAges.FreshFor);
        store.RunToTheEnd(2 * Day);
        Assert.Equal([1L, 1, 1, 1], Counts(store));
        Assert.Equal(2, Summarised(store));
        Assert.Equal([300L], store.Catalog.Infos.Where(static block => block.TierMs == Ladder.Raw).Select(static block => block.Samples));

        // A day that nobody summarised in time is summarised before it goes.
        store.Seal(StoreMaintenanceTests.Line(86_400, 100));
        store.RunToTheEnd(20 * Day);
        store.RunToTheEnd(20 * Day);
        Assert.Equal(3, Summarised(store));
        Assert.Equal([0L, 2, 1, 1], Counts(store));
        store.AssertFilesAreTheBlocks();
    }

    [Fact]
    public void Summaries_stay_as_they_are_where_the_raw_samples_have_been_damaged_since_and_the_damage_is_told_once()
    {
        using var store = new MaintainedStore();
        var builder = new TierBuilder(new Toka.TimeSeries.Disk.StoreDisk(), store.BlocksFolder, () => store.Catalog.NextSequence());
        store.With(new RetentionOptions { RawKeep = TimeSpan.FromDays(10), DiskReserveBytes = 0 }, hooks => hooks with { Tiers = builder });
        store.Seal(StoreMaintenanceTests.Line(0, 100));
        store.RunToTheEnd(2 * Day);
        var before = store.Catalog.Infos;
        var raw = Assert.Single(before, static block => block.TierMs == Ladder.Raw);
        using (var file = File.Open(raw.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 40;
            var flipped = (byte)(file.ReadByte() ^ 1);
            file.Position = 40;
            file.WriteByte(flipped);
        }

        store.Seal(StoreMaintenanceTests.Line(4_000, 100));

        // A round finds the damage as it merges, and one after it as it sums up.
        store.RunToTheEnd(2 * Day);
        store.Time.Advance(BlockAges.FreshFor);
        store.RunToTheEnd(2 * Day);

        Assert.Equal(before.Select(static block => block.Sequence), store.Catalog.Infos.Select(static block => block.Sequence).Where(sequence => before.Any(block => block.Sequence == sequence)));
        Assert.Equal([2L, 1, 1, 1], Counts(store));
        Assert.Contains(store.Log, static line => line.StartsWith("1 series keep the summaries that they had", StringComparison.Ordinal));
        Assert.Single(store.Log, line => line.Contains("Damage was met", StringComparison.Ordinal));
        Assert.Equal(raw.Sequence, Assert.Single(store.Catalog.Damaged).Sequence);
        store.AssertFilesAreTheBlocks();
    }

    [Fact]
    public void A_day_that_is_too_large_for_its_room_is_summed_up_a_resolution_at_a_time_or_told_once()
    {
        using var store = new MaintainedStore();
        var builder = new TierBuilder(new Toka.TimeSeries.Disk.StoreDisk(), store.BlocksFolder, () => store.Catalog.NextSequence());
        store.With(new RetentionOptions { RawKeep = TimeSpan.FromDays(10), DiskReserveBytes = 0, SizeCapBytes = 16L * 1024 * 1024 }, hooks => hooks with { Tiers = builder });
        Array.ForEach([0, 1], i => store.Seal(StoreMaintenanceTests.Noise(i * 2 * Hour)));
        Assert.InRange(4 * TierPlanner.Again([.. store.Catalog.Infos, .. Resolutions.Select((resolution, i) => Block(90 + i, resolution, 0))], 0)!.Bytes, 16L * 1024 * 1024, 40L * 1024 * 1024);
        store.RunToTheEnd(2 * Day);
        store.RunToTheEnd(2 * Day);
        Assert.Equal([1L, 1, 1, 1], Counts(store));
        Assert.Empty(store.Log);

        Array.ForEach([1, 2, 3, 4, 5], i => store.Seal(StoreMaintenanceTests.Noise((3 * Day) + (i * 2 * Hour))));
        store.RunToTheEnd(6 * Day);
        store.RunToTheEnd(6 * Day);
        Assert.Equal([2L, 1, 1, 1], Counts(store));
        Assert.Contains("The day from 1970-01-04T00:00:00.000Z is not summed up", Assert.Single(store.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deletion_of_part_of_a_bucket_leaves_a_summary_of_the_rest()
    {
        using var store = new MaintainedStore();
        var builder = new TierBuilder(new Toka.TimeSeries.Disk.StoreDisk(), store.BlocksFolder, () => store.Catalog.NextSequence());
        store.With(new RetentionOptions { RawKeep = TimeSpan.FromDays(10), DiskReserveBytes = 0 }, hooks => hooks with { Tiers = builder });
        store.Seal(StoreMaintenanceTests.Line(0, 3600));
        store.RunToTheEnd(2 * Day);
        store.Maintenance.Delete([new LabelMatcher("__name__", MatchOperator.Matches, ".*")], 600_000, 660_000, CancellationToken.None);

        foreach (var resolution in Resolutions)
        {
            var day = Assert.Single(TierDays.Of(store.Catalog.Infos).Days);
            Assert.True(day.IsCurrent(resolution));
            using var snapshot = store.Catalog.Acquire();
            using var found = new SummaryColumn();
            TierRead.Append([.. snapshot.Blocks.Where(block => block.Info.TierMs == resolution).OrderBy(static block => block.Info.Sequence).Select(static block => (block, 0))], new TierRange(0, Day - 1, resolution), found, null);
            Assert.Equal(3600 - 61, found.Counts.ToArray().Sum());
        }
    }

    private static long Summarised(MaintainedStore store) => store.Metrics.Counter("toka_store_summarised_days_total", "").Value;

    private static long[] Counts(MaintainedStore store) =>
        [.. Resolutions.Prepend(0).Select(tier => (long)store.Catalog.Infos.Count(block => block.TierMs == tier))];

    private static List<TierJob> Due(IReadOnlyList<BlockInfo> blocks, long nowMs = 10 * Day) => [.. TierPlanner.Due(blocks, nowMs, None, static _ => long.MinValue)];

    private static BlockInfo Raw(long sequence, int day) => Block(sequence, 0, day);

    private static BlockInfo Block(long sequence, long resolution, long day) => new(sequence, resolution, (day * Day) + 1, (day * Day) + Day - 1, 1, 1, 1, [], "");
}
