using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

/// <summary>The real disk, of which one operation fails once, or all from one on: as an error or as the end of the process.</summary>
internal sealed class FailingDisk : PassingDisk
{
    public const string Message = "the disk fails, as the test wants it";

    private int _left = int.MaxValue;
    private bool _isEnd;

    /// <summary>How the failure looks; 28 is a full disk.</summary>
    public int Code { get; set; } = 5;

    public long? Free { get; set; }

    /// <summary>Whether anything failed since the last call that set it up.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Lets so many operations pass and one fail.</summary>
    public void FailAt(int operation) => (_left, _isEnd, HasFailed) = (operation, false, false);

    /// <summary>Lets so many operations pass and none after them.</summary>
    public void EndAt(int operation) => (_left, _isEnd, HasFailed) = (operation, true, false);

    /// <summary>Lets everything pass.</summary>
    public void Mend() => FailAt(int.MaxValue);

    public override IStoreFile Create(string path)
    {
        Step();
        return new File(this, base.Create(path));
    }

    public override void Rename(string from, string to)
    {
        Step();
        base.Rename(from, to);
    }

    public override void Link(string from, string to)
    {
        Step();
        base.Link(from, to);
    }

    public override void Delete(string path)
    {
        // Tidying up after a failure is allowed to work, but not after the end.
        if (_isEnd)
        {
            Step();
        }

        base.Delete(path);
    }

    public override void SyncDirectory(string path)
    {
        Step();
        base.SyncDirectory(path);
    }

    public override long FreeBytes(string directory) => Free ?? base.FreeBytes(directory);

    private void Step()
    {
        if (_left-- > 0)
        {
            return;
        }

        _left = _isEnd ? 0 : int.MaxValue;
        HasFailed = true;
        throw new IOException(Message, Code);
    }

    private sealed class File(FailingDisk disk, IStoreFile file) : IStoreFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> into, long offset) => file.Read(into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            disk.Step();
            file.Write(bytes, offset);
        }

        public void Truncate(long length) => file.Truncate(length);

        public void Sync()
        {
            disk.Step();
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
