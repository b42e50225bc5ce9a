using Toka.Engines.Tests.TimeSeries.Compaction;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries.Care;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Care;

/// <summary>The disk fails while a store is examined or repaired.</summary>
public sealed class DoctorFailureTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly FailingDisk _disk = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_segment_has_its_good_records_wherever_its_repair_ends(bool isEnd)
    {
        var (log, good) = await WithTornLogAsync();
        var torn = await File.ReadAllBytesAsync(log);
        var ended = 0;
        for (var step = 0; ; step++)
        {
            await RestoreAsync(log, torn);
            if (isEnd)
            {
                _disk.EndAt(step);
            }
            else
            {
                _disk.FailAt(step);
            }

            var report = Examine(_disk);
            var hadFailed = _disk.HasFailed;
            _disk.Mend();

            Assert.Equal(good, (await File.ReadAllBytesAsync(log))[..good.Length]);
            Assert.Equal((log, (long)good.Length), (Assert.Single(report.Findings).File, report.Findings[0].Offset));
            Assert.Equal(torn, Aside().Select(File.ReadAllBytes).Append(await File.ReadAllBytesAsync(log)).First(bytes => bytes.Length == torn.Length));
            await AssertOpensAsync();
            if (!hadFailed)
            {
                Assert.Null(report.Stopped);
                break;
            }

            ended += report.Stopped is null ? 0 : 1;
            Assert.Equal(report.Stopped is null, report.Findings[0].Done is not null);

            // The next repair comes to an end, whatever the one before has left.
            Examine(_disk);
            Assert.Equal(good, await File.ReadAllBytesAsync(log));
            Assert.True(Examine(_disk).IsHealthy);
        }

        Assert.True(ended >= 5, $"only {ended} steps could fail");
    }

    [Fact]
    public async Task Where_nothing_can_be_linked_the_whole_segment_is_copied_aside()
    {
        var (log, good) = await WithTornLogAsync();
        var torn = await File.ReadAllBytesAsync(log);

        var report = Examine(new LinklessDisk());

        Assert.NotNull(Assert.Single(report.Findings).Done);
        Assert.Equal(good, await File.ReadAllBytesAsync(log));
        Assert.Equal(torn, await File.ReadAllBytesAsync(Assert.Single(Aside())));
    }

    [Fact]
    public async Task What_was_found_is_told_though_the_disk_ends_the_repair()
    {
        var (log, _) = await WithTornLogAsync();
        var block = CareFixture.BlocksOf(_fixture.Path)[0];
        var bytes = await File.ReadAllBytesAsync(block);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(block, bytes);
        _disk.EndAt(0);

        var report = Examine(_disk);

        Assert.Contains(FailingDisk.Message, report.Stopped, StringComparison.Ordinal);
        Assert.False(report.IsHealthy);
        var finding = Assert.Single(report.Findings);
        Assert.Equal((block, (string?)null), (finding.File, finding.Done));
        Assert.True(File.Exists(log));
    }

    [Fact]
    public async Task A_segment_that_the_disk_cannot_read_is_named_and_left_where_it_is_and_the_rest_is_examined()
    {
        var (log, _) = await WithTornLogAsync();
        var block = CareFixture.BlocksOf(_fixture.Path)[0];
        await File.WriteAllBytesAsync(block, (await File.ReadAllBytesAsync(block))[..^1]);

        var report = Examine(new UnreadableDisk(log));

        Assert.Null(report.Stopped);
        Assert.Equal([(block, true), (log, false)], report.Findings.Select(static finding => (finding.File, finding.Done is not null)));
        Assert.True(File.Exists(log));
    }

    private DoctorReport Examine(IStoreDisk disk) => StoreDoctor.Examine(disk, _fixture.Path, repairs: true, CancellationToken.None);

    private string[] Aside() => Directory.Exists(Damaged) ? Directory.GetFiles(Damaged) : [];

    private string Damaged => Path.Combine(_fixture.Path, "damaged");

    /// <summary>A leftover of a repair does not keep a store from opening, and is not taken for a segment.</summary>
    private async Task AssertOpensAsync()
    {
        await using var store = _fixture.OnDisk(static options => options with { ReadOnly = true });
        Assert.NotEmpty(await Fixture.ReadAll(store));
        Assert.Equal(Directory.GetFiles(_fixture.Path, "*.wal").Length, store.Recovery.Segments);
    }

    private async Task RestoreAsync(string log, byte[] torn)
    {
        if (Directory.Exists(Damaged))
        {
            Directory.Delete(Damaged, recursive: true);
        }

        File.Delete(log + ".tmp");
        File.Delete(log);
        await File.WriteAllBytesAsync(log, torn);
    }

    private async Task<(string Log, byte[] Good)> WithTornLogAsync()
    {
        await using (var store = _fixture.ToBeKilled())
        {
            await CareFixture.FillAsync(_fixture, store);
        }

        var log = Directory.GetFiles(_fixture.Path, "*.wal").Order(StringComparer.Ordinal).Last();
        var good = await File.ReadAllBytesAsync(log);
        await File.AppendAllTextAsync(log, "torn");
        return (log, good);
    }

    private sealed class LinklessDisk : PassingDisk
    {
        public override void Link(string from, string to) => throw new IOException("no links here");
    }

    private sealed class UnreadableDisk(string file) : PassingDisk
    {
        public override IStoreFile Open(string path, bool toWrite) => path == file ? throw new IOException("a sector is bad") : base.Open(path, toWrite);
    }
}
