namespace Toka.Core.Series;

/// <summary>Says which names and labels the series of a store come from. Thread-safe.</summary>
public interface ICardinalitySource
{
    /// <summary>Counts the series that are written at present.</summary>
    /// <param name="limit">The most entries of each list; positive.</param>
    CardinalityReport Cardinality(int limit);
}

/// <summary>Where series come from, the largest first. A list that was cut has as many entries as were asked for.</summary>
/// <param name="Series">Series in all.</param>
/// <param name="LabelPairs">Different pairs of name and value.</param>
/// <param name="Metrics">Series of each metric name.</param>
/// <param name="Jobs">Series of each value of <c>job</c>.</param>
/// <param name="Labels">Different values of each label name.</param>
/// <param name="Pairs">Series that have a pair of label name and value, as <c>name=value</c>; without metric names and jobs.</param>
public sealed record CardinalityReport(
    long Series,
    long LabelPairs,
    IReadOnlyList<CardinalityCount> Metrics,
    IReadOnlyList<CardinalityCount> Jobs,
    IReadOnlyList<CardinalityCount> Labels,
    IReadOnlyList<CardinalityCount> Pairs)
{
    /// <summary>New series of each job, the most of this hour first. Default none.</summary>
    public IReadOnlyList<JobChurn> Churn { get; init; } = [];

    /// <summary>Bytes of the different values of each label name; each value is kept once, however many series have it. Default none.</summary>
    public IReadOnlyList<CardinalityCount> LabelBytes { get; init; } = [];

    /// <summary>Chunks of samples in memory. Default 0.</summary>
    public long Chunks { get; init; }

    /// <summary>The oldest moment that samples in memory are from, ms since the Unix epoch; null where there are none.</summary>
    public long? OldestMs { get; init; }

    /// <summary>The newest sample's time in memory, ms since the Unix epoch; null where there are none.</summary>
    public long? NewestMs { get; init; }
}

/// <summary>New series of a job, counted since the process began; hours and days are those of UTC.</summary>
/// <param name="Job">The value of <c>job</c>; empty for series without one.</param>
/// <param name="Hour">New series since the hour began.</param>
/// <param name="Day">New series since the day began.</param>
/// <param name="Refused">Samples of further new series refused since the day began.</param>
/// <param name="TopMetric">The metric that most of this hour's are of; null where there is none.</param>
public readonly record struct JobChurn(string Job, int Hour, int Day, long Refused, string? TopMetric);

/// <summary>That a sample of a new series was refused by a limit.</summary>
/// <param name="Reason">Which limit, and who made most of the series; without a full stop.</param>
/// <param name="AtMs">When, ms since the Unix epoch.</param>
public sealed record SeriesRefusal(string Reason, long AtMs);

/// <summary>An entry of a <see cref="CardinalityReport"/>.</summary>
/// <param name="Name">What is counted.</param>
/// <param name="Count">How often.</param>
public readonly record struct CardinalityCount(string Name, long Count);
