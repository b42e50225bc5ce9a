using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Frequencies and governors of the CPUs, <c>/sys/devices/system/cpu/cpu*/cpufreq</c>.</summary>
internal sealed class CpuFrequencyCollector : SlowCollector
{
    private const double HertzPerKilohertz = 1000;

    private static readonly MetricFamily Governor = MetricFamily.Gauge("node_cpu_scaling_governor", "1 for the governor in force, 0 for the others.");

    private static readonly (string File, MetricFamily Family)[] Frequencies =
    [
        ("scaling_cur_freq", MetricFamily.Gauge("node_cpu_scaling_frequency_hertz", "The CPU's frequency now.")),
        ("scaling_min_freq", MetricFamily.Gauge("node_cpu_scaling_frequency_min_hertz", "The lowest frequency allowed.")),
        ("scaling_max_freq", MetricFamily.Gauge("node_cpu_scaling_frequency_max_hertz", "The highest frequency allowed.")),
    ];

    private readonly DeviceFolder<Cpu> _cpus;

    public CpuFrequencyCollector(CollectorEnvironment environment) => _cpus = new DeviceFolder<Cpu>(
        environment,
        Name,
        Path.Combine(environment.Options.SysRoot, "devices/system/cpu"),
        name => name.StartsWith("cpu", StringComparison.Ordinal) && name.Length > 3 && name.AsSpan(3).ContainsAnyExceptInRange('0', '9') is false,
        name => new Cpu(environment, Name, name));

    public override string Name => "cpufreq";

    protected override void Look()
    {
        foreach (var (_, cpu) in _cpus.Refresh())
        {
            cpu.Look(Keep);
        }
    }

    private sealed class Cpu(CollectorEnvironment environment, string collector, string name) : IDisposable
    {
        private readonly string _id = name[3..];

        private readonly SourceFile[] _files =
            [.. Frequencies.Select(f => environment.Sys(collector, $"devices/system/cpu/{name}/cpufreq/{f.File}"))];

        private readonly Series[] _series = [.. Frequencies.Select(f => environment.Node.Create(f.Family, ("cpu", name[3..])))];
        private readonly SourceFile _governor = environment.Sys(collector, $"devices/system/cpu/{name}/cpufreq/scaling_governor");
        private readonly SourceFile _available = environment.Sys(collector, $"devices/system/cpu/{name}/cpufreq/scaling_available_governors");
        private readonly Dictionary<string, Series> _governors = [];

        public void Look(Action<Series, double> keep)
        {
            for (var i = 0; i < _files.Length; i++)
            {
                if (_files[i].TryReadNumber(out var kilohertz))
                {
                    keep(_series[i], kilohertz * HertzPerKilohertz);
                }
            }

            if (_governor.ReadText() is not { } current || _available.ReadText() is not { } available)
            {
                return;
            }

            foreach (var governor in available.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!_governors.TryGetValue(governor, out var series))
                {
                    series = environment.Node.Create(Governor, ("cpu", _id), ("governor", governor));
                    _governors.Add(governor, series);
                }

                keep(series, governor == current ? 1 : 0);
            }
        }

        public void Dispose()
        {
            foreach (var file in _files)
            {
                file.Dispose();
            }

            _governor.Dispose();
            _available.Dispose();
        }
    }
}
