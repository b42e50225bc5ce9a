using Toka.Query.Results;

namespace Toka.Query;

/// <summary>Answers PromQL. Thread-safe.</summary>
public interface IQueryEngine
{
    /// <summary>
    /// The same engine, reading raw samples wherever they are kept instead of summaries of them. An engine that reads nothing
    /// but raw samples is its own.
    /// </summary>
    IQueryEngine PreferringRaw => this;

    /// <summary>Evaluates an expression at one moment.</summary>
    /// <param name="expression">PromQL.</param>
    /// <param name="timeMs">The moment, ms since the Unix epoch.</param>
    /// <param name="cancellationToken">Ends the evaluation at once.</param>
    /// <exception cref="QueryException">The expression is wrong, cannot be evaluated, or reached a limit.</exception>
    ValueTask<QueryResult> InstantAsync(string expression, long timeMs, CancellationToken cancellationToken);

    /// <summary>Evaluates an expression at each step of a time range.</summary>
    /// <param name="expression">PromQL that gives a scalar or an instant vector.</param>
    /// <param name="startMs">The first moment, ms since the Unix epoch.</param>
    /// <param name="endMs">No step lies behind this moment.</param>
    /// <param name="stepMs">The distance of two steps in ms, above 0.</param>
    /// <param name="cancellationToken">Ends the evaluation at once.</param>
    /// <returns>A <see cref="MatrixValue"/>.</returns>
    /// <exception cref="QueryException">The expression is wrong, cannot be evaluated, or reached a limit.</exception>
    ValueTask<QueryResult> RangeAsync(string expression, long startMs, long endMs, long stepMs, CancellationToken cancellationToken);
}
