using Toka.Engines.Tests.TimeSeries.Compaction;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Care;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Care;

public sealed class DoctorTests : IDisposable
{
    private readonly Fixture _fixture = new();

    /// <summary>The blocks beside the first one.</summary>
    private string[] _others = [];

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_store_that_is_whole_is_healthy_and_stays_as_it_is()
    {
        await FillAsync();
        var before = CareFixture.Snapshot(_fixture.Path);

        foreach (var repairs in new[] { false, true })
        {
            var report = StoreDoctor.Examine(_fixture.Path, repairs, CancellationToken.None);
            Assert.True(report.IsHealthy, string.Join('\n', report.Findings));
            Assert.True(report.Blocks > 0 && report.Segments > 0 && report.Bytes > 0);
        }

        Assert.Equal(before, CareFixture.Snapshot(_fixture.Path));
    }

    [Fact]
    public async Task Every_flipped_byte_of_a_block_is_named_with_its_file_and_nothing_is_changed()
    {
        await FillAsync();
        var file = CareFixture.BlocksOf(_fixture.Path)[0];
        var good = await File.ReadAllBytesAsync(file);
        var step = Math.Max(1, good.Length / 150);
        for (var at = 0; at < good.Length; at += step)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 0x10;
            await File.WriteAllBytesAsync(file, bad);

            var report = StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None);

            Assert.False(report.IsHealthy, $"a flip at {at} of {good.Length} was not found");
            Assert.All(report.Findings, finding => Assert.Equal((file, (string?)null), (finding.File, finding.Done)));
            Assert.Equal(bad, await File.ReadAllBytesAsync(file));
        }
    }

    [Fact]
    public async Task Repair_keeps_every_chunk_that_is_good_and_says_what_is_lost()
    {
        await FillAsync();
        List<(string Labels, long Time, ulong Bits)> before;
        await using (var store = _fixture.ToBeKilled())
        {
            before = await Fixture.ReadAll(store);
        }

        var file = CareFixture.BlocksOf(_fixture.Path)[0];
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        var report = StoreDoctor.Examine(_fixture.Path, repairs: true, CancellationToken.None);

        Assert.All(report.Findings, static finding => Assert.Contains("written to", finding.Done, StringComparison.Ordinal));
        Assert.Contains(" samples of ", report.Findings[0].Lost, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_fixture.Path, "blocks", "damaged", Path.GetFileName(file) + ".repaired")));
        Assert.True(StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None).IsHealthy);
        {
            var rescued = Block.Open(new StoreDisk(), CareFixture.BlocksOf(_fixture.Path)[^1]);
            // Its samples are not late ones because a repair wrote them.
            Assert.Equal(BlockCatalog.NumberOf(Path.GetFileName(file)), rescued.Info.Sources.Min());
            rescued.Release();
        }

        await using var repaired = _fixture.OnDisk();
        var after = await Fixture.ReadAll(repaired);
        Assert.Empty(after.Except(before));
        Assert.InRange(after.Count, before.Count / 2, before.Count - 1);

        // Who repaired has been told what was lost.
        Assert.Empty(repaired.SetAsideBlocks);
    }

    [Fact]
    public async Task Damage_of_any_section_is_repaired_and_what_is_said_to_be_lost_is_what_is_lost()
    {
        await FillAsync();
        var file = CareFixture.BlocksOf(_fixture.Path)[0];
        var good = await File.ReadAllBytesAsync(file);
        Section[] places;
        long samples;
        var block = Block.Open(new StoreDisk(), file);
        try
        {
            samples = block.Info.Samples;
            places = [.. Enum.GetValues<SectionKind>().Select(block.Sections.PlaceOf).Where(static place => place.Length > 0)];
        }
        finally
        {
            block.Release();
        }

        foreach (var place in places)
        {
            var bad = (byte[])good.Clone();
            bad[place.Offset + (place.Length / 2)] ^= 1;
            await File.WriteAllBytesAsync(file, bad);

            var report = StoreDoctor.Examine(_fixture.Path, repairs: true, CancellationToken.None);

            Assert.False(report.IsHealthy);
            Assert.True(StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None).IsHealthy, $"{place.Kind}");
            var rescued = CareFixture.BlocksOf(_fixture.Path).Except(_others).SingleOrDefault();
            var kept = rescued is null ? 0 : SamplesOf(rescued);
            var lost = report.Findings[0].Lost;
            Assert.True(
                kept == samples ? lost == "no sample" : kept == 0 ? lost.StartsWith("all of the block", StringComparison.Ordinal) : lost.StartsWith($"{samples - kept} samples", StringComparison.Ordinal),
                $"{place.Kind}: {kept} of {samples} samples are kept, and the report says: {lost}");
            if (rescued is not null)
            {
                File.Delete(rescued);
            }
        }
    }

    [Fact]
    public async Task Repair_sets_a_block_aside_that_cannot_be_opened_and_the_rest_answers()
    {
        await FillAsync();
        var file = CareFixture.BlocksOf(_fixture.Path)[0];
        var bytes = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, bytes[..(bytes.Length / 2)]);

        var finding = Assert.Single(StoreDoctor.Examine(_fixture.Path, repairs: true, CancellationToken.None).Findings);

        Assert.Contains("moved to", finding.Done, StringComparison.Ordinal);
        Assert.True(StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None).IsHealthy);
        await using var store = _fixture.OnDisk();
        Assert.NotEmpty(await Fixture.ReadAll(store));
    }

    [Fact]
    public async Task A_torn_end_of_the_log_is_named_with_its_offset_and_cut_by_repair()
    {
        await FillAsync();
        var log = Directory.GetFiles(_fixture.Path, "*.wal").Order(StringComparer.Ordinal).Last();
        var length = new FileInfo(log).Length;
        await File.AppendAllTextAsync(log, "torn");

        var finding = Assert.Single(StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None).Findings);
        Assert.Equal((log, length, (string?)null), (finding.File, finding.Offset, finding.Done));
        Assert.Equal(length + 4, new FileInfo(log).Length);

        StoreDoctor.Examine(_fixture.Path, repairs: true, CancellationToken.None);
        Assert.Equal(length, new FileInfo(log).Length);
        Assert.True(StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None).IsHealthy);
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_named_and_set_aside_and_nothing_is_lost()
    {
        await FillAsync();
        List<(string Labels, long Time, ulong Bits)> before;
        await using (var store = _fixture.ToBeKilled())
        {
            before = await Fixture.ReadAll(store);
        }

        var checkpoint = Path.Combine(_fixture.Path, "checkpoint");
        var bytes = await File.ReadAllBytesAsync(checkpoint);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(checkpoint, bytes);

        Assert.Equal(checkpoint, Assert.Single(StoreDoctor.Examine(_fixture.Path, repairs: true, CancellationToken.None).Findings).File);

        Assert.True(StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None).IsHealthy);
        await using var repaired = _fixture.OnDisk();
        Assert.Equal(before, await Fixture.ReadAll(repaired));
    }

    [Fact]
    public async Task A_store_that_is_open_is_not_examined()
    {
        await using var store = _fixture.OnDisk();
        Assert.Contains("in use by another process", Assert.Throws<Core.Errors.BadInputException>(() => StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    private async Task FillAsync()
    {
        await using var store = _fixture.ToBeKilled();
        await CareFixture.FillAsync(_fixture, store);
        _others = [.. CareFixture.BlocksOf(_fixture.Path).Skip(1)];
    }

    private static long SamplesOf(string file)
    {
        var block = Block.Open(new StoreDisk(), file);
        block.Release();
        return block.Info.Samples;
    }

    [Fact]
    public void A_damaged_block_of_summaries_is_made_again_where_the_raw_samples_are_there_and_rescued_where_they_are_not()
    {
        using var store = new MaintainedStore();
        var disk = new StoreDisk();
        var builder = new TierBuilder(disk, store.BlocksFolder, () => store.Catalog.NextSequence());
        store.Seal(StoreMaintenanceTests.Line(0, 100));
        Summarise();
        var before = Summaries();
        Damage(Assert.Single(before).Path);

        var root = Path.GetDirectoryName(store.BlocksFolder)!;
        var finding = Assert.Single(StoreDoctor.Examine(disk, root, repairs: true, CancellationToken.None).Findings);
        Assert.StartsWith("nothing; the raw samples", finding.Lost, StringComparison.Ordinal);
        Assert.Contains("sums up its days again", finding.Done, StringComparison.Ordinal);
        store.Reopen();
        Assert.Empty(Summaries());
        Summarise();
        var again = Assert.Single(Summaries());
        Assert.Equal(before[0].Samples, again.Samples);

        store.Catalog.Publish([], [.. store.Catalog.Infos.Where(static block => block.TierMs == 0).Select(static block => block.Sequence)]);
        Damage(again.Path);
        finding = Assert.Single(StoreDoctor.Examine(disk, root, repairs: true, CancellationToken.None).Findings);
        Assert.Contains(" samples of 1 series", finding.Lost, StringComparison.Ordinal);

        List<BlockInfo> Summaries() => [.. store.Catalog.Infos.Where(static block => block.TierMs == 10_000)];

        void Summarise()
        {
            store.With(new RetentionOptions { RawKeep = TimeSpan.FromDays(10), DiskReserveBytes = 0 }, hooks => hooks with { Tiers = builder });
            store.RunToTheEnd(2 * TierLayout.DayMs);
        }

        static void Damage(string path)
        {
            using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.Position = 40;
            var flipped = (byte)(file.ReadByte() ^ 1);
            file.Position = 40;
            file.WriteByte(flipped);
        }
    }
}
