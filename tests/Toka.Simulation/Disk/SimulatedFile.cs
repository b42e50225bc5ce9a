using Toka.TimeSeries.Disk;

namespace Toka.Simulation.Disk;

/// <summary>An open file of one process.</summary>
internal sealed class SimulatedFile(DiskSession session, FileNode node, string path, bool canWrite) : IStoreFile
{
    private bool _isClosed;

    public long Length
    {
        get
        {
            lock (session.Disk.Gate)
            {
                Check(toWrite: false);
                return node.Length;
            }
        }
    }

    public int Read(Span<byte> into, long offset)
    {
        var disk = session.Disk;
        lock (disk.Gate)
        {
            Check(toWrite: false);
            if (session.IsBuried)
            {
                return 0;
            }

            var moment = session.Begin(changes: false);
            session.FailRead(Fault.ReadError, path);
            var count = (int)Math.Clamp(node.Length - offset, 0, into.Length);
            if (count > 1 && disk.Dice.OneIn(disk.Rates.ShortReads))
            {
                disk.Count(Fault.ShortRead);
                count = disk.Dice.Between(1, count - 1);
            }

            if (count > 0)
            {
                node.Bytes.Slice((int)offset, count).CopyTo(into);
            }

            session.End(moment);
            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        var disk = session.Disk;
        lock (disk.Gate)
        {
            Check(toWrite: true);
            if (session.IsBuried)
            {
                return;
            }

            var moment = session.Begin(changes: true);
            if (moment == CrashMoment.During)
            {
                disk.Count(Fault.TornWrite);
                Put(bytes[..disk.Dice.Below(bytes.Length + 1)], offset);
                session.Crash();
            }

            if (disk.Dice.OneIn(disk.Rates.Errors))
            {
                Put(bytes[..disk.Dice.Below(bytes.Length + 1)], offset);
                session.Throw(Fault.WriteError, path);
            }

            Put(bytes, offset);
            session.End(moment);
        }
    }

    public void Truncate(long length)
    {
        lock (session.Disk.Gate)
        {
            Check(toWrite: true);
            if (session.IsBuried)
            {
                return;
            }

            var moment = session.Begin(changes: true);
            session.Fail(Fault.TruncateError, path);
            session.Disk.Grow(length - node.Length);
            node.Truncate((int)length);
            session.End(moment);
        }
    }

    public void Sync()
    {
        var disk = session.Disk;
        lock (disk.Gate)
        {
            Check(toWrite: false);
            if (session.IsBuried)
            {
                return;
            }

            var moment = session.Begin(changes: true);
            if (disk.Dice.OneIn(disk.Rates.Errors))
            {
                var isForgotten = disk.Dice.OneIn(2);
                if (isForgotten)
                {
                    node.ForgetUnsynced(disk.Dice);
                }

                session.Throw(isForgotten ? Fault.SyncErrorForgotten : Fault.SyncError, path);
            }

            if (moment != CrashMoment.During)
            {
                node.Sync();
            }

            session.End(moment);
        }
    }

    public void Dispose()
    {
        lock (session.Disk.Gate)
        {
            if (!_isClosed && !session.IsDead)
            {
                node.Handles--;
                session.Held--;
                session.Disk.Release(node);
            }

            _isClosed = true;
        }
    }

    /// <summary>Puts down what fits.</summary>
    private void Put(ReadOnlySpan<byte> bytes, long offset)
    {
        var disk = session.Disk;
        var more = Math.Max(0, offset + bytes.Length - node.Length);
        var free = disk.Capacity - disk.Used;
        if (more > 0 && more > free)
        {
            Put(bytes[..(int)Math.Max(0, bytes.Length - (more - free))], offset);
            session.Throw(Fault.NoSpace, path);
        }

        var before = node.Length;
        node.Write(bytes, (int)offset);
        disk.Grow(node.Length - before);
    }

    private void Check(bool toWrite)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (toWrite && !canWrite)
        {
            throw new UnauthorizedAccessException($"BUG: {path} was opened to be read alone");
        }
    }
}

/// <summary>A mapped file of one process: it sees what happens to the file, and nothing after it is unmapped.</summary>
internal sealed class SimulatedMap(DiskSession session, FileNode node) : IMappedBytes
{
    private bool _isClosed;

    public long Length => node.Length;

    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return node.Bytes.Slice((int)offset, length);
    }

    public void Dispose()
    {
        lock (session.Disk.Gate)
        {
            if (!_isClosed && !session.IsDead)
            {
                node.Handles--;
                session.Held--;
                session.Disk.Release(node);
            }

            _isClosed = true;
        }
    }
}
