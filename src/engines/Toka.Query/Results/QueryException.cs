using Toka.Core.Errors;

namespace Toka.Query.Results;

/// <summary>What kind of failure a query ended with; the names of Prometheus's HTTP API in lower snake case.</summary>
public enum QueryErrorType
{
    /// <summary><c>bad_data</c>: the expression or a parameter is wrong.</summary>
    BadData,

    /// <summary><c>execution</c>: the expression cannot be evaluated on this data, or a limit was reached.</summary>
    Execution,

    /// <summary><c>timeout</c>: it took longer than it may.</summary>
    Timeout,

    /// <summary><c>canceled</c>: whoever asked went away.</summary>
    Canceled,
}

/// <summary>A query that cannot be answered, for a reason that lies in the query or in the data it met.</summary>
/// <param name="type">The kind of failure.</param>
/// <param name="message">What was wrong and what to do.</param>
/// <param name="position">Where in the expression, in characters from 0; −1 where that says nothing.</param>
public sealed class QueryException(QueryErrorType type, string message, int position = -1) : BadInputException(message)
{
    /// <summary>The kind of failure.</summary>
    public QueryErrorType Type { get; } = type;

    /// <summary>Where in the expression, in characters from 0; −1 where that says nothing.</summary>
    public int Position { get; } = position;

    /// <summary>The limit that was reached, by its key in the configuration's section <c>query</c>, such as <c>samples_max</c>; null for any other failure.</summary>
    public string? Limit { get; init; }

    /// <summary>Whether somebody else than its caller ended the query.</summary>
    public bool IsByRequest { get; init; }
}
