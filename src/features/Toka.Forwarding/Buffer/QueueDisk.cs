using Microsoft.Win32.SafeHandles;

namespace Toka.Forwarding.Buffer;

/// <summary>
/// What the queue does to a disk: the seam at which tests let writes fail. Thread-safe; calls throw
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when they cannot be done.
/// </summary>
internal interface IQueueDisk
{
    /// <summary>The paths of the files in a directory, which is made where it is missing.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Makes a file; one that is there is emptied.</summary>
    IQueueFile Create(string path);

    /// <summary>Opens a file to read it.</summary>
    IQueueFile Open(string path);

    /// <summary>Removes a file; nothing happens where there is none.</summary>
    void Delete(string path);
}

/// <summary>An open file. One writer; reading beside it is allowed, and fails with <see cref="ObjectDisposedException"/> once it is closed.</summary>
internal interface IQueueFile : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to so many bytes; 0 only at the end.</summary>
    int Read(Span<byte> into, long offset);

    /// <summary>Hands bytes to the kernel; on failure an unknown part of them is there.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file.</summary>
    void Truncate(long length);
}

/// <summary>The file system, without a buffer of our own: a write that returned has reached the kernel.</summary>
internal sealed class QueueDisk : IQueueDisk
{
    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        Directory.CreateDirectory(directory);
        return [.. Directory.EnumerateFiles(directory)];
    }

    /// <inheritdoc/>
    public IQueueFile Create(string path) =>
        new DiskFile(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    /// <inheritdoc/>
    public IQueueFile Open(string path) =>
        new DiskFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    private sealed class DiskFile(SafeFileHandle handle) : IQueueFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> into, long offset) => RandomAccess.Read(handle, into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Dispose() => handle.Dispose();
    }
}
