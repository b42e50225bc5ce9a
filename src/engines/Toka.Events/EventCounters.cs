using Toka.Core.Telemetry;

namespace Toka.Events;

/// <summary>What the store counts of itself. Thread-safe.</summary>
internal sealed class EventCounters
{
    private readonly SelfMetrics _metrics;
    private readonly SelfCounter _spans;
    private readonly SelfCounter _logs;
    private readonly SelfCounter _commits;
    private readonly SelfCounter _commitFailures;
    private readonly SelfHistogram _commitSeconds;

    /// <summary>Registers the metrics.</summary>
    public EventCounters(SelfMetrics metrics)
    {
        _metrics = metrics;
        const string stored = "Spans and log records that were stored.";
        _spans = metrics.Counter("toka_events_stored_total", stored, ("signal", "spans"));
        _logs = metrics.Counter("toka_events_stored_total", stored, ("signal", "logs"));
        _commits = metrics.Counter("toka_events_commits_total", "Transactions of the store of spans and logs.");
        _commitFailures = metrics.Counter("toka_events_commit_failures_total", "Transactions of the store of spans and logs that failed.");
        _commitSeconds = metrics.Histogram("toka_events_commit_seconds", "How long transactions of the store of spans and logs took.", 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5);
    }

    /// <summary>Why the last transaction failed; null while they succeed.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>Counts a transaction.</summary>
    public void Stored(int spans, int logs, TimeSpan took)
    {
        _spans.Add(spans);
        _logs.Add(logs);
        _commits.Add();
        _commitSeconds.Observe(took.TotalSeconds);
        LastFailure = null;
    }

    /// <summary>Counts a transaction that failed.</summary>
    public void CommitFailed(string why)
    {
        _commitFailures.Add();
        LastFailure = why;
    }

    /// <summary>Counts what was refused.</summary>
    public void Refused(string signal, string reason, int count)
    {
        if (count > 0)
        {
            _metrics.Dropped(signal, reason).Add(count);
        }
    }
}
