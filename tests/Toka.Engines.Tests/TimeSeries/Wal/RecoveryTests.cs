using Toka.Core.Codecs;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries.Disk;
using CsCheck;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.TimeSeries;
using Toka.TimeSeries.Wal;

namespace Toka.Engines.Tests.TimeSeries.Wal;

public sealed class RecoveryTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly LabelSet _cpu = Fixture.Labels("cpu");

    public void Dispose() => _fixture.Dispose();

    private string Segment(int number) => Path.Combine(_fixture.Path, $"{number:D8}.wal");

    [Fact]
    public async Task A_store_opened_again_holds_every_bit_of_what_it_held()
    {
        var random = new Random(5);
        List<(string, long, ulong)> before;
        await using (var store = _fixture.ToBeKilled(static o => o with { SegmentBytes = 65_536 }))
        {
            for (var b = 0; b < 40; b++)
            {
                var t = _fixture.NowMs + (b * 1000);
                await Fixture.Write(store, [.. Enumerable.Range(0, 300).Select(i => (
                    Fixture.Labels("m" + (i % 7), "i", i.ToString()), t - random.Next(0, 3000), BitConverter.Int64BitsToDouble(random.NextInt64())))]);
            }

            before = await Fixture.ReadAll(store);
        }

        await using var again = _fixture.ToBeKilled();
        Assert.True(again.Recovery.Segments > 2);
        Assert.Empty(again.Recovery.Faults);
        Assert.Equal(StoreReadiness.Ready, again.Readiness);
        Assert.Equal(before, await Fixture.ReadAll(again));
    }

    [Fact]
    public async Task A_tail_torn_at_any_byte_costs_only_its_own_record()
    {
        var ends = new List<long>();
        await using (var store = _fixture.ToBeKilled())
        {
            for (var i = 0; i < 4; i++)
            {
                await Fixture.Write(store, (_cpu, _fixture.NowMs + i, i + 0.1), (Fixture.Labels("m" + i), _fixture.NowMs + i, -i));
                ends.Add(new FileInfo(Segment(1)).Length);
            }
        }

        var whole = await File.ReadAllBytesAsync(Segment(1));
        for (var length = 0; length < whole.Length; length++)
        {
            Directory.GetFiles(_fixture.Path, "*.wal").ToList().ForEach(File.Delete);
            await File.WriteAllBytesAsync(Segment(1), whole[..length]);
            await using var store = _fixture.ToBeKilled();
            var read = await Fixture.ReadAll(store);

            // A write is two records, the definitions and then the samples; what precedes the cut is there.
            Assert.Equal(2 * ends.Count(end => end <= length), read.Count);
            // A segment with nothing but its header is deleted; the header was not torn for that.
            var good = File.Exists(Segment(1)) ? new FileInfo(Segment(1)).Length : length < WalFormat.HeaderBytes ? 0 : WalFormat.HeaderBytes;
            Assert.Equal(length - good, store.Recovery.TruncatedBytes);
            Assert.Equal(store.Recovery.TruncatedBytes, _fixture.Counter("toka_wal_truncated_bytes_total"));
            await Fixture.Write(store, (_cpu, _fixture.NowMs + 100, 7));
            Assert.Equal(read.Count + 1, (await Fixture.ReadAll(store)).Count);
        }
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_is_noticed_and_nothing_is_invented()
    {
        HashSet<(string, long, ulong)> all;
        await using (var store = _fixture.ToBeKilled())
        {
            for (var i = 0; i < 10; i++)
            {
                await Fixture.Write(store, (_cpu, _fixture.NowMs + i, i * 1.7), (Fixture.Labels("m" + i), _fixture.NowMs, i));
            }

            all = [.. await Fixture.ReadAll(store)];
        }

        var whole = await File.ReadAllBytesAsync(Segment(1));
        await Gen.Int[0, (whole.Length * 8) - 1].SampleAsync(async bit =>
        {
            Directory.GetFiles(_fixture.Path, "*.wal").ToList().ForEach(File.Delete);
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(Segment(1), damaged);
            await using var store = _fixture.ToBeKilled();
            Assert.Single(store.Recovery.Faults);
            Assert.Subset(all, (await Fixture.ReadAll(store)).ToHashSet());
        }, iter: 200, threads: 1);
    }

    [Fact]
    public async Task Damage_in_an_earlier_segment_is_named_and_the_next_one_is_read()
    {
        for (var i = 0; i < 2; i++)
        {
            await using var store = _fixture.ToBeKilled();
            await Fixture.Write(store, (_cpu, _fixture.NowMs + (2 * i), i));
            await Fixture.Write(store, (_cpu, _fixture.NowMs + (2 * i) + 1, i));
        }

        var bytes = await File.ReadAllBytesAsync(Segment(1));
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(Segment(1), bytes);

        await using var again = _fixture.ToBeKilled();
        Assert.Equal(3, (await Fixture.ReadAll(again)).Count);
        Assert.Contains(Segment(1), Assert.Single(again.Recovery.Faults), StringComparison.Ordinal);
        Assert.Equal(again.Recovery.UnreadableBytes, _fixture.Counter("toka_wal_unreadable_bytes_total"));
        Assert.True(again.Recovery.UnreadableBytes > 0);
        Assert.Equal(0, again.Recovery.TruncatedBytes);
    }

    [Fact]
    public async Task A_last_segment_with_a_damaged_header_is_counted_and_kept_for_a_look()
    {
        await using (var store = _fixture.ToBeKilled())
        {
            await Fixture.Write(store, (_cpu, _fixture.NowMs, 1));
        }

        var bytes = await File.ReadAllBytesAsync(Segment(1));
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(Segment(1), bytes);

        await using var again = _fixture.ToBeKilled();
        Assert.Empty(await Fixture.ReadAll(again));
        Assert.Equal(bytes.Length, again.Recovery.UnreadableBytes);
        await Fixture.Write(again, (_cpu, _fixture.NowMs, 2));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Segment(1)));
    }

    [Fact]
    public async Task Another_version_is_refused_by_name()
    {
        await using (var store = _fixture.ToBeKilled())
        {
            await Fixture.Write(store, (_cpu, _fixture.NowMs, 1));
        }

        var bytes = await File.ReadAllBytesAsync(Segment(1));
        bytes[4] = 9;
        BitConverter.TryWriteBytes(bytes.AsSpan(12), Crc32C.Of(bytes.AsSpan(0, 12)));
        await File.WriteAllBytesAsync(Segment(1), bytes);

        var refused = Assert.Throws<BadInputException>(() => _fixture.ToBeKilled());
        Assert.Contains("version 9", refused.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Segment(1)));
    }

    [Fact]
    public async Task A_directory_in_use_is_refused_and_free_again_after_closing()
    {
        await using (_fixture.ToBeKilled())
        {
            Assert.Contains("in use", Assert.Throws<BadInputException>(() => _fixture.ToBeKilled()).Message, StringComparison.Ordinal);
        }

        await using var again = _fixture.ToBeKilled();
        Assert.Equal(StoreReadiness.Ready, again.Readiness);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_that_fails_is_neither_acknowledged_nor_visible_and_the_log_goes_on(bool canTruncate)
    {
        var files = new FullDisk { CanTruncate = canTruncate };
        List<(string, long, ulong)> before;
        var told = new List<string?>();
        await using (var store = _fixture.ToBeKilled(o => o with { Disk = files, LogStateChanged = told.Add }))
        {
            await Fixture.Write(store, (_cpu, _fixture.NowMs, 1));
            files.BytesLeft = 10;
            await Assert.ThrowsAsync<IOException>(() => Fixture.Write(store, (_cpu, _fixture.NowMs + 1, 2), (Fixture.Labels("lost"), _fixture.NowMs, 3)));
            Assert.Equal(StoreReadiness.WriteFailing, store.Readiness);
            Assert.Single(await Fixture.ReadAll(store));
            Assert.Equal(1, _fixture.Counter("toka_wal_write_errors_total"));

            files.BytesLeft = long.MaxValue;
            Assert.Equal(2, (await Fixture.Write(store, (_cpu, _fixture.NowMs + 1, 4), (Fixture.Labels("kept"), _fixture.NowMs, 5))).Accepted);
            Assert.Equal(StoreReadiness.Ready, store.Readiness);
            before = await Fixture.ReadAll(store);
            Assert.Equal(3, before.Count);
            Assert.Equal(2, told.Count);
            Assert.Contains("No space left", told[0], StringComparison.Ordinal);
            Assert.Null(told[1]);
        }

        await using var again = _fixture.ToBeKilled();
        Assert.Equal(before, await Fixture.ReadAll(again));
        Assert.Equal(canTruncate ? 0 : 1, again.Recovery.Faults.Count);
    }

    private sealed class FullDisk : PassingDisk
    {
        public long BytesLeft { get; set; } = long.MaxValue;

        public bool CanTruncate { get; init; }

        public override IStoreFile Create(string path) => new FullFile(this, base.Create(path));

        private sealed class FullFile(FullDisk disk, IStoreFile file) : IStoreFile
        {
            public long Length => file.Length;

            public int Read(Span<byte> into, long offset) => file.Read(into, offset);

            public void Write(ReadOnlySpan<byte> bytes, long offset)
            {
                var fits = (int)Math.Min(bytes.Length, disk.BytesLeft);
                file.Write(bytes[..fits], offset);
                disk.BytesLeft -= fits;
                if (fits < bytes.Length)
                {
                    throw new IOException("No space left on device");
                }
            }

            public void Truncate(long length)
            {
                if (!disk.CanTruncate)
                {
                    throw new IOException("Input/output error");
                }

                file.Truncate(length);
            }

            public void Sync() => file.Sync();

            public void Dispose() => file.Dispose();
        }
    }
}
