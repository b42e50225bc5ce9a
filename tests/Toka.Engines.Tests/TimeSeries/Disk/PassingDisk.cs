using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Disk;

/// <summary>The real file system, for tests that change one thing about it.</summary>
internal class PassingDisk : IStoreDisk
{
    private readonly StoreDisk _disk = new();

    public virtual void CreateDirectory(string path) => _disk.CreateDirectory(path);

    public virtual IReadOnlyList<string> List(string directory) => _disk.List(directory);

    public virtual bool Exists(string path) => _disk.Exists(path);

    public virtual long LengthOf(string path) => _disk.LengthOf(path);

    public virtual IStoreFile Create(string path) => _disk.Create(path);

    public virtual IStoreFile Open(string path, bool toWrite) => _disk.Open(path, toWrite);

    public virtual IMappedBytes Map(string path) => _disk.Map(path);

    public virtual void Rename(string from, string to) => _disk.Rename(from, to);

    public virtual void Delete(string path) => _disk.Delete(path);

    public virtual void Link(string from, string to) => _disk.Link(from, to);

    public virtual void SyncDirectory(string path) => _disk.SyncDirectory(path);

    public virtual long FreeBytes(string directory) => _disk.FreeBytes(directory);
}
