namespace Toka.Query.PromQL.Ast;

/// <summary>Walks over expressions.</summary>
public static class ExprWalker
{
    /// <summary>All nodes of an expression, each before the ones below it.</summary>
    /// <param name="root">The expression.</param>
    public static IEnumerable<Expr> Nodes(Expr root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Walk(root, static node => node.Children);
    }

    /// <summary>The selectors of an expression, in the order of the text; not the labels in braces that <c>info</c> takes.</summary>
    /// <param name="root">The expression.</param>
    public static IEnumerable<VectorSelector> Selectors(Expr root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Walk(root, Evaluated).OfType<VectorSelector>();
    }

    /// <summary>The nodes right below a node that have a value of their own: all but the labels in braces that <c>info</c> takes.</summary>
    internal static IReadOnlyList<Expr> Evaluated(Expr node) => node is CallExpr { LabelSelectorArgument: >= 0 } call
        ? [.. call.Arguments.Where((_, i) => i != call.LabelSelectorArgument)]
        : node.Children;

    /// <summary>The expression without the parentheses around it.</summary>
    /// <param name="expression">The expression.</param>
    public static Expr WithoutParens(Expr expression)
    {
        while (expression is ParenExpr paren)
        {
            expression = paren.Inner;
        }

        return expression;
    }

    private static IEnumerable<Expr> Walk(Expr root, Func<Expr, IReadOnlyList<Expr>> below)
    {
        var open = new Stack<Expr>();
        open.Push(root);
        while (open.TryPop(out var node))
        {
            yield return node;
            var children = below(node);
            for (var i = children.Count - 1; i >= 0; i--)
            {
                open.Push(children[i]);
            }
        }
    }
}
