using Toka.Core.Telemetry;

namespace Toka.Events;

/// <summary>What the store counts of itself. Thread-safe.</summary>
internal sealed class EventCounters
{
    private readonly SelfMetrics _metrics;
    private long _damaged;
    private readonly SelfCounter _spans;
    private readonly SelfCounter _logs;
    private readonly SelfCounter _commits;
    private readonly SelfCounter _commitFailures;
    private readonly SelfHistogram _commitSeconds;
    private readonly SelfCounter _sealedRows;
    private readonly SelfCounter _sealFailures;
    private readonly SelfHistogram _sealSeconds;

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
        metrics.ObservedCounter("toka_events_damaged_files_total", "Files of the store of spans and logs that could not be read and were set aside.", () => DamagedFiles);
        _sealedRows = metrics.Counter("toka_events_sealed_rows_total", "Spans and log records that were sealed into Parquet files.");
        _sealFailures = metrics.Counter("toka_events_seal_failures_total", "Tables of spans and logs that could not be sealed; they are tried again.");
        _sealSeconds = metrics.Histogram("toka_events_seal_seconds", "How long sealing a table of spans or logs took.", 0.1, 0.5, 1, 2, 5, 10, 30);
    }

    /// <summary>Why the last sealing failed; null while it succeeds.</summary>
    public string? LastSealFailure { get; private set; }

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

    /// <summary>Counts what was found in a journal.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="tornBytes">Bytes behind the last whole record, which a crash left.</param>
    public void Replayed(long rows, long tornBytes)
    {
        _metrics.Counter("toka_events_replayed_rows_total", "Spans and log records that were read from journals when the store was opened.").Add(rows);
        _metrics.Counter("toka_events_torn_bytes_total", "Bytes at the end of journals that a crash left unfinished; they were never acknowledged.").Add(tornBytes);
    }

    /// <summary>Counts a table that was sealed.</summary>
    public void Sealed(long rows, TimeSpan took)
    {
        _sealedRows.Add(rows);
        _sealSeconds.Observe(took.TotalSeconds);
        LastSealFailure = null;
    }

    /// <summary>Counts a table that could not be sealed; it is tried again.</summary>
    public void SealFailed(string why)
    {
        _sealFailures.Add();
        LastSealFailure = why;
    }

    /// <summary>Counts rows of a file that was removed.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="reason"><c>age</c> or <c>size</c>.</param>
    /// <param name="rows">Its rows.</param>
    public void Removed(string signal, string reason, long rows) =>
        _metrics.Counter("toka_events_removed_rows_total", "Spans and log records that retention removed, by signal and reason.", ("signal", signal), ("reason", reason)).Add(rows);

    /// <summary>Counts a file that cannot be read and was set aside.</summary>
    public void Damaged(string what, string why)
    {
        LastDamage = $"{what}: {why}";
        Interlocked.Increment(ref _damaged);
    }

    /// <summary>The last file that could not be read, and why; null for none.</summary>
    public string? LastDamage { get; private set; }

    /// <summary>Files that could not be read since the store was opened.</summary>
    public long DamagedFiles => Interlocked.Read(ref _damaged);

    /// <summary>Counts what was refused.</summary>
    public void Refused(string signal, string reason, int count)
    {
        if (count > 0)
        {
            _metrics.Dropped(signal, reason).Add(count);
        }
    }
}
