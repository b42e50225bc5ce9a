using Microsoft.Extensions.Logging;
using Toka.Core.Health;
using Toka.Core.Series;
using Toka.Core.Targets;
using Toka.Core.Telemetry;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Discovery.Options;
using Toka.Monitoring.Scraping.Fetching;
using Toka.Monitoring.Scraping.Loops;
using Toka.Monitoring.Scraping.Options;

namespace Toka.Monitoring.Scraping;

/// <summary>
/// Scrapes the targets of all jobs. It does nothing before <see cref="ApplyAsync"/>, and stops with <see cref="DisposeAsync"/>,
/// which marks no series as ended: the targets go on while Toka restarts. Thread-safe.
/// </summary>
/// <remarks>Source: Prometheus, its documentation of configuration, jobs and instances, and staleness; docs/reference/scraping.md.</remarks>
public sealed class ScrapeManager : ITargetFeed, IHealthSource, IAsyncDisposable
{
    /// <summary>For how long scrapes that were left out keep the part degraded: PromQL's look-back.</summary>
    private const long RecentMs = 5 * 60_000;

    /// <summary>Targets that are down and named in the part's words.</summary>
    private const int NamedMax = 3;

    private readonly Func<DiscoveryOptions, IDiscovery> _discoveries;
    private readonly ScrapeServices _services;
    private readonly string _userAgent;
    private readonly SemaphoreSlim _applying = new(1, 1);
    private readonly Lock _healthLock = new();
    private readonly long _startedMs;
    private volatile List<(ScrapeJobOptions Job, ScrapePool Pool)> _pools = [];
    private long _missedSeen;
    private long _missedMs;
    private long _faultyMs;

    /// <summary>Makes a manager without jobs.</summary>
    /// <param name="writer">Takes the samples.</param>
    /// <param name="discoveries">Makes a discovery of its options.</param>
    /// <param name="metrics">Toka's metrics about itself.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of faults that are not a target's.</param>
    /// <param name="version">Toka's version, which targets are told.</param>
    /// <param name="bodyBytesMax">Bytes that all bodies may take which are read at the same time.</param>
    public ScrapeManager(
        ISeriesWriter writer, Func<DiscoveryOptions, IDiscovery> discoveries, SelfMetrics metrics, TimeProvider time, ILogger log, string version, long bodyBytesMax)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        _discoveries = discoveries;
        _userAgent = "Toka/" + version;
        _services = new ScrapeServices(writer, new BatchPool(), new BodyRoom(bodyBytesMax), new ScrapeMetrics(metrics), time, log);
        _startedMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var health in Enum.GetValues<TargetHealth>())
        {
            metrics.Gauge(
                "toka_scrape_targets", "Targets that are scraped, by how they do.",
                () => Loops.Count(loop => loop.Health == health), ("health", health.ToString().ToLowerInvariant()));
        }

        metrics.Gauge("toka_scrape_body_bytes", "Bytes of the bodies that are being read.", () => _services.Bodies.Taken);
        metrics.Gauge("toka_scrape_targets_dropped", "Targets that were found and are not scraped.", () => _pools.Sum(static pool => pool.Pool.View.DroppedCount));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Pools => [.. _pools.Select(static pool => pool.Job.JobName)];

    /// <inheritdoc/>
    public IReadOnlyList<ScrapeTargetStatus> Active => [.. Loops.Select(static loop => loop.Status)];

    /// <inheritdoc/>
    public IReadOnlyList<DroppedTarget> Dropped => [.. _pools.SelectMany(static pool => pool.Pool.View.Dropped)];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> DroppedCounts => _pools.ToDictionary(static pool => pool.Job.JobName, static pool => pool.Pool.View.DroppedCount);

    /// <inheritdoc/>
    /// <remarks>
    /// A target that is down is news about the target, not an illness of Toka's: it is told and degrades nothing. Scrapes that
    /// were left out and targets that could not be looked for do.
    /// </remarks>
    public IEnumerable<HealthPart> Parts
    {
        get
        {
            if (_pools.Count == 0)
            {
                yield break;
            }

            var now = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            yield return LateSince(now) is { } since
                ? new HealthPart("scraping", HealthState.Degraded, "scrapes were left out lately because the ones before took too long; use longer intervals, or give toka more of the processor", since)
                : Discovery(now);
        }
    }

    /// <summary>Told of every scrape once all of it is done; for tests.</summary>
    internal Action<ScrapeTargetStatus>? Scraped
    {
        get => _services.Scraped;
        set => _services.Scraped = value;
    }

    /// <summary>Told whenever other targets were found and their loops run; for tests.</summary>
    internal Action? Synced
    {
        get => _services.Synced;
        set => _services.Synced = value;
    }

    private IEnumerable<ScrapeLoop> Loops => _pools.SelectMany(static pool => pool.Pool.View.Loops);

    /// <summary>Scrapes the targets of these jobs and no others. What did not change goes on as it is.</summary>
    /// <param name="jobs">All jobs; their names are unique.</param>
    /// <param name="cancellationToken">Gives up waiting for a change that is under way; not the change itself.</param>
    public async Task ApplyAsync(IReadOnlyList<ScrapeJobOptions> jobs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        await _applying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var unused = _pools.ToDictionary(static pool => pool.Job.JobName, StringComparer.Ordinal);
            var pools = new List<(ScrapeJobOptions, ScrapePool)>();
            var changed = new List<(ScrapeJobOptions Job, ScrapePool Pool)>();
            foreach (var job in jobs)
            {
                var isKnown = unused.Remove(job.JobName, out var known);
                var pool = isKnown ? known.Pool : new ScrapePool(job, _discoveries, _userAgent, _services);
                pools.Add((job, pool));
                if (!isKnown || !known.Job.Equals(job))
                {
                    changed.Add((job, pool));
                }
            }

            _pools = pools;
            foreach (var (_, pool) in unused.Values)
            {
                await pool.StopAsync(marksEnd: true).ConfigureAwait(false);
                await pool.DisposeAsync().ConfigureAwait(false);
            }

            foreach (var (job, pool) in changed)
            {
                await pool.ApplyAsync(job).ConfigureAwait(false);
            }
        }
        finally
        {
            _applying.Release();
        }
    }

    /// <summary>Stops all scrapes. Series are not marked as ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _applying.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_pools.Select(static pool => pool.Pool.DisposeAsync().AsTask())).ConfigureAwait(false);
            _pools = [];
            _services.Batches.Dispose();
        }
        finally
        {
            _applying.Release();
        }
    }

    private long? LateSince(long now)
    {
        lock (_healthLock)
        {
            var missed = _services.Metrics.Missed.Value;
            _missedMs = missed > _missedSeen ? now : _missedMs;
            _missedSeen = missed;
            return _missedMs > 0 && now - _missedMs < RecentMs ? _missedMs : null;
        }
    }

    private HealthPart Discovery(long now)
    {
        var faults = _pools.SelectMany(static pool => pool.Pool.Faults).ToList();
        lock (_healthLock)
        {
            _faultyMs = faults.Count == 0 ? 0 : _faultyMs == 0 ? now : _faultyMs;
            return faults.Count == 0
                ? new HealthPart("scraping", HealthState.Healthy, Down(), _startedMs)
                : new HealthPart("scraping", HealthState.Degraded, $"targets could not be looked for: {faults[0]}{(faults.Count > 1 ? $" and {faults.Count - 1} more" : "")}", _faultyMs);
        }
    }

    private string Down()
    {
        var down = Loops.Where(static loop => loop.Health == TargetHealth.Down).ToList();
        if (down.Count == 0)
        {
            return "";
        }

        var names = string.Join(", ", down.Take(NamedMax).Select(static loop => loop.Status.Url.AbsoluteUri));
        return $"{down.Count} of {Loops.Count()} targets are down: {names}{(down.Count > NamedMax ? " and more" : "")}";
    }
}
