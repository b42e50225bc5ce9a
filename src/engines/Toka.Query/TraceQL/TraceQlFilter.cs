using Toka.Core.Searching;
using Toka.Query.Results;
using Toka.Query.TraceQL.Parsing;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL;

/// <summary>TraceQL that looks at one span at a time: what can be asked of spans as they come.</summary>
public static class TraceQlFilter
{
    /// <summary>The condition that a query puts on each span.</summary>
    /// <param name="query">A filter, such as <c>{ status = error &amp;&amp; duration > 100ms }</c>.</param>
    /// <exception cref="QueryException">The query is wrong, or looks at more than one span.</exception>
    public static Condition Parse(string query)
    {
        var parsed = TraceQlParser.Parse(query);
        return (parsed.Metrics is null ? SearchPlan.Of(parsed.Spans).ExactSpans : null)
            ?? throw new QueryException(QueryErrorType.BadData, "the query looks at more than one span at a time; write a filter of one span, such as { status = error }");
    }
}
