using Toka.Core.Searching;
using Toka.Query.Results;
using Toka.Query.TraceQL.Ast;
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

    /// <summary>The condition of a filter that may not be whole yet: parts that cannot be read are left out.</summary>
    /// <param name="query"><c>{ a = 1 &amp;&amp; b = }</c>; null for none.</param>
    /// <returns>What holds of every span that the filter takes, and perhaps of more.</returns>
    public static Condition OfIncomplete(string? query)
    {
        if (string.IsNullOrWhiteSpace(query))
        {
            return Condition.Always;
        }

        if (TryRead(query) is { } whole)
        {
            return whole;
        }

        var from = query.IndexOf('{', StringComparison.Ordinal) + 1;
        var to = query.LastIndexOf('}');
        var inner = query[from..(to < from ? query.Length : to)];
        return inner.Split("&&").Select(static part => TryRead($"{{{part}}}")).OfType<Condition>().Aggregate(Condition.Always, static (left, right) => left & right);
    }

    /// <summary>The field of a name: <c>span.http.url</c>, <c>.key</c>, <c>name</c>, <c>event:name</c>.</summary>
    /// <param name="name">The name as queries have it.</param>
    /// <exception cref="QueryException">It is no field's.</exception>
    public static FieldRef FieldOf(string name)
    {
        var tokens = new TokenCursor(name);
        var field = new FieldParser(tokens).ParseField();
        return tokens.Current.Kind == Lexing.TokenKind.End ? field : throw tokens.Unexpected("the end of the field's name");
    }

    private static Condition? TryRead(string query)
    {
        try
        {
            return SearchPlan.Of(TraceQlParser.Parse(query).Spans).Candidates;
        }
        catch (QueryException)
        {
            return null;
        }
    }
}
