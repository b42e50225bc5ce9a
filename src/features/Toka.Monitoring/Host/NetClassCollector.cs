using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>State and attributes of network interfaces, <c>/sys/class/net</c>. An interface that goes takes its series with it.</summary>
internal sealed class NetClassCollector : SlowCollector
{
    private const double BytesPerMegabit = 1e6 / 8;

    private static readonly MetricFamily Up = MetricFamily.Gauge("node_network_up", "1 where the interface's operational state is up, 0 otherwise.");
    private static readonly MetricFamily Info = MetricFamily.Info("node_network_info", "The interface's addresses and states.");

    private static readonly (string File, MetricFamily Family, double Scale)[] Attributes =
    [
        ("addr_assign_type", MetricFamily.Gauge("node_network_address_assign_type", "How the interface got its address."), 1),
        ("carrier", MetricFamily.Gauge("node_network_carrier", "1 where the link is there."), 1),
        ("carrier_changes", MetricFamily.Counter("node_network_carrier_changes_total", "Times that the link came or went."), 1),
        ("carrier_up_count", MetricFamily.Counter("node_network_carrier_up_changes_total", "Times that the link came."), 1),
        ("carrier_down_count", MetricFamily.Counter("node_network_carrier_down_changes_total", "Times that the link went."), 1),
        ("dev_id", MetricFamily.Gauge("node_network_device_id", "The device's id."), 1),
        ("dormant", MetricFamily.Gauge("node_network_dormant", "1 where the interface waits for something, such as a login."), 1),
        ("flags", MetricFamily.Gauge("node_network_flags", "The interface's flags, see netdevice(7)."), 1),
        ("ifindex", MetricFamily.Gauge("node_network_iface_id", "The interface's index."), 1),
        ("iflink", MetricFamily.Gauge("node_network_iface_link", "The index of the interface below this one."), 1),
        ("link_mode", MetricFamily.Gauge("node_network_iface_link_mode", "The interface's link mode."), 1),
        ("mtu", MetricFamily.Gauge("node_network_mtu_bytes", "The largest packet, in bytes."), 1),
        ("name_assign_type", MetricFamily.Gauge("node_network_name_assign_type", "How the interface got its name."), 1),
        ("netdev_group", MetricFamily.Gauge("node_network_net_dev_group", "The interface's group."), 1),
        ("speed", MetricFamily.Gauge("node_network_speed_bytes", "The link's speed, in bytes a second."), BytesPerMegabit),
        ("tx_queue_len", MetricFamily.Gauge("node_network_transmit_queue_length", "The longest transmit queue, in packets."), 1),
        ("type", MetricFamily.Gauge("node_network_protocol_type", "The link's protocol, see if_arp.h."), 1),
    ];

    private readonly DeviceFolder<Device> _devices;

    public NetClassCollector(CollectorEnvironment environment) => _devices = new DeviceFolder<Device>(
        environment,
        Name,
        Path.Combine(environment.Options.SysRoot, "class/net"),
        name => name != "bonding_masters",
        name => new Device(environment, Name, name));

    public override string Name => "netclass";

    protected override void Look()
    {
        foreach (var (_, device) in _devices.Refresh())
        {
            device.Look(Keep);
        }
    }

    private sealed class Device : IDisposable
    {
        private const uint FlagUp = 1;
        private const int FlagsIndex = 7;

        private readonly string _name;
        private readonly SourceFile[] _files;
        private readonly Series[] _series;
        private readonly SourceFile _operState;
        private readonly SourceFile _address;
        private readonly SourceFile _broadcast;
        private readonly SourceFile _duplex;
        private readonly SourceFile _alias;
        private readonly Series _up;
        private readonly InfoSeries _info;

        public Device(CollectorEnvironment environment, string collector, string name)
        {
            _name = name;
            SourceFile Open(string file) => environment.Sys(collector, $"class/net/{name}/{file}");
            _files = [.. Attributes.Select(a => Open(a.File))];
            _series = [.. Attributes.Select(a => environment.Node.Create(a.Family, ("device", name)))];
            _operState = Open("operstate");
            _address = Open("address");
            _broadcast = Open("broadcast");
            _duplex = Open("duplex");
            _alias = Open("ifalias");
            _up = environment.Node.Create(Up, ("device", name));
            _info = new InfoSeries(environment.Node, Info);
        }

        public void Look(Action<Series, double> keep)
        {
            var isAdminUp = false;
            for (var i = 0; i < _files.Length; i++)
            {
                // A link without a known speed says -1.
                if (_files[i].TryReadNumber(out var value) && value >= 0)
                {
                    keep(_series[i], value * Attributes[i].Scale);
                    isAdminUp |= i == FlagsIndex && ((uint)value & FlagUp) != 0;
                }
            }

            if (_operState.ReadText() is { } state)
            {
                keep(_up, state == "up" ? 1 : 0);
                keep(
                    _info.Of(
                        ("device", _name), ("address", _address.ReadText() ?? ""), ("broadcast", _broadcast.ReadText() ?? ""),
                        ("duplex", _duplex.ReadText() ?? ""), ("ifalias", _alias.ReadText() ?? ""), ("operstate", state),
                        ("adminstate", isAdminUp ? "up" : "down")),
                    1);
            }
        }

        public void Dispose()
        {
            foreach (var file in _files)
            {
                file.Dispose();
            }

            _operState.Dispose();
            _address.Dispose();
            _broadcast.Dispose();
            _duplex.Dispose();
            _alias.Dispose();
        }
    }
}
