using Toka.TimeSeries.Disk;

namespace Toka.Simulation.Mutants;

/// <summary>How a disk, or the use that a store makes of it, can break its word.</summary>
internal enum Lie
{
    /// <summary>A sync does nothing.</summary>
    SyncDoesNothing,

    /// <summary>One sync in twenty does nothing.</summary>
    SyncSometimesDoesNothing,

    /// <summary>A directory's sync does nothing.</summary>
    DirectorySyncDoesNothing,

    /// <summary>One write in a hundred puts down half and says nothing.</summary>
    WriteSometimesFallsShort,

    /// <summary>One write in a hundred does nothing.</summary>
    WriteSometimesDoesNothing,

    /// <summary>What is removed once in three times is another file.</summary>
    DeleteTakesAnother,

    /// <summary>A file's cut leaves a byte less than it should.</summary>
    TruncateTakesMore,

    /// <summary>A read in a hundred changes a bit.</summary>
    ReadSometimesChangesABit,
}

/// <summary>A disk with one fault of character, to show that the simulation finds it.</summary>
internal sealed class LyingDisk(IStoreDisk disk, Lie lie, Dice dice) : IStoreDisk
{
    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => disk.List(directory);

    public bool Exists(string path) => disk.Exists(path);

    public long LengthOf(string path) => disk.LengthOf(path);

    public IStoreFile Create(string path) => new LyingFile(disk.Create(path), lie, dice);

    public IStoreFile Open(string path, bool toWrite) => new LyingFile(disk.Open(path, toWrite), lie, dice);

    public IMappedBytes Map(string path) => disk.Map(path);

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        disk.Delete(lie == Lie.DeleteTakesAnother && dice.OneIn(3) && disk.List(directory) is { Count: > 0 } names ? Path.Combine(directory, names.Max()!) : path);
    }

    public void Link(string from, string to) => disk.Link(from, to);

    public void SyncDirectory(string path)
    {
        if (lie != Lie.DirectorySyncDoesNothing)
        {
            disk.SyncDirectory(path);
        }
    }

    public long FreeBytes(string directory) => disk.FreeBytes(directory);

    private sealed class LyingFile(IStoreFile file, Lie lie, Dice dice) : IStoreFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> into, long offset)
        {
            var read = file.Read(into, offset);
            if (lie == Lie.ReadSometimesChangesABit && read > 0 && dice.OneIn(100))
            {
                into[dice.Below(read)] ^= 4;
            }

            return read;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (lie == Lie.WriteSometimesDoesNothing && dice.OneIn(100))
            {
                return;
            }

            file.Write(lie == Lie.WriteSometimesFallsShort && dice.OneIn(100) ? bytes[..(bytes.Length / 2)] : bytes, offset);
        }

        public void Truncate(long length) => file.Truncate(lie == Lie.TruncateTakesMore ? Math.Max(0, length - 1) : length);

        public void Sync()
        {
            if (lie != Lie.SyncDoesNothing && !(lie == Lie.SyncSometimesDoesNothing && dice.OneIn(20)))
            {
                file.Sync();
            }
        }

        public void Dispose() => file.Dispose();
    }
}
