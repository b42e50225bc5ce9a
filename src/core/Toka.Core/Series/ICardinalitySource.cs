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
    IReadOnlyList<CardinalityCount> Pairs);

/// <summary>An entry of a <see cref="CardinalityReport"/>.</summary>
/// <param name="Name">What is counted.</param>
/// <param name="Count">How often.</param>
public readonly record struct CardinalityCount(string Name, long Count);
