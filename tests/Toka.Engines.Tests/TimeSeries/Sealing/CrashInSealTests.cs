using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Sealing;

/// <summary>The disk dies, or fails once, at each single step of a seal.</summary>
public sealed class CrashInSealTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_crash_before_any_step_of_a_seal_loses_nothing_and_doubles_nothing()
    {
        var crashes = 0;
        for (var step = 0; ; step++)
        {
            var disk = new FailingDisk();
            var model = new Model();
            Clear();
            await using (var store = _fixture.ToBeKilled(o => o with { Disk = disk, SegmentBytes = 65_536 }))
            {
                await FillAsync(model, store);
                disk.FailFrom(step, isForEver: true);
                var done = store.Seal();
                await model.VerifyAsync(store);
                if (done && !disk.HasFailed)
                {
                    Assert.True(crashes > 10);
                    break;
                }
            }

            crashes++;
            await using var again = _fixture.OnDisk();
            await model.VerifyAsync(again);
            await model.WriteAsync(again, (Fixture.Labels("m", "s", "1"), _fixture.NowMs + 5000, 1), (Fixture.Labels("m", "s", "1"), _fixture.NowMs - 40_000_000, 2));
            Assert.True(again.Seal());
            await model.VerifyAsync(again);
        }
    }

    [Fact]
    public async Task A_step_of_a_seal_that_fails_once_leaves_a_store_that_goes_on()
    {
        var failures = 0;
        for (var step = 0; ; step++)
        {
            var disk = new FailingDisk();
            var model = new Model();
            Clear();
            await using (var store = _fixture.OnDisk(o => o with { Disk = disk, SegmentBytes = 65_536 }))
            {
                await FillAsync(model, store);
                disk.FailFrom(step, isForEver: false);
                store.Seal();
                await model.VerifyAsync(store);
                if (!disk.HasFailed)
                {
                    Assert.True(failures > 10);
                    break;
                }

                // In order and late, beside what the failed seal had frozen: told apart as ever.
                await model.WriteAsync(
                    store,
                    (Fixture.Labels("m", "s", "1"), _fixture.NowMs + 1, 1),
                    (Fixture.Labels("m", "s", "1"), _fixture.NowMs + 1, 2),
                    (Fixture.Labels("m", "s", "2"), _fixture.NowMs - 7000, 3),
                    (Fixture.Labels("m", "s", "2"), _fixture.NowMs - 7000, 3));
                Assert.True(store.Seal());
                await model.VerifyAsync(store);
            }

            failures++;
            await using var again = _fixture.OnDisk();
            await model.VerifyAsync(again);
            Assert.Empty(Directory.GetFiles(Path.Combine(_fixture.Path, "blocks"), "*.tmp"));
        }
    }

    private static async Task FillAsync(Model model, MetricStore store)
    {
        var now = Fixture.Start.ToUnixTimeMilliseconds();
        await model.WriteAsync(store, [.. Enumerable.Range(0, 2000).Select(i => (Fixture.Labels("m", "s", (i % 4).ToString()), now - 8_000_000 + (i * 3000), i * 0.7))]);
        await model.WriteAsync(store, [.. Enumerable.Range(0, 300).Select(i => (Fixture.Labels("m", "s", (i % 4).ToString()), now - 30_000_000 - (i * 50_000), i * 0.3))]);
    }

    private void Clear()
    {
        foreach (var file in Directory.GetFiles(_fixture.Path, "*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }
    }
}

/// <summary>A disk that fails from a step on, once or for ever; a step is whatever changes something.</summary>
internal sealed class FailingDisk : PassingDisk
{
    private int _left = int.MaxValue;
    private bool _isForEver;

    public int Fails { get; set; }

    public bool HasFailed => Fails > 0;

    public void FailFrom(int step, bool isForEver) => (_left, _isForEver, Fails) = (step, isForEver, 0);

    public override void CreateDirectory(string path)
    {
        Step();
        base.CreateDirectory(path);
    }

    public override IStoreFile Create(string path)
    {
        Step();
        return new FailingFile(this, base.Create(path));
    }

    public override IStoreFile Open(string path, bool toWrite) => new FailingFile(this, base.Open(path, toWrite));

    public override IMappedBytes Map(string path)
    {
        Step();
        return base.Map(path);
    }

    public override void Rename(string from, string to)
    {
        Step();
        base.Rename(from, to);
    }

    public override void Delete(string path)
    {
        Step();
        base.Delete(path);
    }

    public override void SyncDirectory(string path)
    {
        Step();
        base.SyncDirectory(path);
    }

    private void Step()
    {
        if (_left == 0 || (Fails > 0 && _isForEver))
        {
            Fails++;
            _left = int.MaxValue;
            throw new IOException("Input/output error");
        }

        _left -= _left == int.MaxValue ? 0 : 1;
    }

    private sealed class FailingFile(FailingDisk disk, IStoreFile file) : IStoreFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> into, long offset) => file.Read(into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            try
            {
                disk.Step();
            }
            catch
            {
                file.Write(bytes[..(bytes.Length / 2)], offset);
                throw;
            }

            file.Write(bytes, offset);
        }

        public void Truncate(long length)
        {
            disk.Step();
            file.Truncate(length);
        }

        public void Sync()
        {
            disk.Step();
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
