using Toka.Core.Labels;
using Toka.Query;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Web.Prometheus;

/// <summary>Reads series selectors with PromQL's own parser. Thread-safe.</summary>
/// <param name="language">The language in force.</param>
public sealed class SelectorParser(Func<QueryOptions> language) : ISelectorParser
{
    /// <inheritdoc/>
    public IReadOnlyList<LabelMatcher> Parse(string selector)
    {
        if (PromQlParser.Parse(selector, language()) is not VectorSelector vector)
        {
            throw new QueryException(QueryErrorType.BadData, $"a series selector is wanted, such as up{{job=\"node\"}}, not {selector}");
        }

        return vector.Modifier == default && vector.Mode == default
            ? vector.Matchers
            : throw new QueryException(QueryErrorType.BadData, $"a series selector is wanted, without offset, @ and other modifiers, not {selector}");
    }
}
