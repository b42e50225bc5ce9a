using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries;

public sealed class ReadOnlyTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly LabelSet _cpu = Fixture.Labels("cpu");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_read_only_store_shows_everything_and_changes_no_byte_of_the_directory()
    {
        List<(string, long, ulong)> written;
        await using (var store = _fixture.ToBeKilled(static o => o with { SegmentBytes = 65_536 }))
        {
            for (var i = 0; i < 60; i++)
            {
                await Fixture.Write(store, [.. Enumerable.Range(0, 200).Select(s => (Fixture.Labels("m", "s", s.ToString()), _fixture.NowMs + i, i / 3.0))]);
            }

            written = await Fixture.ReadAll(store);
        }

        // What a recovery would change: a torn tail, a segment without a record, samples beyond retention, too many series.
        var segments = Directory.GetFiles(_fixture.Path, "*.wal").Order().ToArray();
        await File.AppendAllTextAsync(segments[^1], "torn");
        _fixture.Time.Advance(TimeSpan.FromDays(100));
        var before = Snapshot();
        await using (var store = _fixture.OnDisk(static o => o with { ReadOnly = true, Retention = TimeSpan.FromMinutes(1), SeriesMax = 1 }))
        {
            Assert.True(segments.Length > 1);
            Assert.Equal(written, await Fixture.ReadAll(store));
            Assert.Equal(4, store.Recovery.TruncatedBytes);
            Assert.Contains(segments[^1], Assert.Single(store.Recovery.Faults), StringComparison.Ordinal);
            store.Maintain();
            store.Sync();
            Assert.Equal(written, await Fixture.ReadAll(store));
        }

        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public async Task A_read_only_store_refuses_to_write()
    {
        await using (var store = _fixture.OnDisk())
        {
            await Fixture.Write(store, (_cpu, _fixture.NowMs, 1));
        }

        await using var reader = _fixture.OnDisk(static o => o with { ReadOnly = true });
        await Assert.ThrowsAsync<InvalidOperationException>(() => Fixture.Write(reader, (_cpu, _fixture.NowMs + 1, 2)));
        Assert.Single(await Fixture.ReadAll(reader));
    }

    [Fact]
    public async Task Reading_is_refused_while_a_store_writes_and_does_not_keep_the_next_one_out()
    {
        await using (var writer = _fixture.OnDisk())
        {
            await Fixture.Write(writer, (_cpu, _fixture.NowMs, 1));
            Assert.Contains("in use", Assert.Throws<BadInputException>(() => _fixture.OnDisk(static o => o with { ReadOnly = true })).Message, StringComparison.Ordinal);
        }

        await using var one = _fixture.OnDisk(static o => o with { ReadOnly = true });
        await using var two = _fixture.OnDisk(static o => o with { ReadOnly = true });
        await using var next = _fixture.OnDisk();
        Assert.Equal(1, (await Fixture.Write(next, (_cpu, _fixture.NowMs + 1, 2))).Accepted);
        Assert.Single(await Fixture.ReadAll(one));
        Assert.Single(await Fixture.ReadAll(two));
    }

    [Fact]
    public void What_is_not_there_is_refused_and_not_made()
    {
        var missing = Path.Combine(_fixture.Path, "missing");

        Assert.Contains("does not exist", Assert.Throws<BadInputException>(() => _fixture.OnDisk(o => o with { ReadOnly = true, Directory = missing })).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => _fixture.InMemory(static o => o with { ReadOnly = true }));
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.Path));
    }

    [Fact]
    public async Task A_directory_without_a_lock_file_is_read_and_gets_none()
    {
        await using (var reader = _fixture.OnDisk(static o => o with { ReadOnly = true }))
        {
            Assert.Empty(await Fixture.ReadAll(reader));
        }

        Assert.Empty(Directory.GetFileSystemEntries(_fixture.Path));
    }

    private (string Name, DateTime Written, string Content)[] Snapshot() =>
        [.. Directory.GetFiles(_fixture.Path, "*", SearchOption.AllDirectories).Order().Select(static f => (f, File.GetLastWriteTimeUtc(f), Convert.ToBase64String(File.ReadAllBytes(f))))];
}
