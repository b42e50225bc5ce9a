using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Thermal zones and cooling devices, <c>/sys/class/thermal</c>.</summary>
internal sealed class ThermalCollector : SlowCollector
{
    private const string Zone = "thermal_zone";
    private const string Cooling = "cooling_device";
    private const double DegreesPerMillidegree = 1e-3;

    private static readonly MetricFamily Temperature = MetricFamily.Gauge("node_thermal_zone_temp", "The zone's temperature, in degrees Celsius.");
    private static readonly MetricFamily Current = MetricFamily.Gauge("node_cooling_device_cur_state", "How strongly the device cools now.");
    private static readonly MetricFamily Maximum = MetricFamily.Gauge("node_cooling_device_max_state", "How strongly the device can cool.");

    private readonly DeviceFolder<Device> _devices;

    public ThermalCollector(CollectorEnvironment environment) => _devices = new DeviceFolder<Device>(
        environment,
        Name,
        Path.Combine(environment.Options.SysRoot, "class/thermal"),
        name => name.StartsWith(Zone, StringComparison.Ordinal) || name.StartsWith(Cooling, StringComparison.Ordinal),
        name => new Device(environment, Name, name));

    public override string Name => "thermal_zone";

    protected override void Look()
    {
        foreach (var (_, device) in _devices.Refresh())
        {
            device.Look(Keep);
        }
    }

    private sealed class Device : IDisposable
    {
        private readonly SourceFile _type;
        private readonly (SourceFile File, InfoSeries Series, double Scale)[] _values;
        private readonly string _idLabel;
        private readonly string _id;

        public Device(CollectorEnvironment environment, string collector, string name)
        {
            SourceFile Open(string file) => environment.Sys(collector, $"class/thermal/{name}/{file}");
            var isZone = name.StartsWith(Zone, StringComparison.Ordinal);
            _type = Open("type");
            _idLabel = isZone ? "zone" : "name";
            _id = name[(isZone ? Zone : Cooling).Length..];
            _values = isZone
                ? [(Open("temp"), new InfoSeries(environment.Node, Temperature), DegreesPerMillidegree)]
                :
                [
                    (Open("cur_state"), new InfoSeries(environment.Node, Current), 1),
                    (Open("max_state"), new InfoSeries(environment.Node, Maximum), 1),
                ];
        }

        public void Look(Action<Series, double> keep)
        {
            var type = _type.ReadText() ?? "";
            foreach (var (file, series, scale) in _values)
            {
                if (file.TryReadNumber(out var value))
                {
                    keep(series.Of((_idLabel, _id), ("type", type)), value * scale);
                }
            }
        }

        public void Dispose()
        {
            _type.Dispose();
            foreach (var (file, _, _) in _values)
            {
                file.Dispose();
            }
        }
    }
}
