using Toka.Core.Hosts;
using Toka.Core.Telemetry;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Process;

/// <summary>
/// The processes of the host, grouped by name: the top groups by CPU and by memory go into the store under
/// process-exporter's names, pids only into the live view. Counts of all processes under node_exporter's.
/// </summary>
internal sealed class ProcessCollector : ICollector, IDisposable
{
    /// <summary>Ms for which a group without processes keeps its CPU time, so that a command run now and then goes on
    /// counting where it stopped.</summary>
    public const long ForgetAfterMs = 10 * 60 * 1000;

    /// <summary>Groups kept at most; processes of more are in the totals alone and counted as dropped.</summary>
    public const int GroupsMax = 4096;

    private const long HourMs = 60 * 60 * 1000;

    private readonly CollectorEnvironment _environment;
    private readonly ProcessTable _table;
    private readonly Dictionary<string, ProcessGroupState> _groups = new(StringComparer.Ordinal);
    private readonly List<ProcessGroupState> _ranked = [];
    private readonly SelfCounter _namesDropped;
    private readonly SelfCounter _groupsDropped;
    private readonly SourceFile _loadavg;
    private readonly SourceFile _pidMax;
    private readonly SourceFile _threadsMax;
    private readonly Series _pids;
    private readonly Series _threads;
    private readonly Series _processesLimit;
    private readonly Series _threadsLimit;
    private readonly Series?[] _states = new Series?[128];
    private readonly int[] _stateCounts = new int[128];
    private ProcessSnapshot _current = ProcessSnapshot.Empty;
    private long _admittedHour;
    private int _admitted;
    private long _nowMs;
    private int _lastMark;
    private int _total;
    private int _totalThreads;

    public ProcessCollector(CollectorEnvironment environment)
    {
        _environment = environment;
        _table = new ProcessTable(environment, Name);
        _namesDropped = environment.Metrics.Dropped("metrics", "process_name_limit");
        _groupsDropped = environment.Metrics.Dropped("metrics", "process_group_limit");
        _loadavg = environment.Proc(Name, "loadavg", optional: true);
        _pidMax = environment.Proc(Name, "sys/kernel/pid_max", optional: true);
        _threadsMax = environment.Proc(Name, "sys/kernel/threads-max", optional: true);
        _pids = environment.Node.Create(MetricFamily.Gauge("node_processes_pids", "Processes."));
        _threads = environment.Node.Create(MetricFamily.Gauge("node_processes_threads", "Threads of all processes."));
        _processesLimit = environment.Node.Create(MetricFamily.Gauge("node_processes_max_processes", "Largest number of pids."));
        _threadsLimit = environment.Node.Create(MetricFamily.Gauge("node_processes_max_threads", "Largest number of threads."));
    }

    public string Name => "processes";

    /// <summary>The last look; safe to read from any thread.</summary>
    public ProcessSnapshot Current => Volatile.Read(ref _current);

    public void Collect(in CollectContext context, SampleSink sink)
    {
        _nowMs = context.NowMs;
        _total = 0;
        _totalThreads = 0;
        Array.Clear(_stateCounts);
        foreach (var group in _groups.Values)
        {
            group.Begin();
        }

        if (!_table.TryLook(MayHaveNew(context), Take))
        {
            return;
        }

        Rank(context);
        EmitGroups(sink);
        EmitTotals(sink);
        Show(context);
    }

    public void Dispose() => _table.Dispose();

    private void Take(ProcessEntry entry, bool isNew, in ProcessStat now, ReadOnlySpan<byte> command)
    {
        _total++;
        _totalThreads += now.Threads;
        if (now.State < _stateCounts.Length)
        {
            _stateCounts[now.State]++;
        }

        if (isNew || entry.Group is null || !command.SequenceEqual(entry.Command))
        {
            entry.Group = GroupOf(GroupName.Of(command, entry.Pid, now.Parent));
            if (entry.Group is null)
            {
                _groupsDropped.Add();
                return;
            }
        }

        // A process seen for the first time brings all that it has used: it began since the last look, or Toka did.
        var user = isNew ? now.UserTicks : Rise(entry.Stat.UserTicks, now.UserTicks);
        var system = isNew ? now.SystemTicks : Rise(entry.Stat.SystemTicks, now.SystemTicks);
        entry.Group.Add(entry.Pid, now, user, system, _nowMs);
    }

    /// <summary>
    /// The kernel tells the last pid it gave and how many tasks there are (loadavg): where neither changed nothing has
    /// begun, and listing procfs, which costs as much as reading a hundred processes, can be left out.
    /// </summary>
    private bool MayHaveNew(in CollectContext context)
    {
        if (!_loadavg.TryRead(out var text) || !Fields.TrySkip(ref text, 3) || !Fields.TryWord(ref text, out var tasks))
        {
            return true;
        }

        // running/total
        var mark = HashCode.Combine(HashOf(tasks[(tasks.IndexOf((byte)'/') + 1)..]), HashOf(text));
        var isSame = mark == _lastMark;
        _lastMark = mark;
        return context.IsSlow || !isSame;

        static int HashOf(ReadOnlySpan<byte> bytes)
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }

    private static double Rise(ulong before, ulong now) => now > before ? now - before : 0;

    private ProcessGroupState? GroupOf(string name)
    {
        if (!_groups.TryGetValue(name, out var group) && _groups.Count < GroupsMax)
        {
            group = new ProcessGroupState(name);
            _groups.Add(name, group);
        }

        return group;
    }

    /// <summary>Marks the groups that stand at the top now; <see cref="_ranked"/> has all, most CPU first, afterwards.</summary>
    private void Rank(in CollectContext context)
    {
        _ranked.Clear();
        foreach (var (name, group) in _groups)
        {
            group.End(context.ElapsedSeconds);
            if (group.Pids.Count > 0 || _nowMs - group.LastSeenMs < ForgetAfterMs)
            {
                _ranked.Add(group);
            }
            else
            {
                _groups.Remove(name);
            }
        }

        var top = _environment.Options.TopProcessGroups;
        _ranked.Sort(static (a, b) => b.ResidentPages.CompareTo(a.ResidentPages));
        foreach (var group in _ranked.Take(top))
        {
            if (group.ResidentPages > 0)
            {
                group.LastTopMs = _nowMs;
            }
        }

        _ranked.Sort(static (a, b) => b.SmoothedRate.CompareTo(a.SmoothedRate));
        foreach (var group in _ranked.Take(top))
        {
            if (group.SmoothedRate > 0 && group.Pids.Count > 0)
            {
                group.LastTopMs = _nowMs;
            }
        }
    }

    private void EmitGroups(SampleSink sink)
    {
        var grace = (long)_environment.Options.ProcessGroupGrace.TotalMilliseconds;
        foreach (var group in _ranked)
        {
            if (group.LastTopMs is { } lastTop && _nowMs - lastTop <= grace && TryAdmit(group))
            {
                group.Emit(_environment.Node, _environment.Options.PageBytes, sink);
            }
        }
    }

    /// <summary>Only so many new names an hour become series.</summary>
    private bool TryAdmit(ProcessGroupState group)
    {
        if (group.IsAdmitted)
        {
            return true;
        }

        if (_nowMs / HourMs != _admittedHour)
        {
            _admittedHour = _nowMs / HourMs;
            _admitted = 0;
        }

        if (_admitted >= _environment.Options.ProcessNamesPerHour)
        {
            _namesDropped.Add();
            return false;
        }

        _admitted++;
        group.IsAdmitted = true;
        return true;
    }

    private void EmitTotals(SampleSink sink)
    {
        sink.Add(_pids, _total);
        sink.Add(_threads, _totalThreads);
        for (var state = 0; state < _stateCounts.Length; state++)
        {
            if (_stateCounts[state] > 0 || _states[state] is not null)
            {
                var series = _states[state] ??= _environment.Node.Create(
                    MetricFamily.Gauge("node_processes_state", "Processes in each state, see proc_pid_stat(5)."), ("state", ((char)state).ToString()));
                sink.Add(series, _stateCounts[state]);
            }
        }

        if (_pidMax.TryReadNumber(out var limit))
        {
            sink.Add(_processesLimit, limit);
        }

        if (_threadsMax.TryReadNumber(out limit))
        {
            sink.Add(_threadsLimit, limit);
        }
    }

    private void Show(in CollectContext context)
    {
        var shown = new List<ProcessGroup>();
        foreach (var group in _ranked)
        {
            if (group.LastTopMs == _nowMs && group.Pids.Count > 0)
            {
                var ratio = context.ElapsedSeconds > 0 ? group.TicksNow / Host.StatCollector.TicksPerSecond / context.ElapsedSeconds : 0;
                shown.Add(new ProcessGroup(
                    group.Name, group.PidsShown(), ratio, group.ResidentPages * _environment.Options.PageBytes, group.Threads));
            }
        }

        shown.Sort(static (a, b) => b.CpuRatio.CompareTo(a.CpuRatio));
        Volatile.Write(ref _current, new ProcessSnapshot(_nowMs, _total, shown));
    }
}
