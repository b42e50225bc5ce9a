using System.Runtime.InteropServices;
using System.Text;

namespace Toka.Monitoring.Host;

/// <summary>What statvfs(3) tells of a file system.</summary>
/// <param name="IsKnown">Whether the call succeeded; where not, the rest is 0.</param>
/// <param name="SizeBytes">Size.</param>
/// <param name="FreeBytes">Free, with what is reserved for root.</param>
/// <param name="AvailableBytes">Free for others than root.</param>
/// <param name="Files">Inodes.</param>
/// <param name="FilesFree">Free inodes.</param>
/// <param name="IsReadOnly">Whether it is mounted read-only.</param>
internal readonly record struct FileSystemUse(
    bool IsKnown, double SizeBytes, double FreeBytes, double AvailableBytes, double Files, double FilesFree, bool IsReadOnly);

/// <summary>The system call that .NET wraps without the inodes (DriveInfo).</summary>
internal static partial class StatVfs
{
    private const ulong ReadOnlyFlag = 1;

    /// <summary>Asks; blocks for as long as the file system does.</summary>
    public static FileSystemUse Read(string path)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, utf8);
        if (!TryCall(utf8, out var s))
        {
            return default;
        }

        var unit = s.FragmentSize == 0 ? s.BlockSize : s.FragmentSize;
        return new FileSystemUse(
            true, (double)s.Blocks * unit, (double)s.BlocksFree * unit, (double)s.BlocksAvailable * unit, s.Files, s.FilesFree,
            (s.Flags & ReadOnlyFlag) != 0);
    }

    private static bool TryCall(byte[] path, out Buffer buffer)
    {
        try
        {
            try
            {
                return CallGlibc(path, out buffer) == 0;
            }
            catch (DllNotFoundException)
            {
                return CallAny(path, out buffer) == 0;
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without a C library that we know: the file system counts as one that cannot be asked.
            buffer = default;
            return false;
        }
    }

    // Under Native AOT the name libc may be found as the linker's text file libc.so: glibc's own name comes first.
    // Blittable through and through, so that no marshalling code, and with it no unsafe code, has to be generated.
    [DllImport("libc.so.6", EntryPoint = "statvfs")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CallGlibc(byte[] path, out Buffer buffer);

    [DllImport("libc", EntryPoint = "statvfs")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CallAny(byte[] path, out Buffer buffer);

    /// <summary>struct statvfs of 64-bit Linux: the same in glibc and musl up to the flags; the rest is room.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public ulong BlockSize;
        public ulong FragmentSize;
        public ulong Blocks;
        public ulong BlocksFree;
        public ulong BlocksAvailable;
        public ulong Files;
        public ulong FilesFree;
        public ulong FilesAvailable;
        public ulong Id;
        public ulong Flags;
        public ulong NameMax;
        public ulong Rest0;
        public ulong Rest1;
        public ulong Rest2;
        public ulong Rest3;
    }
}
