using System.Globalization;
using System.Text;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>
/// Fixes the selectors of a query to a moment by <c>@</c>, and names other times at which it must give the same then.
/// </summary>
internal static class FixedSelectors
{
    /// <summary>Their values differ with the time of the query though their arguments do not.</summary>
    private static readonly string[] UnsafeFunctions =
    [
        "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year", "predict_linear", "time",
        "timestamp", "start", "end",
    ];

    /// <summary>The same query for other times; none where a function of it looks at the time.</summary>
    public static IEnumerable<(string Expression, long TimeMs)> Variants(string expression, long timeMs)
    {
        Expr root;
        try
        {
            root = PromQlParser.Parse(expression, ScriptRunner.Options);
        }
        catch (QueryException)
        {
            // The query itself says so.
            return [];
        }

        var edits = new List<Edit>();
        if (!TryFix(root, expression, edits))
        {
            return [];
        }

        var changed = Apply(expression, edits, string.Create(CultureInfo.InvariantCulture, $" @ {timeMs / 1000m:0.000}"));
        long[] times = timeMs == 0 ? [-1000, 0, 1000] : [-10 * timeMs, 0, timeMs / 5, timeMs, 10 * timeMs];
        return times.Select(time => (changed, time));
    }

    /// <summary>
    /// Collects the places of a node and below it. What lies within a subquery goes with the subquery.
    /// </summary>
    private static bool TryFix(Expr node, string expression, List<Edit> edits)
    {
        var modifier = node switch
        {
            VectorSelector selector => selector.Modifier,
            MatrixSelector matrix => matrix.Selector.Modifier,
            SubqueryExpr subquery => subquery.Modifier,
            _ => (TimeModifier?)null,
        };
        if (modifier is { } given)
        {
            if (given.At != AtKind.Timestamp)
            {
                edits.Add(given.At == AtKind.None ? new Edit(node.Position.End, node.Position.End) : PlaceOfAt(node, expression));
            }

            return true;
        }

        if (node is CallExpr call && UnsafeFunctions.Contains(call.Function, StringComparer.Ordinal))
        {
            return false;
        }

        foreach (var child in ExprWalker.Evaluated(node))
        {
            if (!TryFix(child, expression, edits))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The place of <c>@ start()</c> or <c>@ end()</c>: the last one of the node, as those of a subquery's inside come before.</summary>
    private static Edit PlaceOfAt(Expr node, string expression)
    {
        var tokens = Lexer.Tokenize(expression);
        var at = tokens.FindLastIndex(token => token.Kind == TokenKind.At && token.Start >= node.Position.Start && token.End <= node.Position.End);
        return new Edit(tokens[at].Start, tokens[at + 3].End);
    }

    private static string Apply(string expression, List<Edit> edits, string at)
    {
        var text = new StringBuilder();
        var copied = 0;
        foreach (var edit in edits.OrderBy(static edit => edit.Start))
        {
            text.Append(expression, copied, edit.Start - copied).Append(at);
            copied = edit.End;
        }

        return text.Append(expression, copied, expression.Length - copied).ToString();
    }

    private readonly record struct Edit(int Start, int End);
}
