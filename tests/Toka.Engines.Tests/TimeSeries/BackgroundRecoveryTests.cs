using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.Engines.Tests.TimeSeries.Sealing;
using Toka.TimeSeries;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries;

public sealed class BackgroundRecoveryTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly LabelSet _cpu = Fixture.Labels("cpu");
    private readonly Model _model = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Blocks_answer_with_a_warning_while_the_log_is_read_and_writers_wait_for_its_end()
    {
        await LeaveAsync();
        var disk = new GatedDisk();
        await using var store = _fixture.OnDisk(o => o with { Disk = disk, IsManual = false });
        Assert.Equal(StoreReadiness.Recovering, store.Readiness);
        using (var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default))
        {
            Assert.Contains("still reading", Assert.Single(set.Warnings), StringComparison.Ordinal);
            Assert.Equal(1, set.Count);
        }

        var write = _model.WriteAsync(store, (_cpu, _fixture.NowMs + 5000, 5));
        Assert.False(write.IsCompleted);
        Assert.False(store.Recovered.IsCompleted);
        disk.Open();
        Assert.Equal(1000, (await store.Recovered).Samples);
        await write;
        Assert.Equal(StoreReadiness.Ready, store.Readiness);
        await _model.VerifyAsync(store);
        using var whole = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default);
        Assert.Empty(whole.Warnings);
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_fails_writers_by_reason_and_leaves_everything_as_it_was()
    {
        await LeaveAsync();
        var disk = new GatedDisk { IsBroken = true };
        var told = new List<string>();
        await using (var store = _fixture.OnDisk(o => o with { Disk = disk, IsManual = false, Report = told.Add }))
        {
            disk.Open();
            await Assert.ThrowsAsync<IOException>(() => store.Recovered);
            Assert.Equal(StoreReadiness.RecoveryFailed, store.Readiness);
            var refused = await Assert.ThrowsAsync<IOException>(() => Fixture.Write(store, (_cpu, _fixture.NowMs + 5000, 5)));
            Assert.Contains("Input/output error", refused.Message, StringComparison.Ordinal);
            using var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default);
            Assert.Contains("could not be read", Assert.Single(set.Warnings), StringComparison.Ordinal);
        }

        Assert.Single(told);
        await using var again = _fixture.OnDisk();
        await _model.VerifyAsync(again);
    }

    [Fact]
    public async Task A_store_closed_while_it_reads_its_log_closes_soon_and_reads_it_the_next_time()
    {
        await LeaveAsync();
        var disk = new GatedDisk();
        var store = _fixture.OnDisk(o => o with { Disk = disk, IsManual = false });
        var write = Fixture.Write(store, (_cpu, _fixture.NowMs + 5000, 5));
        var closing = store.DisposeAsync();
        disk.Open();
        await closing;
        await Assert.ThrowsAnyAsync<Exception>(() => write);
        await using var again = _fixture.OnDisk();
        await _model.VerifyAsync(again);
    }

    [Fact]
    public async Task Recovery_seals_when_memory_is_full_and_needs_no_more_of_it_than_running_did()
    {
        var random = new Random(3);
        await using (var store = _fixture.ToBeKilled(static o => o with { SegmentBytes = 65_536 }))
        {
            for (var i = 0; i < 50; i++)
            {
                await _model.WriteAsync(store, [.. Enumerable.Range(0, 10_000).Select(j => (_cpu, _fixture.NowMs - 1_000_000 + (i * 10_000) + j, random.NextDouble()))]);
            }
        }

        await using (var store = _fixture.ToBeKilled(static o => o with { MemoryBytesMax = 1024 * 1024 }))
        {
            Assert.True(_fixture.Counter("toka_store_seals_total") > 2);
            Assert.InRange(_fixture.Metrics.Read().Single(static m => m.Labels[LabelSet.MetricName] == "toka_store_chunk_bytes").Value, 0, 1.5 * 1024 * 1024);
            await _model.VerifyAsync(store);
        }

        await using var again = _fixture.OnDisk();
        await _model.VerifyAsync(again);
        Assert.True(again.Recovery.Samples < 200_000);
    }

    /// <summary>A directory with a sample in a block and a thousand in the log.</summary>
    private async Task LeaveAsync()
    {
        await using var store = _fixture.ToBeKilled();
        await _model.WriteAsync(store, (_cpu, _fixture.NowMs - 5000, 5));
        Assert.True(store.Seal());
        await _model.WriteAsync(store, [.. Enumerable.Range(0, 1000).Select(i => (_cpu, _fixture.NowMs + i, i * 0.1))]);
    }

    /// <summary>A disk on which segments can be read only once it is let.</summary>
    private sealed class GatedDisk : PassingDisk
    {
        private readonly TaskCompletionSource _gate = new();

        public bool IsBroken { get; init; }

        public void Open() => _gate.TrySetResult();

        public override IStoreFile Open(string path, bool toWrite) =>
            path.EndsWith(".wal", StringComparison.Ordinal) ? new GatedFile(this, base.Open(path, toWrite)) : base.Open(path, toWrite);

        private sealed class GatedFile(GatedDisk disk, IStoreFile file) : IStoreFile
        {
            public long Length => file.Length;

            public int Read(Span<byte> into, long offset)
            {
                // The header is looked at before anything else.
                if (offset > 0)
                {
                    disk._gate.Task.GetAwaiter().GetResult();
                    if (disk.IsBroken)
                    {
                        throw new IOException("Input/output error");
                    }
                }

                return file.Read(into, offset);
            }

            public void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

            public void Truncate(long length) => file.Truncate(length);

            public void Sync() => file.Sync();

            public void Dispose() => file.Dispose();
        }
    }
}
