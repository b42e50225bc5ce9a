using Toka.Core.Telemetry;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Process;

/// <summary>What Toka's own process costs, of <c>/proc/self</c>, and its .NET runtime under OpenTelemetry's names.</summary>
internal sealed class OwnProcess : ICollector
{
    /// <summary>Ms between two counts of our open files: .NET asks the system about each of them, which costs a millisecond.</summary>
    private const long CountFilesEveryMs = 60_000;

    private readonly SourceFile _stat;
    private readonly SourceFile _limits;
    private readonly Series _cpu;
    private readonly Series _resident;
    private readonly Series _virtual;
    private readonly Series _start;
    private readonly Series _openFiles;
    private readonly Series _maxFiles;
    private readonly RuntimeFigures _runtime;
    private readonly SourceFile _hostStat;
    private readonly string _descriptors;
    private readonly int _pageBytes;
    private double _bootSeconds;
    private long? _filesCountedMs;
    private double _openFilesCount;
    private double _maxFilesCount;
    private double _cpuSeconds;
    private double _residentBytes;

    public OwnProcess(CollectorEnvironment environment)
    {
        _stat = environment.Proc(Name, "self/stat");
        _limits = environment.Proc(Name, "self/limits", optional: true);
        _hostStat = environment.Proc(Name, "stat");
        _descriptors = Path.Combine(environment.Options.ProcRoot, "self/fd");
        _pageBytes = environment.Options.PageBytes;
        _cpu = environment.Self.Create(MetricFamily.Counter("process_cpu_seconds_total", "CPU time of this process."));
        _resident = environment.Self.Create(MetricFamily.Gauge("process_resident_memory_bytes", "Resident memory of this process."));
        _virtual = environment.Self.Create(MetricFamily.Gauge("process_virtual_memory_bytes", "Virtual memory of this process."));
        _start = environment.Self.Create(MetricFamily.Gauge("process_start_time_seconds", "When this process began, in seconds since the Unix epoch."));
        _openFiles = environment.Self.Create(MetricFamily.Gauge("process_open_fds", "Open files of this process."));
        _maxFiles = environment.Self.Create(MetricFamily.Gauge("process_max_fds", "Largest number of open files of this process."));
        _runtime = new RuntimeFigures(environment.Self);
        environment.Metrics.ObservedCounter(
            "toka_self_cpu_seconds_total", "CPU time of this process.", () => Volatile.Read(ref _cpuSeconds));
        environment.Metrics.Gauge(
            "toka_self_memory_bytes", "Resident memory of this process.", () => Volatile.Read(ref _residentBytes));
    }

    public string Name => "process";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (context.IsSlow)
        {
            LookSlowly(context.NowMs);
        }

        if (_stat.TryRead(out var text))
        {
            if (ProcessStat.TryParse(text, out var stat, out _))
            {
                Take(stat, sink);
            }
            else
            {
                _stat.Malformed("is not a line as proc_pid_stat(5) describes");
            }
        }

        if (_openFilesCount > 0)
        {
            sink.Add(_openFiles, _openFilesCount);
        }

        if (_maxFilesCount > 0)
        {
            sink.Add(_maxFiles, _maxFilesCount);
        }

        _runtime.Collect(_residentBytes, sink);
    }

    private void Take(in ProcessStat stat, SampleSink sink)
    {
        const double TicksPerSecond = Host.StatCollector.TicksPerSecond;
        Volatile.Write(ref _cpuSeconds, (stat.UserTicks + stat.SystemTicks) / TicksPerSecond);
        Volatile.Write(ref _residentBytes, (double)stat.ResidentPages * _pageBytes);
        sink.Add(_cpu, _cpuSeconds);
        sink.Add(_resident, _residentBytes);
        sink.Add(_virtual, stat.VirtualBytes);
        if (_bootSeconds > 0)
        {
            sink.Add(_start, _bootSeconds + (stat.StartTicks / TicksPerSecond));
        }
    }

    private void LookSlowly(long nowMs)
    {
        if (_bootSeconds == 0 && _hostStat.TryRead(out var host))
        {
            while (Fields.TryLine(ref host, out var line))
            {
                if (line.StartsWith("btime "u8) && Fields.TryParse(line[6..], out var seconds))
                {
                    _bootSeconds = seconds;
                }
            }
        }

        if (_limits.TryRead(out var limits))
        {
            while (Fields.TryLine(ref limits, out var line))
            {
                if (line.StartsWith("Max open files "u8))
                {
                    line = line["Max open files ".Length..];
                    _maxFilesCount = Fields.TryNumber(ref line, out var max) ? max : 0;
                }
            }
        }

        if (_filesCountedMs is { } counted && nowMs - counted < CountFilesEveryMs)
        {
            return;
        }

        _filesCountedMs = nowMs;
        try
        {
            _openFilesCount = Directory.Exists(_descriptors) ? Directory.EnumerateFileSystemEntries(_descriptors).Count() : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _openFilesCount = 0;
        }
    }
}
