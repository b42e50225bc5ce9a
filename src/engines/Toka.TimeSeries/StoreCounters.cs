using Toka.Core.Series;
using Toka.Core.Telemetry;

namespace Toka.TimeSeries;

/// <summary>The store's counters, fetched once.</summary>
internal sealed class StoreCounters(SelfMetrics metrics)
{
    private readonly SelfCounter _accepted = metrics.Counter("toka_store_samples_total", "Samples stored.");
    private readonly SelfCounter _conflicting = metrics.Dropped("metrics", "conflicting");
    private readonly SelfCounter _tooOld = metrics.Dropped("metrics", "too_old");
    private readonly SelfCounter _future = metrics.Dropped("metrics", "too_far_in_future");
    private readonly SelfCounter _limit = metrics.Dropped("metrics", "series_limit");
    private readonly SelfCounter _unstorable = metrics.Dropped("metrics", "bad_histogram");

    /// <summary>Exemplars.</summary>
    public SideCounters Exemplars { get; } = new(metrics, "exemplars", "toka_store_exemplars_total", "Exemplars stored.");

    /// <summary>Counters' begins.</summary>
    public SideCounters Created { get; } = new(metrics, "created", "toka_store_created_total", "Begins of counters stored; one that is known already is none.");

    /// <summary>Samples dropped for memory.</summary>
    public SelfCounter MemoryLimit { get; } = metrics.Dropped("metrics", "memory_limit");

    /// <summary>Syncs of the log.</summary>
    public SelfCounter Syncs { get; } = metrics.Counter("toka_wal_syncs_total", "Times that the log was put on the disk.");

    /// <summary>Syncs that failed.</summary>
    public SelfCounter SyncErrors { get; } = metrics.Counter("toka_wal_sync_errors_total", "Times that putting the log on the disk failed.");

    /// <summary>Writes that failed.</summary>
    public SelfCounter WriteErrors { get; } = metrics.Counter("toka_wal_write_errors_total", "Writes to the log that failed; nothing of them was acknowledged.");

    /// <summary>Bytes cut off.</summary>
    public SelfCounter Truncated { get; } = metrics.Counter("toka_wal_truncated_bytes_total", "Bytes cut off the end of the log behind its last good record.");

    /// <summary>Bytes not read.</summary>
    public SelfCounter Unreadable { get; } = metrics.Counter("toka_wal_unreadable_bytes_total", "Bytes of earlier log segments behind a bad record.");

    /// <summary>Seals that succeeded.</summary>
    public SelfCounter Seals { get; } = metrics.Counter("toka_store_seals_total", "Times that samples were moved from memory to blocks.");

    /// <summary>Seals that failed.</summary>
    public SelfCounter SealErrors { get; } = metrics.Counter("toka_store_seal_errors_total", "Times that moving samples from memory to blocks, or noting it, failed; nothing is lost by it.");

    /// <summary>Samples sealed.</summary>
    public SelfCounter SealedSamples { get; } = metrics.Counter("toka_store_sealed_samples_total", "Samples moved from memory to blocks.");

    /// <summary>Maintenance that failed.</summary>
    public SelfCounter MaintenanceErrors { get; } = metrics.Counter("toka_store_maintenance_errors_total", "Times that the store's maintenance failed unexpectedly.");

    /// <summary>Chunks that could not be read.</summary>
    public SelfCounter DamagedChunks { get; } = metrics.Counter("toka_store_damaged_chunks_total", "Times that a damaged part of a block was passed over when it was read.");

    /// <summary>Counts a batch.</summary>
    public void Count(in WriteResult result)
    {
        _accepted.Add(result.Accepted);
        _conflicting.Add(result.Conflicting);
        _tooOld.Add(result.TooOld);
        _future.Add(result.TooFarInFuture);
        _limit.Add(result.OverSeriesLimit);
        _unstorable.Add(result.Unstorable);
        MemoryLimit.Add(result.OverMemory);
    }
}
