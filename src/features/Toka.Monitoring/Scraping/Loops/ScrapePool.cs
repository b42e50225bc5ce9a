using Microsoft.Extensions.Logging;
using Toka.Core.Labels;
using Toka.Core.Targets;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Discovery.Options;
using Toka.Monitoring.Scraping.Fetching;
using Toka.Monitoring.Scraping.Options;
using Toka.Monitoring.Scraping.Targets;

namespace Toka.Monitoring.Scraping.Loops;

/// <summary>One job: its discoveries and a loop for each target. Thread-safe.</summary>
internal sealed partial class ScrapePool : IAsyncDisposable
{
    private readonly ScrapeServices _services;
    private readonly DiscoveryRuns _discoveries;
    private readonly string _userAgent;
    private readonly SemaphoreSlim _syncing = new(1, 1);
    private readonly Dictionary<(LabelSet, string), ScrapeLoop> _loops = [];
    private ScrapeJobOptions _job;
    private JobConnections _connections;
    private ScrapeSettings? _settings;
    private volatile PoolView _view = new([], [], 0);
    private bool _isStopped;

    public ScrapePool(ScrapeJobOptions job, Func<DiscoveryOptions, IDiscovery> discoveries, string userAgent, ScrapeServices services)
    {
        (_job, _userAgent, _services) = (job, userAgent, services);
        _connections = new JobConnections(job.Http);
        _discoveries = new DiscoveryRuns(discoveries, () => _ = Task.Run(SyncSafelyAsync));
    }

    /// <summary>The targets now.</summary>
    public PoolView View => _view;

    /// <summary>Where targets could not be looked for lately.</summary>
    public IReadOnlyList<string> Faults => _discoveries.Faults;

    /// <summary>Puts the job's options in force; loops of targets that stay go on.</summary>
    public async Task ApplyAsync(ScrapeJobOptions job)
    {
        JobConnections? old = null;
        await _syncing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!job.Http.Equals(_job.Http))
            {
                (old, _connections) = (_connections, new JobConnections(job.Http));
                _settings = null;
            }

            _job = job;
        }
        finally
        {
            _syncing.Release();
        }

        await _discoveries.ApplyAsync(job.Discovery).ConfigureAwait(false);
        await SyncAsync().ConfigureAwait(false);

        // All loops have newer ones by now. Scrapes that are under way end with the old ones.
        old?.Exit();
    }

    /// <summary>Ends it.</summary>
    /// <param name="marksEnd">Whether the series are marked as ended: where the job is gone, not where the process stops.</param>
    public async Task StopAsync(bool marksEnd)
    {
        await _discoveries.DisposeAsync().ConfigureAwait(false);
        await _syncing.WaitAsync().ConfigureAwait(false);
        try
        {
            _isStopped = true;
            await Task.WhenAll(_loops.Values.Select(static loop => loop.StopAsync())).ConfigureAwait(false);
            foreach (var loop in _loops.Values)
            {
                if (marksEnd)
                {
                    await loop.EndAsync().ConfigureAwait(false);
                }

                loop.Dispose();
            }

            _loops.Clear();
            _view = new PoolView([], [], 0);
        }
        finally
        {
            _syncing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(marksEnd: false).ConfigureAwait(false);
        _connections.Exit();
        _syncing.Dispose();
    }

    private async Task SyncSafelyAsync()
    {
#pragma warning disable CA1031 // Nobody waits for it: a fault is logged, and the targets stay as they were.
        try
        {
            await SyncAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogSyncFailed(_services.Log, _job.JobName, e);
        }
#pragma warning restore CA1031

        _services.Synced?.Invoke();
    }

    /// <summary>Makes the loops those of what is found now.</summary>
    private async Task SyncAsync()
    {
        await _syncing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_isStopped)
            {
                var builder = new TargetBuilder(_job);
                builder.Build(_discoveries.Groups);
                await SyncAsync(builder).ConfigureAwait(false);
            }
        }
        finally
        {
            _syncing.Release();
        }
    }

    private async Task SyncAsync(TargetBuilder targets)
    {
        var settings = SettingsOf(targets.Active.Count);
        var wanted = targets.Active.ToDictionary(static target => target.Identity);
        var gone = _loops.Where(loop => !wanted.ContainsKey(loop.Key)).ToArray();
        await Task.WhenAll(gone.Select(static loop => loop.Value.StopAsync())).ConfigureAwait(false);

        // A target whose address changed keeps its series.
        var heirs = new Dictionary<LabelSet, ScrapeLoop>();
        foreach (var (identity, loop) in gone)
        {
            _loops.Remove(identity);
            if (!heirs.TryAdd(identity.Item1, loop))
            {
                await loop.EndAsync().ConfigureAwait(false);
                loop.Dispose();
            }
        }

        foreach (var target in targets.Active)
        {
            if (_loops.TryGetValue(target.Identity, out var loop))
            {
                loop.Update(target, settings);
                continue;
            }

            loop = new ScrapeLoop(target, settings, _services);
            _loops.Add(target.Identity, loop);
            heirs.Remove(target.Labels, out var before);
            loop.Start(before);
            before?.Dispose();
        }

        _view = new PoolView([.. targets.Active.Select(target => _loops[target.Identity])], targets.Dropped, targets.DroppedCount);
        foreach (var loop in heirs.Values)
        {
            await loop.EndAsync().ConfigureAwait(false);
            loop.Dispose();
        }
    }

    private ScrapeSettings SettingsOf(int targets)
    {
        var refusal = _job.TargetLimit > 0 && targets > _job.TargetLimit
            ? $"target_limit: the job has {targets} targets, the limit is {_job.TargetLimit}; none of them is scraped. Raise the limit, or drop targets with relabel_configs"
            : null;
        if (_settings is { } old && old.Job.Equals(_job) && old.Refusal == refusal)
        {
            return old;
        }

        return _settings = new ScrapeSettings(_job, ScrapeSettings.RulesOf(_job, _settings), new ScrapeFetcher(_job, _connections.Http, _userAgent, _services.Bodies, _services.Time), _connections, refusal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the targets of the job {Job} could not be brought up to date; they stay as they were")]
    private static partial void LogSyncFailed(ILogger log, string job, Exception fault);
}

/// <summary>The targets of a job at one moment.</summary>
/// <param name="Loops">Those that are scraped.</param>
/// <param name="Dropped">Those that are not, as many as are kept.</param>
/// <param name="DroppedCount">How many are not.</param>
internal sealed record PoolView(IReadOnlyList<ScrapeLoop> Loops, IReadOnlyList<DroppedTarget> Dropped, int DroppedCount);
