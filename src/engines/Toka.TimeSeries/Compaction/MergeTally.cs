namespace Toka.TimeSeries.Compaction;

/// <summary>What a merge did with the samples that it read: nothing is lost without being counted here.</summary>
internal sealed class MergeTally
{
    /// <summary>Samples of the inputs within the span that was written.</summary>
    public long Read { get; set; }

    /// <summary>Samples in the output.</summary>
    public long Written { get; set; }

    /// <summary>Of those, samples in chunks that were copied as they were.</summary>
    public long Copied { get; set; }

    /// <summary>Samples that were there once more with the same value.</summary>
    public long Duplicates { get; set; }

    /// <summary>Samples left out because another value, written earlier, stands at their time.</summary>
    public long Conflicts { get; set; }

    /// <summary>Samples left out because they were to be removed.</summary>
    public long Removed { get; set; }

    /// <summary>The first conflict: series and time, in words; null where there was none.</summary>
    public string? FirstConflict { get; set; }

    /// <summary>Whether every sample read is accounted for.</summary>
    public bool IsBalanced => Read == Written + Duplicates + Conflicts + Removed;

    /// <summary>Adds another tally's counts.</summary>
    public void Add(MergeTally other)
    {
        Read += other.Read;
        Written += other.Written;
        Copied += other.Copied;
        Duplicates += other.Duplicates;
        Conflicts += other.Conflicts;
        Removed += other.Removed;
        FirstConflict ??= other.FirstConflict;
    }
}
