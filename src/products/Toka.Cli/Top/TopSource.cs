using System.Globalization;
using System.Text.Json;
using Toka.Cli.Querying;
using Toka.Query.Results;

namespace Toka.Cli.Top;

/// <summary>Gathers a snapshot from a running server.</summary>
internal static class TopSource
{
    // irate looks at the last two samples, so it is live at every collection interval up to 30 s.
    private const string CpuQuery = "1 - sum by (cpu) (irate(node_cpu_seconds_total{mode=\"idle\",job=\"node\"}[1m]))";
    private const string FileSystemQuery = "max by (mountpoint) (1 - node_filesystem_avail_bytes{job=\"node\"} / (node_filesystem_size_bytes{job=\"node\"} > 0))";

    // One query for all single numbers; each carries the name it is found by.
    private static readonly string ScalarsQuery = string.Join(" or ", new (string Name, string Expression)[]
    {
        ("load1", "node_load1{job=\"node\"}"),
        ("load5", "node_load5{job=\"node\"}"),
        ("load15", "node_load15{job=\"node\"}"),
        ("memory_total", "node_memory_MemTotal_bytes{job=\"node\"}"),
        ("memory_available", "node_memory_MemAvailable_bytes{job=\"node\"}"),
        ("swap_total", "node_memory_SwapTotal_bytes{job=\"node\"}"),
        ("swap_free", "node_memory_SwapFree_bytes{job=\"node\"}"),
        ("disk_read", "irate(node_disk_read_bytes_total{job=\"node\"}[1m])"),
        ("disk_write", "irate(node_disk_written_bytes_total{job=\"node\"}[1m])"),
        ("receive", "irate(node_network_receive_bytes_total{job=\"node\",device!=\"lo\"}[1m])"),
        ("transmit", "irate(node_network_transmit_bytes_total{job=\"node\",device!=\"lo\"}[1m])"),
    }.Select(static part => $"label_replace(sum({part.Expression}), \"name\", \"{part.Name}\", \"\", \"\")"));

    /// <summary>Asks for everything that a frame shows, at the server's present.</summary>
    /// <exception cref="Core.Errors.BadInputException">Nothing answers, or not as a server does.</exception>
    public static async Task<TopSnapshot> ReadAsync(ServerClient server, CancellationToken cancellationToken)
    {
        using var overview = await server.GetAsync("api/toka/v1/overview", cancellationToken);
        var nowMs = (long)overview.RootElement.Get("nowMs").Number(0);
        using var processes = await server.GetAsync("api/toka/v1/processes", cancellationToken);
        var cores = await AskAsync(server, CpuQuery, nowMs, "cpu", cancellationToken);
        var fileSystems = await AskAsync(server, FileSystemQuery, nowMs, "mountpoint", cancellationToken);
        var scalars = await AskAsync(server, ScalarsQuery, nowMs, "name", cancellationToken);
        return Compose(overview.RootElement, processes.RootElement, cores, fileSystems, scalars);
    }

    private static TopSnapshot Compose(
        JsonElement overview,
        JsonElement processes,
        IReadOnlyList<NamedValue> cores,
        IReadOnlyList<NamedValue> fileSystems,
        IReadOnlyList<NamedValue> scalars)
    {
        var host = overview.Get("host");
        var health = overview.Get("health");
        return new TopSnapshot
        {
            HostName = host.Get("name").Text(),
            Kernel = host.Get("kernel").Text(),
            HealthState = health.Get("state").Text(),
            HealthSentence = health.Get("sentence").Text(),
            NowMs = (long)overview.Get("nowMs").Number(0),
            BootTimeMs = (long)host.Get("bootTimeMs").Number(0),
            Load = [Find("load1"), Find("load5"), Find("load15")],
            Cores = [.. cores.OrderBy(static core => int.TryParse(core.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue)],
            MemoryTotalBytes = Find("memory_total"),
            MemoryAvailableBytes = Find("memory_available"),
            SwapTotalBytes = Find("swap_total"),
            SwapFreeBytes = Find("swap_free"),
            FileSystems = [.. fileSystems.OrderByDescending(static system => system.Value)],
            DiskReadBytesPerSecond = Find("disk_read"),
            DiskWriteBytesPerSecond = Find("disk_write"),
            ReceiveBytesPerSecond = Find("receive"),
            TransmitBytesPerSecond = Find("transmit"),
            ProcessCount = (int)processes.Get("total").Number(0),
            Processes = [.. processes.Get("groups").Items().Select(static group => new TopProcess(
                group.Get("name").Text(),
                group.Get("pids").Items().Count(),
                group.Get("cpuRatio").Number(double.NaN),
                group.Get("residentBytes").Number(double.NaN)))],
            Alerts = [.. overview.Get("alerts").Items()
                .Select(static alert => new TopAlert(alert.Get("severity").Text(), alert.Get("state").Text(), alert.Get("summary").Text()))
                .Where(static alert => alert.State is "Active" or "Acknowledged")],
        };

        double Find(string name)
        {
            foreach (var scalar in scalars)
            {
                if (scalar.Name == name)
                {
                    return scalar.Value;
                }
            }

            return double.NaN;
        }
    }

    private static async Task<IReadOnlyList<NamedValue>> AskAsync(
        ServerClient server, string expression, long nowMs, string label, CancellationToken cancellationToken)
    {
        var result = await server.QueryAsync(QueryRequest.Instant(expression, nowMs), cancellationToken);
        return result.Value is VectorValue vector
            ? [.. vector.Samples.Select(sample => new NamedValue(sample.Labels[label], sample.Value))]
            : [];
    }
}
