using System.Text.RegularExpressions;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>
/// I/O of block devices, <c>/proc/diskstats</c> (the kernel's iostats document). Throughput, latency (time by operations)
/// and utilisation (rate of the I/O time) follow from these counters. Partitions, RAM disks and loop devices are left out
/// as node_exporter does.
/// </summary>
internal sealed partial class DiskCollector : ICollector
{
    /// <summary>Devices kept at most.</summary>
    public const int DevicesMax = 2048;

    /// <summary>The kernel counts in sectors of this size whatever the device's own are.</summary>
    private const double SectorBytes = 512;
    private const double Milliseconds = 1e-3;

    private static readonly (MetricFamily Family, double Scale)[] Columns =
    [
        (MetricFamily.Counter("node_disk_reads_completed_total", "Reads completed."), 1),
        (MetricFamily.Counter("node_disk_reads_merged_total", "Reads merged with another."), 1),
        (MetricFamily.Counter("node_disk_read_bytes_total", "Bytes read."), SectorBytes),
        (MetricFamily.Counter("node_disk_read_time_seconds_total", "Seconds spent by all reads."), Milliseconds),
        (MetricFamily.Counter("node_disk_writes_completed_total", "Writes completed."), 1),
        (MetricFamily.Counter("node_disk_writes_merged_total", "Writes merged with another."), 1),
        (MetricFamily.Counter("node_disk_written_bytes_total", "Bytes written."), SectorBytes),
        (MetricFamily.Counter("node_disk_write_time_seconds_total", "Seconds spent by all writes."), Milliseconds),
        (MetricFamily.Gauge("node_disk_io_now", "I/Os in progress."), 1),
        (MetricFamily.Counter("node_disk_io_time_seconds_total", "Seconds in which I/O was in progress."), Milliseconds),
        (MetricFamily.Counter("node_disk_io_time_weighted_seconds_total", "Seconds of I/O, weighted by the I/Os in progress."), Milliseconds),
        (MetricFamily.Counter("node_disk_discards_completed_total", "Discards completed."), 1),
        (MetricFamily.Counter("node_disk_discards_merged_total", "Discards merged with another."), 1),
        (MetricFamily.Counter("node_disk_discarded_sectors_total", "Sectors discarded."), 1),
        (MetricFamily.Counter("node_disk_discard_time_seconds_total", "Seconds spent by all discards."), Milliseconds),
        (MetricFamily.Counter("node_disk_flush_requests_total", "Flush requests completed."), 1),
        (MetricFamily.Counter("node_disk_flush_requests_time_seconds_total", "Seconds spent by all flush requests."), Milliseconds),
    ];

    /// <summary>Columns that every kernel since 2.6 has.</summary>
    private const int ColumnsMin = 11;

    private readonly SourceFile _file;
    private readonly NameTable<Series[]?> _devices;

    public DiskCollector(CollectorEnvironment environment)
    {
        _file = environment.Proc(Name, "diskstats");
        _devices = new NameTable<Series[]?>(
            name => Ignored().IsMatch(name) ? null : [.. Columns.Select(c => environment.Node.Create(c.Family, ("device", name)))],
            DevicesMax,
            environment.Metrics.Dropped("metrics", "device_limit"));
    }

    public string Name => "diskstats";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (!_file.TryRead(out var rest))
        {
            return;
        }

        while (Fields.TryLine(ref rest, out var line))
        {
            if (!Fields.TrySkip(ref line, 2) || !Fields.TryWord(ref line, out var name))
            {
                _file.Malformed("has a line without a device");
                continue;
            }

            if (!_devices.TryGet(name, out var series) || series is null)
            {
                continue;
            }

            var column = 0;
            for (; column < series.Length && Fields.TryNumber(ref line, out var value); column++)
            {
                sink.Add(series[column], value * Columns[column].Scale);
            }

            if (column < ColumnsMin)
            {
                _file.Malformed("has a line with fewer numbers than the kernel's iostats");
            }
        }

        _devices.Sweep();
    }

    [GeneratedRegex(@"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$", RegexOptions.CultureInvariant)]
    private static partial Regex Ignored();
}
