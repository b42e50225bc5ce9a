using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web;

/// <summary>Reads selectors with PromQL's own parser, as the server does.</summary>
internal sealed class PromQlSelectors : ISelectorParser
{
    public IReadOnlyList<LabelMatcher> Parse(string selector) => PromQlParser.Parse(selector) is VectorSelector vector
        ? vector.Matchers
        : throw new Core.Errors.BadInputException($"{selector} is not a selector");
}
