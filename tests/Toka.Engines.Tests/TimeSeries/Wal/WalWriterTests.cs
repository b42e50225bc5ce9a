using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries.Disk;
using Microsoft.Extensions.Time.Testing;
using Toka.TimeSeries.Wal;

namespace Toka.Engines.Tests.TimeSeries.Wal;

public sealed class WalWriterTests
{
    [Fact]
    public void A_segment_that_begins_while_another_is_synced_is_synced_next_time()
    {
        var files = new Files();
        using var wal = Writer(files);
        wal.Append(new byte[100], 0, 1);
        files.DuringSync = () =>
        {
            wal.RotateIfFull();
            wal.Append(new byte[100], 0, 2);
        };
        Assert.True(wal.Sync());
        files.DuringSync = null;
        Assert.True(wal.Sync());
        Assert.Equal(files.Made[1].Written, files.Made[1].Synced);
    }

    [Fact]
    public void A_sync_that_fails_is_said_and_keeps_no_other_file_from_its_own()
    {
        var files = new Files();
        using var wal = Writer(files);
        for (var i = 0; i < 3; i++)
        {
            wal.RotateIfFull();
            wal.Append(new byte[100], 0, i);
        }

        files.Made[0].IsBroken = true;
        Assert.Throws<IOException>(() => wal.Sync());
        Assert.All(files.Made[..2], static file => Assert.True(file.IsClosed));
        Assert.All(files.Made[1..], static file => Assert.Equal(file.Written, file.Synced));
    }

    [Fact]
    public void A_segment_is_not_closed_over_what_a_failed_write_left_in_it()
    {
        var files = new Files();
        using var wal = Writer(files);
        wal.Append(new byte[30], 0, 1);
        files.Made[0].IsJammed = true;
        Assert.Throws<IOException>(() => wal.Append(new byte[30], 0, 2));
        Assert.Equal(WalFormat.HeaderBytes + 30, Assert.Single(wal.Parts()).Bytes);
        Assert.Throws<IOException>(() => wal.Rotate());
        Assert.Throws<IOException>(() => wal.Append(new byte[30], 0, 3));

        files.Made[0].IsJammed = false;
        Assert.Equal(1u, wal.Rotate());
        Assert.Equal(WalFormat.HeaderBytes + 30, files.Made[0].Written);
        wal.Append(new byte[30], 0, 4);
        Assert.Equal(2, files.Made.Count);
    }

    [Fact]
    public void A_deleted_segment_gives_its_space_back_without_waiting_for_a_sync()
    {
        var files = new Files();
        using var wal = Writer(files);
        wal.Append(new byte[100], 0, 1);
        wal.Rotate();
        wal.Append(new byte[100], 0, 2);
        wal.Rotate();
        wal.DropSealed(static (_, newest) => newest == 1);

        Assert.Equal((true, 0), (files.Made[0].IsClosed, files.Made[0].Synced));
        Assert.False(files.Made[1].IsClosed);
        Assert.True(wal.Sync());
        Assert.Equal((true, files.Made[1].Written), (files.Made[1].IsClosed, files.Made[1].Synced));
    }

    [Fact]
    public void A_segment_that_is_deleted_while_it_is_synced_is_closed_by_the_sync()
    {
        var files = new Files();
        using var wal = Writer(files);
        wal.Append(new byte[100], 0, 1);
        wal.Rotate();
        files.DuringSync = () =>
        {
            wal.DropSealed(static (_, _) => true);
            Assert.False(files.Made[0].IsClosed);
        };
        Assert.True(wal.Sync());
        Assert.True(files.Made[0].IsClosed);
        Assert.Equal(0, wal.Bytes);
    }

    private static WalWriter Writer(Files files) => new("wal", files, 64, new FakeTimeProvider(), TimeSpan.FromHours(1));

    private sealed class Files : PassingDisk
    {
        public List<MemoryFile> Made { get; } = [];

        public Action? DuringSync { get; set; }

        public override void SyncDirectory(string path)
        {
        }

        public override void Delete(string path)
        {
        }

        public override IStoreFile Create(string path)
        {
            var file = new MemoryFile(this);
            Made.Add(file);
            return file;
        }
    }

    private sealed class MemoryFile(Files files) : IStoreFile
    {
        public long Length => Written;

        public long Written { get; private set; }

        public long Synced { get; private set; }

        public bool IsBroken { get; set; }

        /// <summary>A write goes half way, and what it left cannot be cut off.</summary>
        public bool IsJammed { get; set; }

        public bool IsClosed { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            Written = offset + (IsJammed ? bytes.Length / 2 : bytes.Length);
            ThrowIfJammed();
        }

        public int Read(Span<byte> into, long offset) => throw new NotSupportedException("The log is not read while it is written.");

        public void Truncate(long length)
        {
            ThrowIfJammed();
            Written = length;
        }

        public void Sync()
        {
            if (IsBroken)
            {
                throw new IOException("Input/output error");
            }

            var written = Written;
            files.DuringSync?.Invoke();
            Synced = written;
        }

        public void Dispose() => IsClosed = true;

        private void ThrowIfJammed()
        {
            if (IsJammed)
            {
                throw new IOException("jammed");
            }
        }
    }
}
