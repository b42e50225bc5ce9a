namespace Toka.Query.PromQL.Ast;

/// <summary>Walks over expressions.</summary>
public static class ExprWalker
{
    /// <summary>All nodes of an expression, each before the ones below it.</summary>
    /// <param name="root">The expression.</param>
    public static IEnumerable<Expr> Nodes(Expr root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Walk(root);

        static IEnumerable<Expr> Walk(Expr root)
        {
            var open = new Stack<Expr>();
            open.Push(root);
            while (open.TryPop(out var node))
            {
                yield return node;
                for (var i = node.Children.Count - 1; i >= 0; i--)
                {
                    open.Push(node.Children[i]);
                }
            }
        }
    }

    /// <summary>The selectors of an expression, in the order of the text.</summary>
    /// <param name="root">The expression.</param>
    public static IEnumerable<VectorSelector> Selectors(Expr root) => Nodes(root).OfType<VectorSelector>();

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
}
