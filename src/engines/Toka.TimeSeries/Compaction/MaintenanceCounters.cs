using Toka.Core.Telemetry;

namespace Toka.TimeSeries.Compaction;

/// <summary>What the maintenance counts, fetched once.</summary>
internal sealed class MaintenanceCounters(SelfMetrics metrics)
{
    private const string DeletedHelp = "Samples deleted from blocks, summaries included, by reason.";

    private readonly Dictionary<string, SelfCounter> _deleted = new[] { "retention", "size_cap", "disk_full", "deleted" }.ToDictionary(
        static reason => reason, reason => metrics.Counter("toka_store_deleted_samples_total", DeletedHelp, ("reason", reason)), StringComparer.Ordinal);

    /// <summary>Blocks merged.</summary>
    public SelfCounter Merged { get; } = metrics.Counter("toka_store_merged_blocks_total", "Blocks that were merged into others.");

    /// <summary>Days summarised.</summary>
    public SelfCounter SummarisedDays { get; } = metrics.Counter("toka_store_summarised_days_total", "Days that were summarised, again where late samples came.");

    /// <summary>Conflicts met while merging.</summary>
    public SelfCounter Conflicts { get; } =
        metrics.Counter("toka_store_conflicts_total", "Samples that compaction dropped because another value, written earlier, stood at their time.");

    /// <summary>Failures.</summary>
    public SelfCounter Errors { get; } = metrics.Counter("toka_store_maintenance_errors_total", "Things that failed in the maintenance of blocks; they are tried again.");

    /// <summary>Counts deleted samples.</summary>
    public void Deleted(string reason, long samples) => _deleted[reason].Add(samples);

    /// <summary>A reason as a clause.</summary>
    public static string WordsFor(string reason) => reason switch
    {
        "retention" => "it is older than is kept",
        "size_cap" => "the store reached its size cap",
        "disk_full" => "the disk is full",
        _ => "their deletion was asked for",
    };
}
