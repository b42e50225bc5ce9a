using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Traffic of network interfaces, <c>/proc/net/dev</c>.</summary>
internal sealed class NetDevCollector : ICollector
{
    /// <summary>Interfaces kept at most: a host of containers has one per container.</summary>
    public const int DevicesMax = 2048;

    private static readonly MetricFamily[] Columns =
    [
        .. new[] { "bytes", "packets", "errs", "drop", "fifo", "frame", "compressed", "multicast" }.Select(c =>
            MetricFamily.Counter($"node_network_receive_{c}_total", $"Received by the interface: {c}.")),
        .. new[] { "bytes", "packets", "errs", "drop", "fifo", "colls", "carrier", "compressed" }.Select(c =>
            MetricFamily.Counter($"node_network_transmit_{c}_total", $"Sent by the interface: {c}.")),
    ];

    private readonly SourceFile _file;
    private readonly NameTable<Series[]> _devices;

    public NetDevCollector(CollectorEnvironment environment)
    {
        _file = environment.Proc(Name, "net/dev");
        _devices = new NameTable<Series[]>(
            name => [.. Columns.Select(family => environment.Node.Create(family, ("device", name)))],
            DevicesMax,
            environment.Metrics.Dropped("metrics", "device_limit"));
    }

    public string Name => "netdev";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (!_file.TryRead(out var rest))
        {
            return;
        }

        while (Fields.TryLine(ref rest, out var line))
        {
            // A name may hold a colon (an alias), a number may not: the last one ends the name.
            var colon = line.LastIndexOf((byte)':');
            if (colon < 0)
            {
                if (line.IndexOf((byte)'|') < 0)
                {
                    _file.Malformed("has a line without an interface");
                }

                continue;
            }

            var name = line[..colon].Trim((byte)' ');
            if (name.IsEmpty || !_devices.TryGet(name, out var series))
            {
                continue;
            }

            line = line[(colon + 1)..];
            foreach (var column in series)
            {
                if (!Fields.TryNumber(ref line, out var value))
                {
                    _file.Malformed($"has a line with fewer than {Columns.Length} numbers");
                    break;
                }

                sink.Add(column, value);
            }
        }

        _devices.Sweep();
    }
}
