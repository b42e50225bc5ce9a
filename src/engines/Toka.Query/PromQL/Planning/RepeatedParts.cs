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
    private readonly Dictionary<(string Text, string Steps, HistogramNeed Need), (int Part, Expr First)> _seen = [];

    private RepeatedParts()
    {
    }

    public static RepeatedParts Find(Expr root)
    {
        var parts = new RepeatedParts();
        if (root.Position.End - root.Position.Start <= ExpressionLengthMax && root.Children.Count > 0)
        {
            parts.Look(root, "", HistogramNeed.All);
        }

        return parts;
    }

    /// <summary>The number of the part that a node is, the same for all that are alike; −1 where it stands there once.</summary>
    public int PartOf(Expr expression) => _partOf.GetValueOrDefault(expression, -1);

    /// <summary>Looks at a node, and below it where it was not seen before.</summary>
    /// <param name="expression">The node.</param>
    /// <param name="steps">The subqueries around it: their steps are its.</param>
    /// <param name="need">What is needed of its native histograms: it can be another value where that is less.</param>
    private void Look(Expr expression, string steps, HistogramNeed need)
    {
        if (expression is ParenExpr paren)
        {
            Look(paren.Inner, steps, need);
            return;
        }

        if (expression.Type == ExprType.InstantVector)
        {
            // Printed, two parts are alike exactly where they mean the same: the printer leaves nothing out.
            var key = (expression.ToString(), steps, need);
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
        foreach (var child in expression.Children)
        {
            Look(child, inside, HistogramNeeds.Inside(expression, need));
        }
    }
}
