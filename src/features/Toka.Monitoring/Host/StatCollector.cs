using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>
/// CPU time by core and mode, and the kernel's counts: one read of <c>/proc/stat</c> (proc_stat(5)). The mode user contains
/// the guest's time, as in node_exporter.
/// </summary>
internal sealed class StatCollector : ICollector
{
    /// <summary>Ticks of the clock in a second as procfs counts CPU time. Linux shows 100 to user space on every platform
    /// that .NET runs on.</summary>
    public const double TicksPerSecond = 100;

    /// <summary>CPUs kept at most: the kernel's own limit on x86 is 8192.</summary>
    public const int CpusMax = 8192;

    /// <summary>Ticks that a CPU's idle time may fall without the CPU having been taken off and put back: the kernel's idle
    /// and I/O wait times are known to step back a little.</summary>
    private const double IdleStepBackTicks = 3 * TicksPerSecond;

    private const int IdleMode = 3;

    private static readonly string[] Modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
    private static readonly string[] GuestModes = ["user", "nice"];

    private static readonly MetricFamily CpuSeconds = MetricFamily.Counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.");
    private static readonly MetricFamily GuestSeconds = MetricFamily.Counter("node_cpu_guest_seconds_total", "Seconds the CPUs spent in guests (virtual machines) for each mode.");

    private readonly SourceFile _file;
    private readonly NameTable<Cpu> _cpus;
    private readonly NameTable<Series?> _counts;

    public StatCollector(CollectorEnvironment environment)
    {
        _file = environment.Proc(Name, "stat");
        var overflow = environment.Metrics.Dropped("metrics", "device_limit");
        _cpus = new NameTable<Cpu>(name => new Cpu(environment.Node, name), CpusMax, overflow);
        _counts = new NameTable<Series?>(name => Count(environment.Node, name), 64, overflow);
    }

    public string Name => "stat";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (!_file.TryRead(out var rest))
        {
            return;
        }

        var cpus = 0;
        while (Fields.TryLine(ref rest, out var line))
        {
            if (!Fields.TryWord(ref line, out var key))
            {
                continue;
            }

            if (key.StartsWith("cpu"u8))
            {
                if (key.Length > 3 && _cpus.TryGet(key[3..], out var cpu))
                {
                    cpus++;
                    if (!cpu.TryCollect(line, sink))
                    {
                        _file.Malformed($"has a line of cpu{cpu.Id} without {Modes.Length} numbers");
                    }
                }
            }
            else if (_counts.TryGet(key, out var series) && series is not null)
            {
                if (Fields.TryCount(ref line, out var value))
                {
                    sink.Add(series, value);
                }
                else
                {
                    _file.Malformed($"has no number after {series.Family.Name}'s key");
                }
            }
        }

        if (cpus == 0)
        {
            _file.Malformed("names no CPU");
        }

        _cpus.Sweep();
        _counts.Sweep();
    }

    private static Series? Count(SeriesFactory factory, string key) => key switch
    {
        "btime" => factory.Create(MetricFamily.Gauge("node_boot_time_seconds", "Time of the last boot, in seconds since the Unix epoch.")),
        "ctxt" => factory.Create(MetricFamily.Counter("node_context_switches_total", "Context switches.")),
        "intr" => factory.Create(MetricFamily.Counter("node_intr_total", "Interrupts serviced.")),
        "processes" => factory.Create(MetricFamily.Counter("node_forks_total", "Processes and threads started.")),
        "procs_running" => factory.Create(MetricFamily.Gauge("node_procs_running", "Tasks in a runnable state.")),
        "procs_blocked" => factory.Create(MetricFamily.Gauge("node_procs_blocked", "Tasks blocked, waiting for I/O.")),
        _ => null,
    };

    private sealed class Cpu
    {
        private readonly Series[] _modes;
        private readonly Series[] _guests;
        private readonly double[] _ticks = new double[Modes.Length];

        public Cpu(SeriesFactory factory, string id)
        {
            Id = id;
            _modes = [.. Modes.Select(mode => factory.Create(CpuSeconds, ("cpu", id), ("mode", mode)))];
            _guests = [.. GuestModes.Select(mode => factory.Create(GuestSeconds, ("cpu", id), ("mode", mode)))];
        }

        public string Id { get; }

        public bool TryCollect(ReadOnlySpan<byte> line, SampleSink sink)
        {
            Span<double> now = stackalloc double[_ticks.Length];
            foreach (ref var ticks in now)
            {
                if (!Fields.TryNumber(ref line, out ticks))
                {
                    return false;
                }
            }

            // A CPU that was taken off and put back starts anew; every smaller step back is the kernel's estimate.
            var startedAnew = now[IdleMode] < _ticks[IdleMode] - IdleStepBackTicks;
            for (var i = 0; i < now.Length; i++)
            {
                _ticks[i] = startedAnew ? now[i] : Math.Max(now[i], _ticks[i]);
                sink.Add(_modes[i], _ticks[i] / TicksPerSecond);
            }

            // Kernels before 2.6.33 have no guest columns.
            foreach (var guest in _guests)
            {
                if (Fields.TryNumber(ref line, out var ticks))
                {
                    sink.Add(guest, ticks / TicksPerSecond);
                }
            }

            return true;
        }
    }
}
