using Toka.Configuration.Binding;

namespace Toka.Alerting.Rules;

/// <summary>A short metric name of the configuration.</summary>
/// <param name="Name">The name, such as <c>cpu_usage_percent</c>.</param>
/// <param name="Title">What it is called in a sentence, such as <c>CPU usage</c>.</param>
/// <param name="Unit">Its unit as it is written behind a value; may be empty.</param>
/// <param name="Subject">The label that tells its series apart within one host; empty where there is one series.</param>
/// <param name="Description">What it says, one line.</param>
/// <param name="Template">The PromQL; <c>$window</c> is the range of a rate.</param>
public sealed record MetricAlias(string Name, string Title, string Unit, string Subject, string Description, string Template);

/// <summary>The one table of short metric names with the PromQL that they stand for. Thread-safe.</summary>
public static class MetricAliases
{
    /// <summary>The shortest window of a rate: ten samples at the development interval, so that one late sample moves nothing.</summary>
    public static readonly TimeSpan WindowMin = TimeSpan.FromSeconds(10);

    /// <summary>A rate's window in collection intervals: it holds two samples even when two others are missing.</summary>
    private const int WindowIntervals = 4;

    /// <summary>The table.</summary>
    public static IReadOnlyList<MetricAlias> All { get; } =
    [
        new("cpu_usage_percent", "CPU usage", "%", "", "Time that the processors were not idle, of all cores.",
            """100 * (1 - avg by (job, instance) (rate(node_cpu_seconds_total{job="node",mode="idle"}[$window])))"""),
        new("memory_usage_percent", "Memory usage", "%", "", "Memory that is not available for new work.",
            """100 * (1 - node_memory_MemAvailable_bytes{job="node"} / node_memory_MemTotal_bytes{job="node"})"""),
        new("memory_used_bytes", "Memory in use", "B", "", "Memory that is not available for new work.",
            """node_memory_MemTotal_bytes{job="node"} - node_memory_MemAvailable_bytes{job="node"}"""),
        new("memory_available_bytes", "Available memory", "B", "", "Memory that new work can have without swapping.",
            """node_memory_MemAvailable_bytes{job="node"}"""),
        new("swap_usage_percent", "Swap usage", "%", "", "Swap in use; no value on a host without swap.",
            """100 * (1 - node_memory_SwapFree_bytes{job="node"} / (node_memory_SwapTotal_bytes{job="node"} > 0))"""),
        new("disk_usage_percent", "Disk usage", "%", "mountpoint", "Space in use of each writable file system, of what unprivileged users can have (as df counts).",
            """100 * (node_filesystem_size_bytes{job="node",fstype!="squashfs",fstype!="iso9660",fstype!="erofs"} - node_filesystem_free_bytes{job="node"}) / (node_filesystem_size_bytes{job="node"} - node_filesystem_free_bytes{job="node"} + node_filesystem_avail_bytes{job="node"} > 0)"""),
        new("disk_io_percent", "Disk busy time", "%", "device", "Time in which a disk had work.",
            """100 * rate(node_disk_io_time_seconds_total{job="node"}[$window])"""),
        new("disk_read_bytes_per_second", "Disk reading", "B/s", "device", "Bytes read from a disk a second.",
            """rate(node_disk_read_bytes_total{job="node"}[$window])"""),
        new("disk_write_bytes_per_second", "Disk writing", "B/s", "device", "Bytes written to a disk a second.",
            """rate(node_disk_written_bytes_total{job="node"}[$window])"""),
        new("network_usage_percent", "Network usage", "%", "device", "The busier direction of an interface, of its speed; no value where the kernel does not know the speed.",
            """100 * (rate(node_network_receive_bytes_total{job="node"}[$window]) > rate(node_network_transmit_bytes_total{job="node"}[$window]) or rate(node_network_transmit_bytes_total{job="node"}[$window])) / (node_network_speed_bytes{job="node"} > 0)"""),
        new("network_receive_bytes_per_second", "Network receiving", "B/s", "device", "Bytes received by an interface a second.",
            """rate(node_network_receive_bytes_total{job="node"}[$window])"""),
        new("network_transmit_bytes_per_second", "Network sending", "B/s", "device", "Bytes sent by an interface a second.",
            """rate(node_network_transmit_bytes_total{job="node"}[$window])"""),
        new("load_average_1m", "Load (1 min)", "", "", "Tasks running or waiting, averaged over a minute.", """node_load1{job="node"}"""),
        new("load_average_5m", "Load (5 min)", "", "", "Tasks running or waiting, averaged over 5 minutes.", """node_load5{job="node"}"""),
        new("load_average_15m", "Load (15 min)", "", "", "Tasks running or waiting, averaged over 15 minutes.", """node_load15{job="node"}"""),
        new("load_per_core", "Load per core", "", "", "The load of the last minute for each core.",
            """node_load1{job="node"} / on (job, instance) count by (job, instance) (node_cpu_seconds_total{job="node",mode="idle"})"""),
        new("cpu_pressure_percent", "CPU pressure", "%", "", "Time in which some task waited for a processor.",
            """100 * rate(node_pressure_cpu_waiting_seconds_total{job="node"}[$window])"""),
        new("memory_pressure_percent", "Memory pressure", "%", "", "Time in which some task waited for memory.",
            """100 * rate(node_pressure_memory_waiting_seconds_total{job="node"}[$window])"""),
        new("io_pressure_percent", "I/O pressure", "%", "", "Time in which some task waited for I/O.",
            """100 * rate(node_pressure_io_waiting_seconds_total{job="node"}[$window])"""),
        new("tcp_connections", "TCP connections", "", "", "TCP sockets in use.", """node_sockstat_TCP_inuse{job="node"}"""),
        new("uptime_seconds", "Uptime", "s", "", "Time since the host started.", """time() - node_boot_time_seconds{job="node"}"""),
    ];

    /// <summary>Finds an alias.</summary>
    /// <param name="name">The name, compared exactly.</param>
    public static MetricAlias? Find(string name) => All.FirstOrDefault(a => a.Name == name);

    /// <summary>The PromQL of an alias; any other text is PromQL already and comes back as it is.</summary>
    /// <param name="metric">An alias or PromQL.</param>
    /// <param name="window">The range of rates.</param>
    public static string Expand(string metric, TimeSpan window) =>
        Find(metric)?.Template.Replace("$window", ConfigUnits.FormatDuration((long)window.TotalMilliseconds), StringComparison.Ordinal) ?? metric;

    /// <summary>The window of rates at a collection interval.</summary>
    /// <param name="interval">How often metrics are collected.</param>
    public static TimeSpan WindowFor(TimeSpan interval) => interval * WindowIntervals > WindowMin ? interval * WindowIntervals : WindowMin;
}
