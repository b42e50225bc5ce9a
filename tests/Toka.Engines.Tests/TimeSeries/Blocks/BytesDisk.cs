using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Blocks;

/// <summary>A disk whose only file is an array, for tests that read it damaged a hundred thousand times.</summary>
internal sealed class BytesDisk(byte[] bytes) : IStoreDisk
{
    public IMappedBytes Map(string path) => new Bytes(bytes);

    public void CreateDirectory(string path) => throw new NotSupportedException();

    public IReadOnlyList<string> List(string directory) => throw new NotSupportedException();

    public bool Exists(string path) => throw new NotSupportedException();

    public long LengthOf(string path) => throw new NotSupportedException();

    public IStoreFile Create(string path) => throw new NotSupportedException();

    public IStoreFile Open(string path, bool toWrite) => throw new NotSupportedException();

    public void Rename(string from, string to) => throw new NotSupportedException();

    public void Delete(string path) => throw new NotSupportedException();

    public void Link(string from, string to) => throw new NotSupportedException();

    public void SyncDirectory(string path) => throw new NotSupportedException();

    public long FreeBytes(string directory) => throw new NotSupportedException();

    private sealed class Bytes(byte[] bytes) : IMappedBytes
    {
        public long Length => bytes.Length;

        public ReadOnlySpan<byte> Slice(long offset, int length) => bytes.AsSpan(checked((int)offset), length);

        public void Dispose()
        {
        }
    }
}
