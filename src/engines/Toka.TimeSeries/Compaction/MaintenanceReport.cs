using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Compaction;

/// <summary>What a round of maintenance did.</summary>
internal sealed record MaintenanceReport
{
    /// <summary>Blocks that were merged or split.</summary>
    public int Merged { get; set; }

    /// <summary>Blocks that were written anew without series that are past.</summary>
    public int Rewritten { get; set; }

    /// <summary>Days that were summarised.</summary>
    public int Summarised { get; set; }

    /// <summary>Blocks that were deleted: past, or to make room.</summary>
    public int Deleted { get; set; }

    /// <summary>Things that failed; they are tried again.</summary>
    public int Errors { get; set; }

    /// <summary>Blocks that were found to be damaged.</summary>
    public int Damaged { get; set; }

    /// <summary>Whether a job was done, or found not to be one: there may be another one at once.</summary>
    public bool MayHaveMore => Merged + Rewritten + Summarised + Damaged > 0;
}

/// <summary>What deleting series did.</summary>
/// <param name="Blocks">Blocks that were written anew or deleted.</param>
/// <param name="Series">Series of those blocks that lost samples; a series counts once for each block.</param>
/// <param name="Samples">Samples that are gone, summaries included.</param>
internal sealed record DeletionReport(int Blocks, int Series, long Samples);

/// <summary>What the maintenance needs of the store around it.</summary>
internal sealed record MaintenanceHooks
{
    /// <summary>Bytes of what takes room in the store's directory and is no block: the log, damaged blocks that were set aside. Default none.</summary>
    public Func<long> LogBytes { get; init; } = static () => 0;

    /// <summary>Told a sentence about what was deleted, what failed, what conflicted; must not throw. Default none.</summary>
    public Action<string> Log { get; init; } = static _ => { };

    /// <summary>Told the first and the last time of each raw block that is deleted to make room, before it goes; must not throw. Default none.</summary>
    public Action<long, long> Freeing { get; init; } = static (_, _) => { };

    /// <summary>Told the finding when the disk becomes full, and null when it has room again; must not throw. Default none.</summary>
    public Action<string?>? PressureChanged { get; init; }

    /// <summary>Writes summaries; none are written without it.</summary>
    public TierBuilder? Tiers { get; init; }

    /// <summary>Merges histograms, exemplars and created timestamps; without it blocks that need it are left as they are.</summary>
    public IPayloadMerger Payloads { get; init; } = new NoPayloadMerger();

    /// <summary>The clock of waiting times; retention goes by the time given to each round. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Copies what needs no merging; refuses the rest, so that nothing is lost.</summary>
    private sealed class NoPayloadMerger : IPayloadMerger
    {
        public MergedPayloads Merge(Blocks.ChunkKind kind, IReadOnlyList<byte[]> payloads, long fromMs, long toMs) =>
            throw new NotSupportedException($"chunks of the kind {kind} cannot be merged: no merger of their payloads was given");
    }
}
