using Toka.TimeSeries.Disk;

namespace Toka.Simulation.Disk;

/// <summary>
/// The disk as one process sees it. After the crash every operation throws; when the process is buried they do nothing, so
/// that what is left of it can be tidied away without touching the disk.
/// </summary>
internal sealed class DiskSession(SimulatedDisk disk, string root) : IStoreDisk
{
    private const int NoSpaceOnDevice = 28;
    private bool _isDead;
    private bool _isBuried;

    public SimulatedDisk Disk => disk;

    public bool IsDead => Volatile.Read(ref _isDead);

    /// <summary>Files and maps that are open.</summary>
    public int Held { get; set; }

    public bool IsBuried => Volatile.Read(ref _isBuried);

    public void Kill() => Volatile.Write(ref _isDead, true);

    public void Bury()
    {
        Kill();
        Volatile.Write(ref _isBuried, true);
    }

    public void CreateDirectory(string path) => Do(Fault.NameError, changes: true, static () => { });

    public IReadOnlyList<string> List(string directory)
    {
        lock (disk.Gate)
        {
            if (IsBuried)
            {
                return [];
            }

            var moment = Begin(changes: false);
            FailRead(Fault.OpenError, directory);
            string[] names = [.. disk.Names.In(At(directory))];
            for (var i = names.Length - 1; i > 0; i--)
            {
                var other = disk.Dice.Below(i + 1);
                (names[i], names[other]) = (names[other], names[i]);
            }

            End(moment);
            return names;
        }
    }

    public bool Exists(string path) => Look(path) is not null;

    public long LengthOf(string path) => (Look(path) ?? throw Missing(path)).Length;

    public IStoreFile Create(string path)
    {
        lock (disk.Gate)
        {
            if (IsBuried)
            {
                return new SimulatedFile(this, new FileNode(), path, canWrite: true);
            }

            var moment = Begin(changes: true);
            Fail(Fault.CreateError, path);
            if (disk.Names.Find(At(path)) is not null)
            {
                throw new IOException($"the file {path} exists already");
            }

            var node = new FileNode();
            disk.Names.Set(At(path), node);
            End(moment);
            return Hold(node, path, canWrite: true);
        }
    }

    public IStoreFile Open(string path, bool toWrite)
    {
        lock (disk.Gate)
        {
            var node = Find(path, Fault.OpenError, out var moment);
            End(moment);
            return Hold(node, path, toWrite);
        }
    }

    public IMappedBytes Map(string path)
    {
        lock (disk.Gate)
        {
            var node = Find(path, Fault.OpenError, out var moment);
            End(moment);
            node.Handles++;
            Held++;
            return new SimulatedMap(this, node);
        }
    }

    public void Rename(string from, string to) => Do(Fault.NameError, changes: true, () =>
    {
        _ = disk.Names.Find(At(from)) ?? throw Missing(from);
        var replaced = disk.Names.Find(At(to));
        disk.Names.Rename(At(from), At(to));
        if (replaced is not null)
        {
            disk.Release(replaced);
        }
    });

    public void Delete(string path) => Do(Fault.NameError, changes: true, () =>
    {
        if (disk.Names.Find(At(path)) is { } node)
        {
            disk.Names.Remove(At(path));
            disk.Release(node);
        }
    });

    public void Link(string from, string to) => Do(Fault.NameError, changes: true, () =>
    {
        var node = disk.Names.Find(At(from)) ?? throw Missing(from);
        if (disk.Names.Find(At(to)) is not null)
        {
            throw new IOException($"the file {to} exists already");
        }

        disk.Names.Set(At(to), node);
    });

    public void SyncDirectory(string path) => Do(Fault.DirectorySyncError, changes: true, () => disk.Names.Sync(At(path)));

    public long FreeBytes(string directory)
    {
        lock (disk.Gate)
        {
            return disk.Capacity - Math.Min(disk.Used, disk.Capacity);
        }
    }

    /// <summary>An operation begins: it is counted, and this may be where the process dies.</summary>
    internal CrashMoment Begin(bool changes)
    {
        if (IsDead)
        {
            throw new SimulatedCrashException();
        }

        disk.CountOperation(changes);
        if (disk.CrashAt != disk.Operations)
        {
            return CrashMoment.None;
        }

        var moment = disk.Dice.Pick(CrashMoment.Before, CrashMoment.During, CrashMoment.After);
        if (moment == CrashMoment.Before)
        {
            Crash();
        }

        return moment;
    }

    internal void End(CrashMoment moment)
    {
        if (moment != CrashMoment.None)
        {
            Crash();
        }
    }

    internal void Crash()
    {
        Kill();
        throw new SimulatedCrashException();
    }

    /// <summary>Fails now and then.</summary>
    internal void Fail(Fault fault, string path)
    {
        if (disk.Dice.OneIn(disk.Rates.Errors))
        {
            Throw(fault, path);
        }
    }

    internal void FailRead(Fault fault, string path)
    {
        if (disk.Dice.OneIn(disk.Rates.ReadErrors))
        {
            Throw(fault, path);
        }
    }

    internal void Throw(Fault fault, string path)
    {
        disk.Count(fault);
        if (fault == Fault.NoSpace)
        {
            throw new IOException($"No space left on device : '{path}'", NoSpaceOnDevice);
        }

        throw disk.Dice.OneIn(8) ? new UnauthorizedAccessException($"simulated: access to '{path}' is denied") : new IOException($"simulated: Input/output error : '{path}'");
    }

    private void Do(Fault fault, bool changes, Action action)
    {
        lock (disk.Gate)
        {
            if (!IsBuried)
            {
                var moment = Begin(changes);
                Fail(fault, "a name");
                action();
                End(moment);
            }
        }
    }

    /// <summary>Each process may have another directory, for its lock; on this disk they are one.</summary>
    private string At(string path) => path.StartsWith(root, StringComparison.Ordinal) ? $"/store{path.AsSpan(root.Length)}" : throw new IOException($"BUG: {path} is not in the store's directory {root}");

    private FileNode? Look(string path)
    {
        lock (disk.Gate)
        {
            if (IsBuried)
            {
                return null;
            }

            var moment = Begin(changes: false);
            FailRead(Fault.OpenError, path);
            End(moment);
            return disk.Names.Find(At(path));
        }
    }

    private FileNode Find(string path, Fault fault, out CrashMoment moment)
    {
        moment = CrashMoment.None;
        if (IsBuried)
        {
            return new FileNode();
        }

        moment = Begin(changes: false);
        FailRead(fault, path);
        return disk.Names.Find(At(path)) ?? throw Missing(path);
    }

    private SimulatedFile Hold(FileNode node, string path, bool canWrite)
    {
        node.Handles++;
        Held++;
        return new SimulatedFile(this, node, path, canWrite);
    }

    private static FileNotFoundException Missing(string path) => new($"there is no file {path}", path);
}
