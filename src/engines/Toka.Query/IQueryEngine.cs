using Toka.Query.Results;

namespace Toka.Query;

/// <summary>Answers PromQL. Thread-safe.</summary>
public interface IQueryEngine
{
    /// <summary>Evaluates an expression.</summary>
    /// <param name="request">The expression, its times, and what else is wanted.</param>
    /// <param name="cancellationToken">Ends the evaluation at once.</param>
    /// <returns>The answer; a range query's value is a <see cref="MatrixValue"/>.</returns>
    /// <exception cref="QueryException">The expression is wrong, cannot be evaluated, or reached a limit.</exception>
    ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken);
}

/// <summary>The two common questions.</summary>
public static class QueryEngineExtensions
{
    /// <summary>Evaluates an expression at one moment.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="expression">PromQL.</param>
    /// <param name="timeMs">The moment, ms since the Unix epoch.</param>
    /// <param name="cancellationToken">Ends the evaluation at once.</param>
    /// <exception cref="QueryException">The expression is wrong, cannot be evaluated, or reached a limit.</exception>
    public static ValueTask<QueryResult> InstantAsync(this IQueryEngine engine, string expression, long timeMs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.RunAsync(QueryRequest.Instant(expression, timeMs), cancellationToken);
    }

    /// <summary>Evaluates an expression at each step of a time range.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="expression">PromQL that gives a scalar or an instant vector.</param>
    /// <param name="startMs">The first moment, ms since the Unix epoch.</param>
    /// <param name="endMs">No step lies behind this moment.</param>
    /// <param name="stepMs">The distance of two steps in ms, above 0.</param>
    /// <param name="cancellationToken">Ends the evaluation at once.</param>
    /// <returns>A <see cref="MatrixValue"/>.</returns>
    /// <exception cref="QueryException">The expression is wrong, cannot be evaluated, or reached a limit.</exception>
    public static ValueTask<QueryResult> RangeAsync(
        this IQueryEngine engine, string expression, long startMs, long endMs, long stepMs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.RunAsync(QueryRequest.Range(expression, startMs, endMs, stepMs), cancellationToken);
    }
}
