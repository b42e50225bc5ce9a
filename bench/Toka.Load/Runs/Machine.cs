using System.Globalization;

namespace Toka.Load.Runs;

/// <summary>What a run ran on.</summary>
internal static class Machine
{
    /// <summary>Processors, system, load at the beginning, and day.</summary>
    public static async Task<string> TextAsync()
    {
        var model = (await File.ReadAllLinesAsync("/proc/cpuinfo")).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} × {model}, {Environment.OSVersion.VersionString}, load {load}, {DateTimeOffset.UtcNow:yyyy-MM-dd}");
    }
}
