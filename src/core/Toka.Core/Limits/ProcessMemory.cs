using System.Buffers.Text;

namespace Toka.Core.Limits;

/// <summary>What the process takes, by the kernel's count. Thread-safe.</summary>
public static class ProcessMemory
{
    private const string StatmPath = "/proc/self/statm";

    /// <summary>
    /// The memory that the kernel cannot take back: resident pages without those of mapped files (proc(5), statm). Where there
    /// is no /proc: what the collector has committed.
    /// </summary>
    /// <returns>Bytes.</returns>
    /// <exception cref="IOException">It cannot be read, such as where the process has no file handle left.</exception>
    public static long AnonymousBytes()
    {
        if (!OperatingSystem.IsLinux())
        {
            return GC.GetGCMemoryInfo().TotalCommittedBytes;
        }

        Span<byte> text = stackalloc byte[256];
        using var file = File.OpenHandle(StatmPath);
        text = text[..RandomAccess.Read(file, text, 0)];
        _ = Next(ref text);
        var resident = Next(ref text);
        var shared = Next(ref text);
        return (resident - shared) * Environment.SystemPageSize;
    }

    /// <summary>
    /// What the machine, or the container that the process runs in, has: the most that a budget can sensibly be.
    /// </summary>
    /// <returns>Bytes.</returns>
    public static long AvailableBytes() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static long Next(ref Span<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out long number, out var length))
        {
            return 0;
        }

        text = text[Math.Min(text.Length, length + 1)..];
        return number;
    }
}
