using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Sealing;

/// <summary>A seal that fails for a fault of the program, not of the disk.</summary>
public sealed class SealFaultTests : IDisposable
{
    private const int Many = 140_000;

    private readonly Fixture _fixture = new();
    private readonly LabelSet _cpu = Fixture.Labels("cpu");
    private readonly FaultyDisk _disk = new();
    private readonly TaskCompletionSource _loops = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isWaiting;
    private int _told;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_write_that_waits_for_room_on_the_disk_goes_on_after_one_try()
    {
        await using var store = Open(static o => o with { Kept = o.Kept with { SizeCapBytes = 16 * 1024 * 1024 } });
        await store.Recovered;
        await Fixture.Write(store, (_cpu, _fixture.NowMs, 1));
        _disk.IsFaulty = true;
        _fixture.Time.Advance(TimeSpan.FromHours(3));

        // Each interval of the three hours may have had its try; only what follows is for the write.
        _isWaiting = true;
        var write = Fixture.Write(store, [.. Enumerable.Range(0, Many).Select(i => (_cpu, _fixture.NowMs - Many + i, (double)i))]);

        var first = await Task.WhenAny(write, _loops.Task);
        _disk.IsFaulty = false;
        Assert.Same(write, first);
        Assert.Equal(Many, (await write).Accepted);
    }

    [Fact]
    public async Task A_write_that_waits_for_memory_is_refused_after_one_try()
    {
        await using var store = Open(static o => o with { MemoryBytesMax = 1024 * 1024 });
        await store.Recovered;
        await Fixture.Write(store, [(_cpu, _fixture.NowMs, 1), .. Enumerable.Range(1, Many).Select(i => (_cpu, _fixture.NowMs - i, (double)i))]);
        _disk.IsFaulty = true;
        _isWaiting = true;
        var write = Fixture.Write(store, (_cpu, _fixture.NowMs + 1, 1));

        var first = await Task.WhenAny(write, _loops.Task);
        _disk.IsFaulty = false;
        Assert.Same(write, first);
        Assert.Contains("cannot be moved to blocks", (await Assert.ThrowsAsync<IOException>(() => write)).Message, StringComparison.Ordinal);
        Assert.NotEqual(0, _fixture.Counter("toka_store_seal_errors_total"));
    }

    [Fact]
    public async Task A_store_whose_last_seal_fails_is_closed_all_the_same_and_its_log_has_everything()
    {
        var store = _fixture.OnDisk(o => o with { Disk = _disk });
        await Fixture.Write(store, (_cpu, _fixture.NowMs, 7));
        _disk.IsFaulty = true;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.DisposeAsync());

        await using var again = _fixture.OnDisk();
        Assert.Single(await Fixture.ReadAll(again));
    }

    private MetricStore Open(Func<MetricStoreOptions, MetricStoreOptions> change) =>
        _fixture.OnDisk(o => change(o) with { IsManual = false, Disk = _disk, Report = Tell });

    private void Tell(string line)
    {
        if (_isWaiting && line.StartsWith("maintenance of the metric store failed", StringComparison.Ordinal) && Interlocked.Increment(ref _told) >= 50)
        {
            _loops.TrySetResult();
        }
    }

    private sealed class FaultyDisk : PassingDisk
    {
        private volatile bool _isFaulty;

        public bool IsFaulty
        {
            get => _isFaulty;
            set => _isFaulty = value;
        }

        public override IStoreFile Create(string path) =>
            IsFaulty && path.Contains("/blocks/", StringComparison.Ordinal) ? throw new InvalidOperationException("BUG: of the test") : base.Create(path);
    }
}
