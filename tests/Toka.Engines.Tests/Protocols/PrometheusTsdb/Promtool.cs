using System.Diagnostics;
using Toka.Core.Unsafe;
using Toka.Protocols.PrometheusTsdb;

namespace Toka.Engines.Tests.Protocols.PrometheusTsdb;

/// <summary>Debian's promtool, and the blocks that it writes.</summary>
internal static class Promtool
{
    private const string Path = "/usr/bin/promtool";

    /// <summary>Skips the test, by name, where promtool is missing.</summary>
    public static void SkipWhereMissing() => Assert.SkipUnless(File.Exists(Path), $"{Path} is missing; ./test installs it with Debian's package prometheus.");

    /// <summary>Has promtool make blocks of an OpenMetrics text.</summary>
    public static async Task<string[]> CreateBlocksAsync(string text, DirectoryInfo work)
    {
        var file = System.IO.Path.Combine(work.FullName, "in.om");
        var blocks = System.IO.Path.Combine(work.FullName, "blocks");
        await File.WriteAllTextAsync(file, text);
        using var process = Process.Start(new ProcessStartInfo(Path, ["tsdb", "create-blocks-from", "openmetrics", file, blocks]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error + await output);
        return [.. Directory.GetDirectories(blocks).Order(StringComparer.Ordinal)];
    }

    /// <summary>Opens a block directory.</summary>
    public static PrometheusBlock Open(string directory)
    {
        var tombstones = System.IO.Path.Combine(directory, "tombstones");
        return new PrometheusBlock(
            FileAt(System.IO.Path.Combine(directory, "index")),
            [.. Directory.GetFiles(System.IO.Path.Combine(directory, "chunks")).Order(StringComparer.Ordinal).Select(FileAt)],
            File.Exists(tombstones) ? FileAt(tombstones) : null);
    }

    private static TsdbFile FileAt(string path) => new(path, MappedFile.Open(path));
}
