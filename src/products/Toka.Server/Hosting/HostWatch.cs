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
    private Task _run = Task.CompletedTask;
    private CancellationTokenSource? _stop;
    private TimeSpan _interval;

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
                _run = Task.Run(() => monitor.RunAsync(stop.Token));
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
