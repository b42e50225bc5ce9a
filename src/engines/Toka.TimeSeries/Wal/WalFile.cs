using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toka.TimeSeries.Wal;

/// <summary>A segment being written. The seam at which tests let writes fail.</summary>
internal interface IWalFile : IDisposable
{
    /// <summary>Hands bytes to the kernel; on failure an unknown part of them is there.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file.</summary>
    void Truncate(long length);

    /// <summary>Waits until everything is on the disk.</summary>
    void Sync();
}

/// <summary>Makes segments.</summary>
internal interface IWalFiles
{
    /// <summary>Makes a file that is not there.</summary>
    IWalFile Create(string path);
}

/// <summary>The file system's files, without a buffer of our own: a write that returned has reached the kernel.</summary>
internal sealed class DiskFiles : IWalFiles
{
    /// <inheritdoc/>
    public IWalFile Create(string path)
    {
        var file = new DiskFile(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read));
        SyncDirectory(Path.GetDirectoryName(path)!);
        return file;
    }

    /// <summary>Puts the directory's entries on the disk. .NET does not open directories, so the C library is asked; Linux only.</summary>
    private static void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = Open([.. System.Text.Encoding.UTF8.GetBytes(path), 0], 0);
        if (descriptor >= 0)
        {
            _ = FSync(descriptor);
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);

    private sealed class DiskFile(SafeFileHandle handle) : IWalFile
    {
        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}
