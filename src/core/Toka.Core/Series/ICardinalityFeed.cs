namespace Toka.Core.Series;

/// <summary>Says where series come from now and came from before. Thread-safe.</summary>
public interface ICardinalityFeed
{
    /// <summary>The largest counts now, and what they were at another moment.</summary>
    /// <param name="limit">The most entries of each kind; positive.</param>
    /// <param name="sinceMs">The moment to compare with, ms since the Unix epoch.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<CardinalityGrowth> CompareAsync(int limit, long sinceMs, CancellationToken cancellationToken);
}

/// <summary>Where series come from now, and came from before.</summary>
/// <param name="Series">Series now.</param>
/// <param name="LabelPairs">Different label pairs now.</param>
/// <param name="RecordedAtMs">When the counts before were recorded, ms since the Unix epoch; null where there are none.</param>
/// <param name="Entries">The counts, kind by kind, the largest first.</param>
public sealed record CardinalityGrowth(long Series, long LabelPairs, long? RecordedAtMs, IReadOnlyList<CardinalityEntry> Entries)
{
    /// <summary>New series of each job, the most of this hour first. Default none.</summary>
    public IReadOnlyList<JobChurn> Churn { get; init; } = [];
}

/// <summary>One count now and before.</summary>
/// <param name="By"><c>metric</c>, <c>job</c>, <c>pair</c> (series), or <c>label</c> (different values).</param>
/// <param name="Name">The metric, job, pair (<c>name=value</c>) or label.</param>
/// <param name="Count">How many now.</param>
/// <param name="Before">How many before; null where it was not among the largest then.</param>
public readonly record struct CardinalityEntry(string By, string Name, long Count, long? Before);
