using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Planning;

/// <summary>Which functions an anchored or smoothed selector has a meaning for.</summary>
internal static class SelectorModes
{
    // Ordered by name, as messages list them.
    private static readonly string[] OfAnchored = ["changes", "delta", "increase", "rate", "resets"];
    private static readonly string[] OfSmoothed = ["delta", "increase", "rate"];

    public static void Check(Expr root)
    {
        if (root is VectorSelector selector)
        {
            CheckInstant(selector);
        }

        foreach (var node in ExprWalker.Nodes(root))
        {
            foreach (var child in node.Children)
            {
                if (node is CallExpr call && ExprWalker.WithoutParens(child) is MatrixSelector matrix)
                {
                    CheckFunction(call, matrix);
                }

                if (child is VectorSelector inner && node is not MatrixSelector)
                {
                    CheckInstant(inner);
                }
            }
        }
    }

    private static void CheckInstant(VectorSelector selector)
    {
        if (selector.Mode == SelectorMode.Anchored)
        {
            throw QueryContext.Fail("anchored modifier can only be used with a range; an instant vector has no beginning", selector);
        }
    }

    private static void CheckFunction(CallExpr call, MatrixSelector matrix)
    {
        var allowed = matrix.Selector.Mode switch
        {
            SelectorMode.Anchored => OfAnchored,
            SelectorMode.Smoothed => OfSmoothed,
            _ => null,
        };
        if (allowed is not null && !allowed.Contains(call.Function, StringComparer.Ordinal))
        {
            var mode = matrix.Selector.Mode == SelectorMode.Anchored ? "anchored" : "smoothed";
            throw QueryContext.Fail($"{mode} modifier can only be used with: {string.Join(", ", allowed)} - not with {call.Function}", matrix);
        }
    }
}
