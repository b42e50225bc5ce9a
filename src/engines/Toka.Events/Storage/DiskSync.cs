using System.Runtime.InteropServices;
using System.Text;

namespace Toka.Events.Storage;

/// <summary>Waits until files and names are on the disk.</summary>
internal static class DiskSync
{
    /// <summary>Waits for a file's bytes.</summary>
    public static void File(string path)
    {
        using var handle = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Waits for the names in a directory.</summary>
    /// <exception cref="IOException">They cannot be synced.</exception>
    public static void Directory(string path)
    {
        // .NET does not open directories, so the C library is asked; elsewhere than on Linux names are durable when the system says so.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = OpenDirectory([.. Encoding.UTF8.GetBytes(path), 0], 0);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open the directory {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var result = FSync(descriptor);
        var error = Marshal.GetLastPInvokeErrorMessage();
        _ = Close(descriptor);
        if (result != 0)
        {
            throw new IOException($"cannot sync the directory {path}: {error}");
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
}
