using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <summary>
/// Reads series. An app's ring, the embedded store and a later cluster implement it; the query engine knows nothing else.
/// Implementations are thread-safe.
/// </summary>
public interface ISeriesReader
{
    /// <summary>Finds the series which match and may have samples in the request's time range.</summary>
    /// <param name="request">What to find.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The series, ordered by labels. The caller disposes the set.</returns>
    /// <exception cref="Errors.LimitExceededException">More series match than the request allows.</exception>
    ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken);

    /// <summary>Names of labels, ascending, from the index.</summary>
    /// <param name="request">Of which series; no matchers means of all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken);

    /// <summary>Values of one label, ascending, from the index.</summary>
    /// <param name="name">The label's name.</param>
    /// <param name="request">Of which series; no matchers means of all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken);

    /// <summary>What is known of metric families, ordered by name.</summary>
    /// <param name="family">One family's name, or null for all.</param>
    /// <param name="limit">The most to return; 0 means all.</param>
    IReadOnlyList<MetricMetadata> Metadata(string? family, int limit);
}

/// <summary>What to select, and hints that let a store read less.</summary>
public sealed record SelectRequest
{
    /// <summary>All of these must match. Empty selects every series.</summary>
    public IReadOnlyList<LabelMatcher> Matchers { get; init; } = [];

    /// <summary>The first moment wanted, in ms since the Unix epoch, inclusive.</summary>
    public required long FromMs { get; init; }

    /// <summary>The last moment wanted, in ms since the Unix epoch, inclusive.</summary>
    public required long ToMs { get; init; }

    /// <summary>A hint: the query's step in ms; 0 for an instant query.</summary>
    public long StepMs { get; init; }

    /// <summary>A hint: the range in ms that the function below looks at; 0 for none.</summary>
    public long RangeMs { get; init; }

    /// <summary>A hint: the function that consumes the samples, such as <c>rate</c>; empty for none.</summary>
    public string Function { get; init; } = "";

    /// <summary>
    /// A hint: raw samples are wanted wherever they are kept, however long the step. Default false: the store may answer from
    /// summaries where the other hints allow it.
    /// </summary>
    public bool PrefersRaw { get; init; }

    /// <summary>The most series (or names, or values) to return; 0 means no limit of the request's own.</summary>
    public int Limit { get; init; }

    /// <summary>
    /// Whether a selection of more series than <see cref="Limit"/> is cut to so many, whichever these are, instead of refused:
    /// for lists that people look at. A store then looks at no more series than it takes. Default false.
    /// </summary>
    public bool IsCutAtLimit { get; init; }
}
