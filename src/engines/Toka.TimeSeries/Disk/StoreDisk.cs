using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Toka.Core.Unsafe;

namespace Toka.TimeSeries.Disk;

/// <summary>The file system, without a buffer of our own: a write that returned has reached the kernel.</summary>
internal sealed class StoreDisk : IStoreDisk
{
    /// <inheritdoc/>
    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory).Select(static path => Path.GetFileName(path))] : [];

    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public long LengthOf(string path) => new FileInfo(path).Length;

    /// <inheritdoc/>
    public IStoreFile Create(string path) => new DiskFile(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    /// <inheritdoc/>
    public IStoreFile Open(string path, bool toWrite) =>
        new DiskFile(File.OpenHandle(path, FileMode.Open, toWrite ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public IMappedBytes Map(string path) => new DiskMap(MappedFile.Open(path));

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void Link(string from, string to) => Check(HardLink(Utf8(from), Utf8(to)), $"cannot link {to} to {from}");

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        // .NET does not open directories, so the C library is asked; elsewhere than on Linux names are durable when the system says so.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = OpenDirectory(Utf8(path), 0);
        Check(descriptor, $"cannot open the directory {path}");
        try
        {
            Check(FSync(descriptor), $"cannot sync the directory {path}");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string directory) => new DriveInfo(directory).AvailableFreeSpace;

    private static byte[] Utf8(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            // The number goes along as .NET's own exceptions have it: a full disk must be known as one.
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenDirectory(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int HardLink(byte[] from, byte[] to);

    private sealed class DiskFile(SafeFileHandle handle) : IStoreFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> into, long offset) => RandomAccess.Read(handle, into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }

    private sealed class DiskMap(MappedFile file) : IMappedBytes
    {
        public long Length => file.Length;

        public ReadOnlySpan<byte> Slice(long offset, int length) => file.Slice(offset, length);

        public void Dispose() => file.Dispose();
    }
}
