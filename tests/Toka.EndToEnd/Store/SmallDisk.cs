using System.Diagnostics;

namespace Toka.EndToEnd.Store;

/// <summary>A file system of 100 MB in memory, mounted for a test, and a ballast file that leaves as much of it free as wanted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int MegaBytes = 100;

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    /// <summary>Mounts it; skips the test, by name, where that is refused.</summary>
    public static async Task<SmallDisk> MountAsync()
    {
        var path = Directory.CreateTempSubdirectory("toka-disk-").FullName;
        var (exitCode, said) = await RunAsync("mount", "-t", "tmpfs", "-o", $"size={MegaBytes}m", "tmpfs", path);
        if (exitCode != 0)
        {
            Directory.Delete(path);
            Assert.Skip($"mounting a tmpfs is refused here ({said.Trim()}); the simulation fills a faulty disk everywhere");
        }

        return new SmallDisk(path);
    }

    /// <summary>Leaves so many bytes free.</summary>
    public void LeaveFree(long bytes)
    {
        using var ballast = new FileStream(System.IO.Path.Combine(Path, "ballast"), FileMode.OpenOrCreate);
        ballast.Position = ballast.Length;
        var zeros = new byte[64 * 1024];
        for (var left = FreeBytes - bytes; left > 0; left -= zeros.Length)
        {
            ballast.Write(zeros);
        }
    }

    public void Dispose()
    {
        // Lazily: a process that was killed a moment ago may still hold it.
        var (exitCode, said) = RunAsync("umount", "-l", Path).GetAwaiter().GetResult();
        Trace.Assert(exitCode == 0, said);
        Directory.Delete(Path);
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }
}
