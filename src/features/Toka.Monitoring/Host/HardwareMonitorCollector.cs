using System.Text.RegularExpressions;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Temperatures, fans and voltages of the hardware's sensors, <c>/sys/class/hwmon</c> (the kernel's hwmon sysfs interface).</summary>
internal sealed partial class HardwareMonitorCollector : SlowCollector
{
    private static readonly MetricFamily ChipName = MetricFamily.Gauge("node_hwmon_chip_names", "The chip's name as its driver tells it.");
    private static readonly MetricFamily SensorLabel = MetricFamily.Gauge("node_hwmon_sensor_label", "What the sensor measures, as its driver tells it.");

    private static readonly (string Kind, string Item, MetricFamily Family, double Scale)[] Items =
    [
        ("temp", "input", MetricFamily.Gauge("node_hwmon_temp_celsius", "Temperature."), 1e-3),
        ("temp", "crit", MetricFamily.Gauge("node_hwmon_temp_crit_celsius", "Temperature that is critical."), 1e-3),
        ("temp", "max", MetricFamily.Gauge("node_hwmon_temp_max_celsius", "Temperature that should not be exceeded."), 1e-3),
        ("fan", "input", MetricFamily.Gauge("node_hwmon_fan_rpm", "Turns of the fan a minute."), 1),
        ("in", "input", MetricFamily.Gauge("node_hwmon_in_volts", "Voltage."), 1e-3),
    ];

    private readonly DeviceFolder<Chip> _chips;

    public HardwareMonitorCollector(CollectorEnvironment environment) => _chips = new DeviceFolder<Chip>(
        environment,
        Name,
        Path.Combine(environment.Options.SysRoot, "class/hwmon"),
        name => name.StartsWith("hwmon", StringComparison.Ordinal),
        name => new Chip(environment, Name, Path.Combine(environment.Options.SysRoot, "class/hwmon", name)));

    public override string Name => "hwmon";

    protected override void Look()
    {
        var chips = _chips.Refresh();
        foreach (var (_, chip) in chips)
        {
            // Chips of one device are told apart by their own names.
            var isShared = chips.Count(other => other.Value.DeviceId == chip.DeviceId) > 1;
            chip.Look(isShared, Keep);
        }
    }

    [GeneratedRegex(@"^(?<kind>temp|fan|in|freq)(?<number>\d+)_(?<item>input|crit|max|label)$", RegexOptions.CultureInvariant)]
    private static partial Regex Attribute();

    [GeneratedRegex("[^a-z0-9:_]", RegexOptions.CultureInvariant)]
    private static partial Regex Unclean();

    private static string Clean(string text) => Unclean().Replace(text.Trim().ToLowerInvariant(), "_").Trim('_');

    private sealed class Chip : IDisposable
    {
        private readonly CollectorEnvironment _environment;
        private readonly string? _name;
        private readonly InfoSeries _nameSeries;
        private readonly List<(string Sensor, SourceFile File, InfoSeries Series, double Scale)> _values = [];
        private readonly List<(string Sensor, string Label, InfoSeries Series)> _labels = [];

        public Chip(CollectorEnvironment environment, string collector, string path)
        {
            _environment = environment;
            var real = Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            _name = ReadText(environment, collector, Path.Combine(real, "name"));
            DeviceId = Identify(real, _name);
            _nameSeries = new InfoSeries(environment.Node, ChipName);
            foreach (var folder in new[] { real, Path.Combine(real, "device") })
            {
                if (Directory.Exists(folder))
                {
                    foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
                    {
                        Add(environment, collector, file);
                    }
                }
            }
        }

        /// <summary>What its device is: bus and place, else its driver's name, else its number.</summary>
        public string DeviceId { get; }

        public void Look(bool isShared, Action<Series, double> keep)
        {
            var chip = isShared && _name is not null ? $"{DeviceId}_{Clean(_name)}" : DeviceId;
            if (_name is not null)
            {
                keep(_nameSeries.Of(("chip", chip), ("chip_name", Clean(_name))), 1);
            }

            foreach (var (sensor, file, series, scale) in _values)
            {
                if (file.TryReadNumber(out var value))
                {
                    keep(series.Of(("chip", chip), ("sensor", sensor)), value * scale);
                }
            }

            foreach (var (sensor, label, series) in _labels)
            {
                keep(series.Of(("chip", chip), ("label", label), ("sensor", sensor)), 1);
            }
        }

        public void Dispose()
        {
            foreach (var (_, file, _, _) in _values)
            {
                file.Dispose();
            }
        }

        private void Add(CollectorEnvironment environment, string collector, string file)
        {
            var match = Attribute().Match(Path.GetFileName(file));
            if (!match.Success)
            {
                return;
            }

            var kind = match.Groups["kind"].Value;
            var sensor = kind + match.Groups["number"].Value;
            if (match.Groups["item"].Value == "label")
            {
                if (ReadText(environment, collector, file) is { } label)
                {
                    _labels.Add((sensor, label, new InfoSeries(environment.Node, SensorLabel)));
                }

                return;
            }

            foreach (var (itemKind, item, family, scale) in Items)
            {
                if (itemKind == kind && item == match.Groups["item"].Value)
                {
                    _values.Add((sensor, environment.File(collector, file, optional: true), new InfoSeries(_environment.Node, family), scale));
                }
            }
        }

        private static string Identify(string real, string? name)
        {
            if (Directory.Exists(Path.Combine(real, "device")) && new DirectoryInfo(Path.Combine(real, "device")).LinkTarget is { } link)
            {
                var device = Path.GetFullPath(Path.Combine(real, link));
                var bus = Clean(Path.GetFileName(Path.GetDirectoryName(device) ?? ""));
                var place = Clean(Path.GetFileName(device));
                return bus.Length > 0 ? $"{bus}_{place}" : place;
            }

            return Clean(string.IsNullOrWhiteSpace(name) ? Path.GetFileName(real.TrimEnd('/')) : name);
        }

        private static string? ReadText(CollectorEnvironment environment, string collector, string path)
        {
            using var file = environment.File(collector, path, optional: true);
            return file.ReadText();
        }
    }
}
