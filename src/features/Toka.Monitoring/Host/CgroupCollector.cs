using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>
/// Limits and use of the control group that Toka runs in, which in a container is the container's: version 2, and version 1
/// for controllers that version 2 does not have (cgroups(7)). Names are cAdvisor's; the label <c>id</c> is the group's path.
/// </summary>
internal sealed class CgroupCollector : ICollector
{
    private const double Microseconds = 1e-6;
    private const double Nanoseconds = 1e-9;

    private static readonly MetricFamily Usage = MetricFamily.Gauge("container_memory_usage_bytes", "Memory in use, with the page cache.");
    private static readonly MetricFamily WorkingSet = MetricFamily.Gauge("container_memory_working_set_bytes", "Memory in use without inactive files: what cannot be reclaimed at once.");
    private static readonly MetricFamily Rss = MetricFamily.Gauge("container_memory_rss", "Anonymous memory, in bytes.");
    private static readonly MetricFamily Cache = MetricFamily.Gauge("container_memory_cache", "Page cache, in bytes.");
    private static readonly MetricFamily MemoryLimit = MetricFamily.Gauge("container_spec_memory_limit_bytes", "Memory allowed; 0 for no limit.");
    private static readonly MetricFamily OutOfMemory = MetricFamily.Counter("container_oom_events_total", "Processes killed for want of memory.");
    private static readonly MetricFamily CpuUsage = MetricFamily.Counter("container_cpu_usage_seconds_total", "CPU time used.");
    private static readonly MetricFamily CpuUser = MetricFamily.Counter("container_cpu_user_seconds_total", "CPU time used in user mode.");
    private static readonly MetricFamily CpuSystem = MetricFamily.Counter("container_cpu_system_seconds_total", "CPU time used in the kernel.");
    private static readonly MetricFamily Quota = MetricFamily.Gauge("container_spec_cpu_quota", "CPU time allowed a period, in microseconds; absent for no limit.");
    private static readonly MetricFamily Period = MetricFamily.Gauge("container_spec_cpu_period", "The period of the CPU quota, in microseconds.");
    private static readonly MetricFamily Periods = MetricFamily.Counter("container_cpu_cfs_periods_total", "Periods in which the group ran.");
    private static readonly MetricFamily ThrottledPeriods = MetricFamily.Counter("container_cpu_cfs_throttled_periods_total", "Periods in which the group was held back by its quota.");
    private static readonly MetricFamily ThrottledTime = MetricFamily.Counter("container_cpu_cfs_throttled_seconds_total", "Time for which the group was held back by its quota.");
    private static readonly MetricFamily Tasks = MetricFamily.Gauge("container_threads", "Processes and threads of the group.");
    private static readonly MetricFamily TasksLimit = MetricFamily.Gauge("container_threads_max", "Processes and threads allowed; 0 for no limit.");

    private readonly CollectorEnvironment _environment;
    private readonly SourceFile _membership;
    private readonly List<CgroupFile> _files = [];
    private byte[] _lastMembership = [];
    private MemoryUse? _memory;

    public CgroupCollector(CollectorEnvironment environment)
    {
        _environment = environment;
        _membership = environment.Proc(Name, "self/cgroup", optional: true);
    }

    public string Name => "cgroup";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (context.IsSlow && _membership.TryRead(out var text) && !text.SequenceEqual(_lastMembership))
        {
            _lastMembership = text.ToArray();
            Locate(_lastMembership);
        }

        foreach (var file in _files)
        {
            file.Collect(sink);
        }

        _memory?.Collect(sink);
    }

    /// <summary>Finds the folders of the group and chooses the files of each controller.</summary>
    private void Locate(ReadOnlySpan<byte> membership)
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }

        _files.Clear();
        _memory = null;
        var groups = CgroupLocations.Find(_environment.CgroupRoot, membership);
        if (groups.Of("memory") is { } memory)
        {
            AddMemory(memory);
        }

        if (groups.Of("cpu") is { } cpu)
        {
            AddCpu(cpu, groups.Of("cpuacct"));
        }

        if (groups.Of("pids") is { } pids)
        {
            _files.Add(File(pids, "pids.current", Table(pids, Tasks)));
            _files.Add(File(pids, "pids.max", Table(pids, TasksLimit)));
        }
    }

    private void AddMemory(CgroupLocation group)
    {
        var (current, limit, total) = group.IsUnified ? ("memory.current", "memory.max", "") : ("memory.usage_in_bytes", "memory.limit_in_bytes", "total_");
        var usage = Table(group, Usage);
        var stat = new CgroupTable(
            new(group.IsUnified ? "anon" : total + "rss", Series(group, Rss), 1),
            new(group.IsUnified ? "file" : total + "cache", Series(group, Cache), 1),
            new(total + "inactive_file", null, 1));
        _memory = new MemoryUse(Series(group, WorkingSet), usage, stat);
        _files.Add(File(group, current, usage));
        _files.Add(File(group, limit, Table(group, MemoryLimit)));
        _files.Add(File(group, "memory.stat", stat));
        _files.Add(File(group, group.IsUnified ? "memory.events" : "memory.oom_control", new CgroupTable(new CgroupKey("oom_kill", Series(group, OutOfMemory), 1))));
    }

    private void AddCpu(CgroupLocation group, CgroupLocation? accounting)
    {
        if (group.IsUnified)
        {
            _files.Add(File(group, "cpu.stat", new CgroupTable(
                new("usage_usec", Series(group, CpuUsage), Microseconds),
                new("user_usec", Series(group, CpuUser), Microseconds),
                new("system_usec", Series(group, CpuSystem), Microseconds),
                new("nr_periods", Series(group, Periods), 1),
                new("nr_throttled", Series(group, ThrottledPeriods), 1),
                new("throttled_usec", Series(group, ThrottledTime), Microseconds))));
            _files.Add(File(group, "cpu.max", CgroupTable.Line(Series(group, Quota), Series(group, Period))));
            return;
        }

        _files.Add(File(group, "cpu.stat", new CgroupTable(
            new("nr_periods", Series(group, Periods), 1),
            new("nr_throttled", Series(group, ThrottledPeriods), 1),
            new("throttled_time", Series(group, ThrottledTime), Nanoseconds))));
        _files.Add(File(group, "cpu.cfs_quota_us", Table(group, Quota)));
        _files.Add(File(group, "cpu.cfs_period_us", Table(group, Period)));
        if (accounting is not null)
        {
            _files.Add(File(accounting, "cpuacct.usage", new CgroupTable(new CgroupKey("", Series(accounting, CpuUsage), Nanoseconds))));
            _files.Add(File(accounting, "cpuacct.stat", new CgroupTable(
                new("user", Series(accounting, CpuUser), 1 / StatCollector.TicksPerSecond),
                new("system", Series(accounting, CpuSystem), 1 / StatCollector.TicksPerSecond))));
        }
    }

    private Series Series(CgroupLocation group, MetricFamily family) => _environment.Node.Create(family, ("id", group.Id));

    private CgroupTable Table(CgroupLocation group, MetricFamily family) => new(new CgroupKey("", Series(group, family), 1));

    private CgroupFile File(CgroupLocation group, string name, CgroupTable table) =>
        new(_environment.File(Name, Path.Combine(group.Folder, name), optional: true), table);

    /// <summary>The working set comes of two files.</summary>
    private sealed class MemoryUse(Series workingSet, CgroupTable usage, CgroupTable stat)
    {
        public void Collect(SampleSink sink)
        {
            if (usage.Last(0) is { } used && stat.Last(2) is { } inactive)
            {
                sink.Add(workingSet, Math.Max(0, used - inactive));
            }
        }
    }
}
