using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Planning;

/// <summary>
/// The vectors that stand in an expression more than once, written alike, on the same steps: the largest such parts, as what is
/// inside of one is evaluated with it.
/// </summary>
internal sealed class RepeatedParts
{
    /// <summary>Longer expressions are not looked at: printing every part of a deep one costs the square of its length.</summary>
    private const int ExpressionLengthMax = 16_384;

    private readonly Dictionary<Expr, int> _partOf = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string Text, string Steps, int Bucketless), (int Part, Expr First)> _seen = [];

    private readonly IReadOnlySet<Expr> _statisticsOnly;

    private RepeatedParts(IReadOnlySet<Expr> statisticsOnly) => _statisticsOnly = statisticsOnly;

    /// <summary>Finds them.</summary>
    /// <param name="root">The expression.</param>
    /// <param name="statisticsOnly">The selectors whose histograms need no buckets.</param>
    public static RepeatedParts Find(Expr root, IReadOnlySet<Expr> statisticsOnly)
    {
        var parts = new RepeatedParts(statisticsOnly);
        if (root.Position.End - root.Position.Start <= ExpressionLengthMax && root.Children.Count > 0)
        {
            parts.Look(root, "");
        }

        return parts;
    }

    /// <summary>The number of the part that a node is, the same for all that are alike; −1 where it stands there once.</summary>
    public int PartOf(Expr expression) => _partOf.GetValueOrDefault(expression, -1);

    /// <summary>Looks at a node, and below it where it was not seen before.</summary>
    /// <param name="expression">The node.</param>
    /// <param name="steps">The subqueries around it: their steps are its.</param>
    private void Look(Expr expression, string steps)
    {
        if (expression is ParenExpr paren)
        {
            Look(paren.Inner, steps);
            return;
        }

        if (expression.Type == ExprType.InstantVector)
        {
            // Printed, two parts are alike exactly where they mean the same: the printer leaves nothing out. But what is around
            // them may say that histograms need no buckets; in one of two like parts it can only say so of more selectors.
            var key = (expression.ToString(), steps, Bucketless(expression));
            if (_seen.TryGetValue(key, out var known))
            {
                _partOf[known.First] = _partOf[expression] = known.Part;
                return;
            }

            _seen.Add(key, (_seen.Count, expression));
        }

        var inside = expression is SubqueryExpr subquery
            ? FormattableString.Invariant($"{steps}[{subquery.RangeMs}:{subquery.StepMs} {subquery.Modifier.OffsetMs} {subquery.Modifier.At} {subquery.Modifier.AtMs}]")
            : steps;
        foreach (var child in ExprWalker.Evaluated(expression))
        {
            Look(child, inside);
        }
    }

    private int Bucketless(Expr expression) =>
        _statisticsOnly.Count == 0 ? 0 : _statisticsOnly.Contains(expression) ? 1 : expression.Children.Sum(Bucketless);
}
