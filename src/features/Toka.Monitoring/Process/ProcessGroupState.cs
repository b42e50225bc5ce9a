using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Process;

/// <summary>
/// The processes of one name. Its CPU time is the sum of what its processes were seen to use, so it never falls when one of
/// them ends.
/// </summary>
internal sealed class ProcessGroupState(string name)
{
    private static readonly MetricFamily Cpu = MetricFamily.Counter("namedprocess_namegroup_cpu_seconds_total", "CPU time used by the processes of the name.");
    private static readonly MetricFamily Memory = MetricFamily.Gauge("namedprocess_namegroup_memory_bytes", "Memory of the processes of the name.");
    private static readonly MetricFamily Count = MetricFamily.Gauge("namedprocess_namegroup_num_procs", "Processes of the name.");
    private static readonly MetricFamily ThreadCount = MetricFamily.Gauge("namedprocess_namegroup_num_threads", "Threads of the processes of the name.");

    private int[] _pidsShown = [];
    private Series[]? _series;

    public string Name { get; } = name;

    public List<int> Pids { get; } = [];

    public double UserTicks { get; private set; }

    public double SystemTicks { get; private set; }

    /// <summary>Ticks used since the look before.</summary>
    public double TicksNow { get; private set; }

    /// <summary>Ticks a second, smoothed: what the group is ranked by, so that one busy second does not reorder everything.</summary>
    public double SmoothedRate { get; private set; }

    public long ResidentPages { get; private set; }

    public double VirtualBytes { get; private set; }

    public int Threads { get; private set; }

    /// <summary>When it last stood at the top, ms since the Unix epoch.</summary>
    public long? LastTopMs { get; set; }

    /// <summary>When a process of it was last seen, ms since the Unix epoch.</summary>
    public long LastSeenMs { get; private set; }

    /// <summary>Whether its name has been let into the store.</summary>
    public bool IsAdmitted { get; set; }

    public void Begin()
    {
        Pids.Clear();
        TicksNow = 0;
        ResidentPages = 0;
        VirtualBytes = 0;
        Threads = 0;
    }

    public void Add(int pid, in ProcessStat stat, double userTicks, double systemTicks, long nowMs)
    {
        Pids.Add(pid);
        UserTicks += userTicks;
        SystemTicks += systemTicks;
        TicksNow += userTicks + systemTicks;
        ResidentPages += Math.Max(0, stat.ResidentPages);
        VirtualBytes += stat.VirtualBytes;
        Threads += stat.Threads;
        LastSeenMs = nowMs;
    }

    /// <summary>Ends a look.</summary>
    /// <param name="elapsedSeconds">Since the look before; 0 for the first, which tells no rate.</param>
    public void End(double elapsedSeconds)
    {
        const double SmoothingSeconds = 30;
        if (elapsedSeconds > 0)
        {
            var weight = 1 - Math.Exp(-elapsedSeconds / SmoothingSeconds);
            SmoothedRate += weight * ((TicksNow / elapsedSeconds) - SmoothedRate);
        }
    }

    /// <summary>The pids in order; the same array as before where nothing changed.</summary>
    public IReadOnlyList<int> PidsShown()
    {
        Pids.Sort();
        var pids = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Pids);
        if (!pids.SequenceEqual(_pidsShown))
        {
            _pidsShown = pids.ToArray();
        }

        return _pidsShown;
    }

    public void Emit(SeriesFactory factory, int pageBytes, SampleSink sink)
    {
        const double TicksPerSecond = Host.StatCollector.TicksPerSecond;
        _series ??=
        [
            factory.Create(Cpu, ("groupname", Name), ("mode", "user")),
            factory.Create(Cpu, ("groupname", Name), ("mode", "system")),
            factory.Create(Memory, ("groupname", Name), ("memtype", "resident")),
            factory.Create(Memory, ("groupname", Name), ("memtype", "virtual")),
            factory.Create(Count, ("groupname", Name)),
            factory.Create(ThreadCount, ("groupname", Name)),
        ];
        sink.Add(_series[0], UserTicks / TicksPerSecond);
        sink.Add(_series[1], SystemTicks / TicksPerSecond);
        sink.Add(_series[2], (double)ResidentPages * pageBytes);
        sink.Add(_series[3], VirtualBytes);
        sink.Add(_series[4], Pids.Count);
        sink.Add(_series[5], Threads);
    }
}
