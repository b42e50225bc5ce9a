using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Cli.Querying;

/// <summary>Reads the series selectors that a person types.</summary>
internal static class Selectors
{
    /// <summary>Reads a selector such as <c>up{job="node"}</c>.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="option">The option it was typed for, to be named in the error.</param>
    /// <exception cref="BadInputException">It is none, or it has a time of its own.</exception>
    public static IReadOnlyList<LabelMatcher> Parse(string text, string option)
    {
        try
        {
            return PromQlParser.Parse(text) is VectorSelector selector && selector.Modifier == default
                ? selector.Matchers
                : throw new BadInputException($"{option}: '{text}' is not a series selector such as up{{job=\"node\"}}");
        }
        catch (QueryException e)
        {
            throw new BadInputException($"{option}: {e.Message}");
        }
    }
}
