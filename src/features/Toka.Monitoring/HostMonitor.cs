using Microsoft.Extensions.Logging;
using Toka.Core.Hosts;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Monitoring.Collection;
using Toka.Monitoring.Host;
using Toka.Monitoring.Process;

namespace Toka.Monitoring;

/// <summary>
/// Watches this Linux host: collects at every interval and writes the samples, series of the host with
/// <c>job="node"</c> and of Toka itself with <c>job="toka"</c>. What cannot be read costs its own metrics, is counted
/// (<c>toka_collector_errors_total</c>) and logged once. Run it once; <see cref="Current"/> is thread-safe, the rest is not.
/// </summary>
public sealed partial class HostMonitor : IProcessFeed, IDisposable
{
    /// <summary>Ms by which a tick may be late and still be given the interval's exact time. Even times keep series on one
    /// grid and cost the store less; beyond this the shift would show in rates.</summary>
    private const long RoundedMsMax = 10;

    private readonly HostMonitorOptions _options;
    private readonly ISeriesWriter _writer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CollectorErrors _errors;
    private readonly CollectorEnvironment _environment;
    private readonly ProcessCollector _processes;
    private readonly (ICollector Collector, DurationFigure Duration)[] _collectors;
    private readonly WriteBatch _batch = new() { IsOwn = true };
    private readonly SampleSink _sink;
    private readonly SelfCounter _missedTicks;
    private readonly SelfCounter _notWritten;
    private long _lastMs;
    private long _lastStamp;
    private long _lastSlowMs = long.MinValue;
    private bool _writeFails;
    private bool _refuses;

    /// <summary>Makes a monitor; it does nothing before <see cref="RunAsync"/>.</summary>
    /// <param name="options">What to watch and how often.</param>
    /// <param name="writer">Takes the samples.</param>
    /// <param name="metrics">Toka's metrics about itself; what is found wrong is counted there, and all of it is written too.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told once of each thing that fails, and when it recovers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is not between 1 s and 120 s, or a count not positive.</exception>
    public HostMonitor(HostMonitorOptions options, ISeriesWriter writer, SelfMetrics metrics, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Interval.TotalSeconds, MonitoringOptions.IntervalSecondsMin, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Interval.TotalSeconds, MonitoringOptions.IntervalSecondsMax, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.TopProcessGroups, nameof(options));
        _options = options;
        _writer = writer;
        _time = time;
        _logger = logger;
        _errors = new CollectorErrors(metrics, logger);
        _environment = new CollectorEnvironment(options, metrics, _errors);
        _sink = new SampleSink(_batch);
        _missedTicks = metrics.Counter("toka_collector_missed_ticks_total", "Collections left out because the one before took too long.");
        _notWritten = metrics.Dropped("metrics", "write_failed");
        _processes = new ProcessCollector(_environment);
        ICollector[] collectors =
        [
            new UpCollector(_environment), new StatCollector(_environment), new LoadCollector(_environment), new MemoryCollector(_environment),
            new VmStatCollector(_environment), new PressureCollector(_environment), new DiskCollector(_environment),
            new NetDevCollector(_environment), new NetClassCollector(_environment), new NetStatCollector(_environment),
            new SockStatCollector(_environment), new ConntrackCollector(_environment), new FileDescriptorCollector(_environment),
            new TimeCollector(_environment), new IdentityCollector(_environment), new CpuFrequencyCollector(_environment),
            new ThermalCollector(_environment), new HardwareMonitorCollector(_environment), new CgroupCollector(_environment),
            _processes, new OwnProcess(_environment), new FileSystemCollector(_environment), new SelfMetricsCollector(_environment),
        ];
        _collectors = [.. collectors.Select(c => (c, new DurationFigure(metrics, c.Name)))];
    }

    /// <inheritdoc/>
    public ProcessSnapshot Current => _processes.Current;

    /// <summary>How many series go on.</summary>
    internal int LiveSeries => _sink.LiveCount;

    /// <summary>
    /// Collects at every whole multiple of the interval until it is cancelled; then marks all its series as ended and
    /// returns. A collection that takes longer than the interval leaves out the ticks it missed, and counts them.
    /// </summary>
    /// <param name="cancellationToken">Ends the run.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var intervalMs = (long)_options.Interval.TotalMilliseconds;
        var lastTick = NowMs() / intervalMs;
        try
        {
            while (true)
            {
                // Waiting for the next boundary, not for a period, keeps the ticks on the clock when it is set.
                var wait = ((lastTick + 1) * intervalMs) - NowMs();
                if (wait > intervalMs + RoundedMsMax) // A tick may be taken up to that much early.
                {
                    lastTick = NowMs() / intervalMs; // The clock was set back.
                    continue;
                }

                if (wait > 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(wait), _time, cancellationToken).ConfigureAwait(false);
                }

                var now = NowMs();
                var tick = (now + RoundedMsMax) / intervalMs;
                if (tick > lastTick)
                {
                    _missedTicks.Add(tick - lastTick - 1);
                    lastTick = tick;
                    await CollectAsync(Math.Abs(now - (tick * intervalMs)) <= RoundedMsMax ? tick * intervalMs : now, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EndSeriesAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        _processes.Dispose();
        _environment.Dispose();
        _batch.Dispose();
    }

    /// <summary>One collection, written.</summary>
    internal async Task CollectAsync(long nowMs, CancellationToken cancellationToken)
    {
        Collect(nowMs);
        await WriteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One collection into the batch.</summary>
    internal WriteBatch Collect(long nowMs)
    {
        var stamp = _time.GetTimestamp();
        var isSlow = _lastSlowMs == long.MinValue || nowMs < _lastSlowMs || nowMs - _lastSlowMs >= (long)_options.SlowInterval.TotalMilliseconds;
        var context = new CollectContext(nowMs, _lastStamp == 0 ? 0 : _time.GetElapsedTime(_lastStamp, stamp).TotalSeconds, isSlow);
        _lastStamp = stamp;
        _lastSlowMs = isSlow ? nowMs : _lastSlowMs;
        _lastMs = nowMs;
        _sink.Begin(nowMs);
        foreach (var (collector, _) in _collectors)
        {
            Guard(collector, context, static (c, context, _) => c.Prepare(context));
        }

        foreach (var (collector, duration) in _collectors)
        {
            var start = _time.GetTimestamp();
            Guard(collector, context, static (c, context, sink) => c.Collect(context, sink));
            duration.Set(_time.GetElapsedTime(start));
        }

        _sink.End();
        return _batch;
    }

    /// <summary>Marks everything as ended.</summary>
    internal async Task EndSeriesAsync()
    {
        _sink.Begin(Math.Max(NowMs(), _lastMs + 1));
        _sink.End();
        if (_batch.Count > 0)
        {
            await WriteAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>A fault in one collector must not take the others along; it is reported with its place.</summary>
    private void Guard(ICollector collector, in CollectContext context, Action<ICollector, CollectContext, SampleSink> action)
    {
#pragma warning disable CA1031 // Whatever it is: watching goes on, and the fault is counted and logged.
        try
        {
            action(collector, context, _sink);
        }
        catch (Exception e)
        {
            _errors.Report(collector.Name, collector.Name, e.ToString());
        }
#pragma warning restore CA1031
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            var result = await _writer.WriteAsync(_batch, cancellationToken).ConfigureAwait(false);
            if (_writeFails)
            {
                _writeFails = false;
                LogWritesAgain();
            }

            if (result.Refused > 0 && !_refuses)
            {
                LogRefused(result.Refused, result.FirstReason ?? "no reason given");
            }

            _refuses = result.Refused > 0;
        }
        catch (IOException e)
        {
            _notWritten.Add(_batch.Count);
            _sink.NotWritten();
            if (!_writeFails)
            {
                _writeFails = true;
                LogWriteFailed(_batch.Count, e.Message.TrimEnd('.'));
            }
        }
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(Level = LogLevel.Error, Message = "the host's {Count} samples could not be written: {Reason}; they are dropped and counted until the store takes them again")]
    private partial void LogWriteFailed(int count, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the host's samples are written again")]
    private partial void LogWritesAgain();

    [LoggerMessage(Level = LogLevel.Warning, Message = "the store refused {Count} of the host's samples: {Reason}")]
    private partial void LogRefused(int count, string reason);

    /// <summary>How long a collector took the last time.</summary>
    private sealed class DurationFigure
    {
        private double _seconds;

        public DurationFigure(SelfMetrics metrics, string collector) => metrics.Gauge(
            "toka_collector_duration_seconds", "How long the collector took the last time.", () => Volatile.Read(ref _seconds), ("collector", collector));

        public void Set(TimeSpan duration) => Volatile.Write(ref _seconds, duration.TotalSeconds);
    }
}
