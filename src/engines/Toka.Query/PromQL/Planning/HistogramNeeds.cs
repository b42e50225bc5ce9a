using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Planning;

/// <summary>What is needed of the native histograms that a part of an expression gives.</summary>
internal enum HistogramNeed
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>Count and sum: they go into <c>histogram_count</c> or one of its kin.</summary>
    Statistics,

    /// <summary>All of them, whatever is inside: what looks at buckets, or chooses samples anew, is around it.</summary>
    AllForGood,
}

/// <summary>
/// The selectors whose histograms need no buckets, because <c>histogram_count</c>, <c>histogram_sum</c> or
/// <c>histogram_avg</c> is around them and nothing that looks at buckets.
/// </summary>
/// <remarks>
/// Source: Prometheus 3, <c>detectHistogramStatsDecoding</c>. More than a saving: resets are then found between neighbouring
/// samples of the series, and a sum of series that disagree about them says so.
/// </remarks>
internal static class HistogramNeeds
{
    public static HashSet<Expr> StatisticsOnly(Expr root)
    {
        var found = new HashSet<Expr>(ReferenceEqualityComparer.Instance);
        Look(root, HistogramNeed.All, found);
        return found;
    }

    /// <summary>What is needed of the children of a node.</summary>
    /// <param name="expression">The node.</param>
    /// <param name="need">What is needed of the node itself.</param>
    private static HistogramNeed Inside(Expr expression, HistogramNeed need) => (expression, need) switch
    {
        (_, HistogramNeed.AllForGood) or (SubqueryExpr, _) => HistogramNeed.AllForGood,
        (BinaryExpr { IsComparison: true } or BinaryExpr { IsTrim: true }, _) => HistogramNeed.AllForGood,
        (CallExpr { Function: "histogram_quantile" or "histogram_quantiles" or "histogram_fraction" }, _) => HistogramNeed.AllForGood,
        (CallExpr { Function: "histogram_count" or "histogram_sum" or "histogram_avg" }, _) => HistogramNeed.Statistics,
        _ => need,
    };

    private static void Look(Expr expression, HistogramNeed need, HashSet<Expr> found)
    {
        switch (expression)
        {
            case VectorSelector or MatrixSelector:
                if (need == HistogramNeed.Statistics)
                {
                    found.Add(expression);
                }

                break;
            default:
                foreach (var child in expression.Children)
                {
                    Look(child, Inside(expression, need), found);
                }

                break;
        }
    }
}
