namespace Toka.TimeSeries.Disk;

/// <summary>
/// Everything that the store does to a disk: the one seam at which tests let writes fall short, syncs be lost, bits flip
/// and the disk be full. Paths are absolute. Thread-safe.
/// </summary>
/// <remarks>
/// What is durable: bytes of a file after its <see cref="IStoreFile.Sync"/>, and a name made, changed or removed after
/// <see cref="SyncDirectory"/>. All calls throw <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when
/// they cannot be done.
/// </remarks>
internal interface IStoreDisk
{
    /// <summary>Makes a directory where it is missing.</summary>
    void CreateDirectory(string path);

    /// <summary>The names of the files in a directory, in no order; none where there is no such directory.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Whether there is such a file.</summary>
    bool Exists(string path);

    /// <summary>The length of a file in bytes.</summary>
    long LengthOf(string path);

    /// <summary>Makes a file that is not there, to write and read it. Its name is durable after <see cref="SyncDirectory"/>.</summary>
    IStoreFile Create(string path);

    /// <summary>Opens a file that is there, to read it and to cut it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="toWrite">Whether it is also changed.</param>
    IStoreFile Open(string path, bool toWrite);

    /// <summary>Maps a file that no longer changes.</summary>
    IMappedBytes Map(string path);

    /// <summary>Gives a file another name, at once; what had that name is gone.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a name; who has the file open or mapped still reads it. Nothing happens where there is no such file.</summary>
    void Delete(string path);

    /// <summary>Gives a file one more name (a hard link), in another directory of the same file system.</summary>
    void Link(string from, string to);

    /// <summary>Waits until the names in a directory are on the disk.</summary>
    void SyncDirectory(string path);

    /// <summary>Bytes that this process may still write to the file system of a directory.</summary>
    long FreeBytes(string directory);
}

/// <summary>An open file. One writer; reading beside it is allowed.</summary>
internal interface IStoreFile : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to so many bytes.</summary>
    /// <returns>How many were read; 0 only at the end.</returns>
    int Read(Span<byte> into, long offset);

    /// <summary>Hands bytes to the kernel; on failure an unknown part of them is there.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file.</summary>
    void Truncate(long length);

    /// <summary>Waits until everything written is on the disk.</summary>
    void Sync();
}

/// <summary>A file as memory. Views are valid until it is disposed; see <see cref="Toka.Core.Unsafe.MappedFile"/>.</summary>
internal interface IMappedBytes : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>A view of some bytes.</summary>
    ReadOnlySpan<byte> Slice(long offset, int length);
}
