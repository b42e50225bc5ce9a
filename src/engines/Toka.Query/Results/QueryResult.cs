using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Query.Results;

/// <summary>The answer to a query.</summary>
/// <param name="Value">The value.</param>
/// <param name="Warnings">What may make the answer wrong or incomplete, a sentence each.</param>
/// <param name="Infos">What is worth knowing about it, a sentence each.</param>
/// <param name="Statistics">What it cost.</param>
public sealed record QueryResult(
    QueryValue Value, IReadOnlyList<string> Warnings, IReadOnlyList<string> Infos, QueryStatistics Statistics);

/// <summary>What a query cost.</summary>
/// <param name="Series">Series that its selectors found.</param>
/// <param name="Samples">Samples decoded.</param>
/// <param name="Elapsed">Time from the expression's arrival to the answer.</param>
public sealed record QueryStatistics(long Series, long Samples, TimeSpan Elapsed)
{
    /// <summary>The most points that the query held in memory at once; a histogram counts as its buckets.</summary>
    public long PeakPoints { get; init; }

    /// <summary>What each part cost; null where it was not asked for.</summary>
    public QueryProfile? Profile { get; init; }
}

/// <summary>One of PromQL's four kinds of value.</summary>
public abstract record QueryValue;

/// <summary>One number at one time.</summary>
/// <param name="TimestampMs">Ms since the Unix epoch.</param>
/// <param name="Value">The number.</param>
public sealed record ScalarValue(long TimestampMs, double Value) : QueryValue;

/// <summary>A text at one time.</summary>
/// <param name="TimestampMs">Ms since the Unix epoch.</param>
/// <param name="Value">The text.</param>
public sealed record StringValue(long TimestampMs, string Value) : QueryValue;

/// <summary>An instant vector: one sample a series, all at the query's time.</summary>
/// <param name="Samples">The samples, in the order that the query gives (by <c>sort</c>, else by no promise).</param>
public sealed record VectorValue(IReadOnlyList<VectorSample> Samples) : QueryValue;

/// <summary>One sample of an instant vector.</summary>
/// <param name="Labels">The labels.</param>
/// <param name="TimestampMs">Ms since the Unix epoch.</param>
/// <param name="Value">The value; without meaning where there is a histogram.</param>
/// <param name="Histogram">The native histogram; null for a number.</param>
public readonly record struct VectorSample(LabelSet Labels, long TimestampMs, double Value, NativeHistogram? Histogram = null);

/// <summary>A range vector, or the answer of a range query: columns of samples, ordered by labels.</summary>
/// <param name="Series">The series; none is without samples.</param>
public sealed record MatrixValue(IReadOnlyList<MatrixSeries> Series) : QueryValue;

/// <summary>One series of a matrix: two columns of the same length, and two more for native histograms.</summary>
/// <param name="Labels">The labels.</param>
/// <param name="Timestamps">Ms since the Unix epoch, ascending.</param>
/// <param name="Values">The values, one for each time.</param>
public sealed record MatrixSeries(LabelSet Labels, ReadOnlyMemory<long> Timestamps, ReadOnlyMemory<double> Values)
{
    /// <summary>The times of <see cref="Histograms"/>, ms since the Unix epoch, ascending; none of them is among <see cref="Timestamps"/>.</summary>
    public ReadOnlyMemory<long> HistogramTimestamps { get; init; }

    /// <summary>The native histograms, one for each time.</summary>
    public ReadOnlyMemory<NativeHistogram> Histograms { get; init; }
}
