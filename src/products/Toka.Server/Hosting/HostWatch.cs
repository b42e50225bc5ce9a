using Microsoft.Extensions.Logging;
using Toka.Core.Hosts;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Monitoring;

namespace Toka.Server.Hosting;

/// <summary>Runs the monitor of this host and, when the interval changes, a new one in its place. Thread-safe.</summary>
internal sealed class HostWatch(ISeriesWriter writer, SelfMetrics metrics, TimeProvider time, ILogger log) : IProcessFeed, IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile HostMonitor? _monitor;
    private volatile WatchFailure? _failure;
    private Task _run = Task.CompletedTask;
    private CancellationTokenSource? _stop;
    private TimeSpan _interval;

    /// <summary>Why and when watching ended by itself; null while it goes on or is switched off.</summary>
    public WatchFailure? Failure => _failure;

    public ProcessSnapshot Current => _monitor?.Current ?? ProcessSnapshot.Empty;

    /// <summary>Watches at this interval from now on; zero means not at all.</summary>
    public async Task ApplyAsync(TimeSpan interval)
    {
        await _gate.WaitAsync();
        try
        {
            if (interval == _interval)
            {
                return;
            }

            await EndAsync();
            _interval = interval;
            if (interval > TimeSpan.Zero)
            {
                var monitor = new HostMonitor(new HostMonitorOptions { Interval = interval }, writer, metrics, time, log);
                var stop = new CancellationTokenSource();
                _stop = stop;
                _monitor = monitor;
                _failure = null;
                _run = Task.Run(() => WatchAsync(monitor, stop.Token));
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _gate.Dispose();
    }

    /// <summary>A monitor that fails takes nothing else along: it is logged and shown in health.</summary>
    private async Task WatchAsync(HostMonitor monitor, CancellationToken stop)
    {
        try
        {
            await monitor.RunAsync(stop);
        }
        catch (Exception e)
        {
            _failure = new WatchFailure(e.Message, time.GetUtcNow().ToUnixTimeMilliseconds());
            log.LogError(e, "this host is no longer watched; restart toka to watch it again");
        }
    }

    private async Task EndAsync()
    {
        if (_stop is not { } stop)
        {
            return;
        }

        // What ended once is not ended again: a watch that is switched off has nothing to stop.
        _stop = null;
        await stop.CancelAsync();
        await _run;
        stop.Dispose();
        _monitor?.Dispose();
        _monitor = null;
    }
}

/// <summary>The end of watching that nobody asked for.</summary>
/// <param name="Reason">What failed.</param>
/// <param name="AtMs">When, ms since the Unix epoch.</param>
internal sealed record WatchFailure(string Reason, long AtMs);
