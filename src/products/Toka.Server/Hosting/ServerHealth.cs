using Toka.Core.Health;
using Toka.Core.Telemetry;
using Toka.Events;

namespace Toka.Server.Hosting;

/// <summary>How well the parts below the web do, judged from what they count about themselves. Thread-safe.</summary>
internal sealed class ServerHealth : IHealthSource
{
    /// <summary>For how long a failure keeps a part degraded: five minutes, PromQL's own look-back.</summary>
    private const long RecentMs = 5 * 60_000;

    private readonly ServerParts _parts;
    private readonly long _startedMs;
    private readonly Watched _store;
    private readonly Watched _damagedBlocks;
    private readonly Watched _collectors;
    private readonly MemoryHealth _memory;
    private readonly SeriesHealth _series;
    private string _problem = "";
    private long _problemSinceMs;
    private long _damagedSinceMs;
    private string _eventProblem = "";
    private long _eventProblemSinceMs;

    public ServerHealth(ServerParts parts)
    {
        _parts = parts;
        _startedMs = NowMs;
        _store = new Watched(parts.Self, "toka_wal_write_errors_total");
        _damagedBlocks = new Watched(parts.Self, "toka_store_damaged_blocks_total");
        _collectors = new Watched(parts.Self, "toka_collector_missed_ticks_total");
        _memory = new MemoryHealth(_startedMs);
        _series = new SeriesHealth(_startedMs);
    }

    public IEnumerable<HealthPart> Parts
    {
        get
        {
            var now = NowMs;
            yield return _parts.Store.Finding is { } finding
                ? new HealthPart("store", HealthState.Unhealthy, finding.TrimEnd('.'), now)
                : Judge("store", _store, now, HealthState.Unhealthy, "the write-ahead log could not be written lately: look at the disk's space and at the log of toka");
            yield return Data(now);
            yield return _parts.Host.Failure is { } failure
                ? new HealthPart("monitor", HealthState.Unhealthy, $"this host is no longer watched: {failure.Reason}; restart toka", failure.AtMs)
                : Judge("monitor", _collectors, now, HealthState.Degraded, "collections were left out lately because the ones before took too long");
            yield return Alerting(now);
            yield return _memory.Judge(_parts.Memory, now);
            if (_parts.Events is { } events)
            {
                yield return Traces(events.Store.Status);
            }

            yield return _series.Judge(_parts.Store.LastRefusal, now, RecentMs);

            // It listens only from when the web does, so it is asked for each time.
            foreach (var part in _parts.StatsD?.Parts ?? [])
            {
                yield return part;
            }
        }
    }

    private long NowMs => _parts.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private HealthPart Judge(string name, Watched watched, long now, HealthState state, string reason)
    {
        var lastMs = watched.LastIncreaseMs(now);
        return lastMs > 0 && now - lastMs < RecentMs
            ? new HealthPart(name, state, reason, lastMs)
            : new HealthPart(name, HealthState.Healthy, "", lastMs > 0 ? lastMs + RecentMs : _startedMs);
    }

    private HealthPart Data(long now)
    {
        var blocks = Judge("data", _damagedBlocks, now, HealthState.Degraded, "blocks that cannot be read were found; the rest of the data is answered. toka's log names them; stop toka and run `toka doctor`");
        return SetAside() ?? (blocks.State == HealthState.Healthy && Damage(now) is { } damage ? damage : blocks);
    }

    private HealthPart? SetAside() => _parts.Store.SetAsideBlocks is [var first, ..] aside
        ? new HealthPart("data", HealthState.Degraded, $"a damaged block cannot be used, and what it held is missing: {first}{(aside.Count > 1 ? $" and {aside.Count - 1} more" : "")}. To do without it, stop toka and run `toka doctor --repair`", _startedMs)
        : null;

    /// <summary>Damage that a query met stays as long as its block does, whether or not anybody asks for it again.</summary>
    private HealthPart? Damage(long now)
    {
        var damaged = _parts.Store.DamagedBlocks;
        lock (_store)
        {
            if (damaged is not [var first, ..])
            {
                _damagedSinceMs = 0;
                return null;
            }

            _damagedSinceMs = _damagedSinceMs == 0 ? now : _damagedSinceMs;
            var more = damaged.Count > 1 ? $" and {damaged.Count - 1} more" : "";
            return new HealthPart("data", HealthState.Degraded, $"damaged data was met in {first}{more}; the rest is answered. Stop toka and run `toka doctor`, which names the places", _damagedSinceMs);
        }
    }

    /// <summary>The store of spans and logs: one that cannot write refuses what comes, one that met damage answers the rest.</summary>
    private HealthPart Traces(EventStoreStatus status)
    {
        var (state, reason) = status.Failure is { } failure ? (HealthState.Unhealthy, failure)
            : status.Damage is { } damage ? (HealthState.Degraded, $"a file of spans or logs cannot be read and is set aside, the rest is answered: {damage}")
            : (HealthState.Healthy, "");
        lock (_store)
        {
            if (reason != _eventProblem)
            {
                (_eventProblem, _eventProblemSinceMs) = (reason, NowMs);
            }

            return new HealthPart("traces and logs", state, reason, _eventProblemSinceMs == 0 ? _startedMs : _eventProblemSinceMs);
        }
    }

    private HealthPart Alerting(long now)
    {
        var problem = _parts.Alerts.Problems is [var first, ..] ? first : "";
        lock (_store)
        {
            if (problem != _problem)
            {
                _problem = problem;
                _problemSinceMs = now;
            }

            return new HealthPart("alerting", problem.Length == 0 ? HealthState.Healthy : HealthState.Degraded, problem, _problemSinceMs == 0 ? _startedMs : _problemSinceMs);
        }
    }

    /// <summary>Remembers when the counters of one name last went up.</summary>
    private sealed class Watched(SelfMetrics metrics, string name)
    {
        private readonly SelfCounter _counter = metrics.Counter(name, "");
        private long _seen;
        private long _lastMs;

        public long LastIncreaseMs(long now)
        {
            lock (_counter)
            {
                if (_counter.Value > _seen)
                {
                    _seen = _counter.Value;
                    _lastMs = now;
                }

                return _lastMs;
            }
        }
    }
}
