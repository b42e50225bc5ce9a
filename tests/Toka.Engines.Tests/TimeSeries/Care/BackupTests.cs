using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Telemetry;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries;
using Toka.TimeSeries.Care;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Care;

public sealed class BackupTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("toka-backup-");

    private string Backup(int number) => Path.Combine(_work.FullName, $"{number:000}");

    public void Dispose()
    {
        _fixture.Dispose();
        _work.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_restored_elsewhere_answers_as_the_store_did_when_it_was_backed_up()
    {
        await using var store = _fixture.ToBeKilled();
        await CareFixture.FillAsync(_fixture, store);
        var expected = await Fixture.ReadAll(store);

        var report = await store.BackupAsync(Backup(1), null, [], CancellationToken.None);
        await CareFixture.WriteAsync(_fixture, store, -60_000, 3);
        StoreRestore.Run(Backup(1), Path.Combine(_work.FullName, "data"), CancellationToken.None);

        Assert.True(report.Blocks > 0 && report.LinkedBytes > 0 && report.CopiedBytes > 0);
        Assert.Empty(report.Notes);
        Assert.Equal(expected, await RestoredAsync());
    }

    [Fact]
    public async Task A_backup_that_comes_to_its_turn_when_the_store_is_closed_is_none()
    {
        var store = _fixture.OnDisk();
        await CareFixture.FillAsync(_fixture, store);
        await store.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => store.ChangeBlocks(static _ => { }));
    }

    [Fact]
    public async Task A_block_that_goes_for_room_while_it_is_copied_is_in_the_backup()
    {
        var disk = new DiskWithoutLinksFrom(_fixture.Path);
        await using var store = _fixture.ToBeKilled(options => options with { Disk = disk });
        await CareFixture.FillAsync(_fixture, store);
        var expected = await Fixture.ReadAll(store);
        var gone = 0;
        disk.Creating = path =>
        {
            if (path.StartsWith(_work.FullName, StringComparison.Ordinal) && path.EndsWith(".tkb", StringComparison.Ordinal))
            {
                var blocks = CareFixture.BlocksOf(_fixture.Path);
                gone += blocks.Length;
                Array.ForEach(blocks, File.Delete);
            }
        };

        await store.BackupAsync(Backup(1), null, [], CancellationToken.None);
        StoreRestore.Run(Backup(1), Path.Combine(_work.FullName, "data"), CancellationToken.None);

        Assert.True(gone > 1);
        Assert.Equal(expected, await RestoredAsync());
    }

    [Fact]
    public async Task A_second_backup_shares_the_blocks_that_did_not_change()
    {
        await using var store = _fixture.ToBeKilled();
        await CareFixture.FillAsync(_fixture, store);
        var first = await store.BackupAsync(Backup(1), null, [], CancellationToken.None);
        await CareFixture.FillAsync(_fixture, store, round: 3);

        var second = await store.BackupAsync(Backup(2), Backup(1), [], CancellationToken.None);

        Assert.True(second.Blocks > first.Blocks);
        Assert.Equal(CareFixture.BlocksOf(_fixture.Path).Sum(static file => new FileInfo(file).Length), second.LinkedBytes);
    }

    [Fact]
    public async Task Across_file_systems_blocks_are_copied_once_then_linked_to_the_backup_before_and_it_is_said()
    {
        await using var store = _fixture.ToBeKilled(options => options with { Disk = new DiskWithoutLinksFrom(_fixture.Path) });
        await CareFixture.FillAsync(_fixture, store);

        var first = await store.BackupAsync(Backup(1), null, [], CancellationToken.None);
        var second = await store.BackupAsync(Backup(2), Backup(1), [], CancellationToken.None);

        Assert.Equal(0, first.LinkedBytes);
        Assert.Contains("copied, not linked", Assert.Single(first.Notes), StringComparison.Ordinal);
        Assert.True(second.LinkedBytes > 0 && second.LinkedBytes > second.CopiedBytes);
        StoreRestore.Run(Backup(2), Path.Combine(_work.FullName, "data"), CancellationToken.None);
        Assert.Equal(await Fixture.ReadAll(store), await RestoredAsync());
    }

    [Fact]
    public async Task A_backup_under_load_has_everything_that_was_acknowledged_before_it_began()
    {
        await using var store = MetricStore.Open(new MetricStoreOptions { Directory = _fixture.Path, SegmentBytes = 64 * 1024, SealsAtStop = false }, _fixture.Time, new SelfMetrics());
        using var stop = new CancellationTokenSource();
        var labels = LabelSet.Of((LabelSet.MetricName, "load"));
        var acknowledged = 0;
        var started = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await Fixture.Write(store, (labels, _fixture.NowMs - 4_000_000 + i, i));
                Volatile.Write(ref acknowledged, i + 1);
                if (i == 500)
                {
                    store.Seal();
                    started.TrySetResult();
                }
            }
        });
        await started.Task;

        var before = Volatile.Read(ref acknowledged);
        await store.BackupAsync(Backup(1), null, [], CancellationToken.None);
        await stop.CancelAsync();
        await writing;

        StoreRestore.Run(Backup(1), Path.Combine(_work.FullName, "data"), CancellationToken.None);
        Assert.True(StoreDoctor.Examine(Path.Combine(_work.FullName, "data", "metrics"), repairs: false, CancellationToken.None).IsHealthy);
        var restored = await RestoredAsync();
        Assert.InRange(restored.Count, before, Volatile.Read(ref acknowledged));
        Assert.Equal(Enumerable.Range(0, restored.Count).Select(static i => BitConverter.DoubleToUInt64Bits(i)), restored.Select(static sample => sample.Bits));
    }

    [Fact]
    public async Task A_damaged_backup_is_refused_with_file_and_offset_and_nothing_is_made()
    {
        await using (var store = _fixture.ToBeKilled())
        {
            await CareFixture.FillAsync(_fixture, store);
            Directory.CreateDirectory(Path.Combine(Backup(1), "state"));
            await File.WriteAllTextAsync(Path.Combine(Backup(1), "state", "x.db"), "state");
            await store.BackupAsync(Backup(1), null, ["state/x.db"], CancellationToken.None);
        }

        foreach (var file in Directory.GetFiles(Backup(1), "*", SearchOption.AllDirectories))
        {
            var good = await File.ReadAllBytesAsync(file);
            var bad = (byte[])good.Clone();
            bad[bad.Length / 2] ^= 8;
            await File.WriteAllBytesAsync(file, bad);

            var fault = Assert.Throws<BadInputException>(() => StoreRestore.Run(Backup(1), Path.Combine(_work.FullName, "data"), CancellationToken.None));

            Assert.Contains(Backup(1), fault.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(_work.FullName, "data")));
            await File.WriteAllBytesAsync(file, good);
        }

        Assert.Equal("state", await RestoredFileAsync());
    }

    [Fact]
    public async Task While_blocks_are_copied_to_another_file_system_the_store_seals()
    {
        var disk = new DiskWithoutLinksFrom(_fixture.Path);
        await using var store = _fixture.ToBeKilled(options => options with { Disk = disk });
        await CareFixture.FillAsync(_fixture, store);
        var expected = await Fixture.ReadAll(store);
        var seals = 0;
        disk.Creating = path =>
        {
            if (path.StartsWith(Backup(1), StringComparison.Ordinal) && path.EndsWith(".tkb", StringComparison.Ordinal))
            {
                // Another thread, as the one that maintains: this one holds the locks that a backup holds.
                var sealing = new Thread(() => seals += store.Seal() ? 1 : 0);
                sealing.Start();
                Assert.True(sealing.Join(TimeSpan.FromMinutes(1)), "the seal waits for the backup");
            }
        };

        await store.BackupAsync(Backup(1), null, [], CancellationToken.None);

        Assert.True(seals > 0);
        StoreRestore.Run(Backup(1), Path.Combine(_work.FullName, "data"), CancellationToken.None);
        Assert.Equal(expected, await RestoredAsync());
    }

    [Fact]
    public async Task A_restore_that_was_cut_off_is_opened_by_nobody()
    {
        await using (var store = _fixture.ToBeKilled())
        {
            await CareFixture.FillAsync(_fixture, store);
            await store.BackupAsync(Backup(1), null, [], CancellationToken.None);
        }

        var data = Path.Combine(_work.FullName, "data");
        Assert.Throws<IOException>(() => StoreRestore.Run(new DiskThatFillsAt(".wal"), Backup(1), data, CancellationToken.None));

        var metrics = Path.Combine(data, "metrics");
        foreach (var options in new[] { new MetricStoreOptions { Directory = metrics, ReadOnly = true }, new MetricStoreOptions { Directory = metrics, IsManual = true } })
        {
            var fault = Assert.Throws<BadInputException>(() => MetricStore.Open(options, _fixture.Time, new SelfMetrics()));
            Assert.Contains("run `toka restore` again", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_cut_off_is_no_backup()
    {
        await using var store = _fixture.ToBeKilled();
        await CareFixture.FillAsync(_fixture, store);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.BackupAsync(Backup(1), null, [], cancelled.Token));
        Directory.CreateDirectory(Backup(1));

        Assert.Contains("cut off", Assert.Throws<BadInputException>(() => StoreRestore.Run(Backup(1), _work.FullName, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("/etc/escape")]
    public void A_manifest_cannot_name_files_outside_of_the_backup(string path)
    {
        Directory.CreateDirectory(Backup(1));
        File.WriteAllText(Path.Combine(Backup(1), "manifest.json"), $$"""{"version":1,"files":[{"path":"{{path}}","bytes":1}]}""", Encoding.UTF8);
        Assert.Contains("manifest.json is damaged", Assert.Throws<BadInputException>(() => StoreRestore.Run(Backup(1), _work.FullName, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_series_are_gone_from_memory_and_blocks_and_stay_gone()
    {
        List<(string Labels, long Time, ulong Bits)> expected;
        await using (var store = _fixture.ToBeKilled())
        {
            await CareFixture.FillAsync(_fixture, store);
            var from = _fixture.NowMs - (5 * 3_600_000L);
            var all = await Fixture.ReadAll(store);
            expected = [.. all.Where(sample => sample.Time < from || !sample.Labels.Contains("series=\"1", StringComparison.Ordinal))];

            var deleted = await store.DeleteSeriesAsync([new LabelMatcher("series", MatchOperator.Matches, "1.*")], from, long.MaxValue, CancellationToken.None);

            Assert.Equal(all.Count - expected.Count, deleted);
            Assert.Equal(expected, await Fixture.ReadAll(store));
        }

        await using var again = _fixture.OnDisk();
        Assert.Equal(expected, await Fixture.ReadAll(again));
    }

    private async Task<List<(string Labels, long Time, ulong Bits)>> RestoredAsync()
    {
        await using var restored = MetricStore.Open(
            new MetricStoreOptions { Directory = Path.Combine(_work.FullName, "data", "metrics"), IsManual = true }, _fixture.Time, new SelfMetrics());
        Assert.Empty(restored.Recovery.Faults);
        return await Fixture.ReadAll(restored);
    }

    private async Task<string> RestoredFileAsync()
    {
        StoreRestore.Run(Backup(1), Path.Combine(_work.FullName, "data"), CancellationToken.None);
        return await File.ReadAllTextAsync(Path.Combine(_work.FullName, "data", "state", "x.db"));
    }

    private sealed class DiskThatFillsAt(string extension) : PassingDisk
    {
        public override IStoreFile Create(string path) =>
            path.EndsWith(extension, StringComparison.Ordinal) ? throw new IOException("No space left on device") : base.Create(path);
    }

    private sealed class DiskWithoutLinksFrom(string directory) : PassingDisk
    {
        public Action<string>? Creating { get; set; }

        public override IStoreFile Create(string path)
        {
            Creating?.Invoke(path);
            return base.Create(path);
        }

        public override void Link(string from, string to)
        {
            if (from.StartsWith(directory, StringComparison.Ordinal))
            {
                throw new IOException("Invalid cross-device link");
            }

            base.Link(from, to);
        }
    }
}
