using System.Text;

namespace Toka.Query.PromQL.Ast;

/// <summary>
/// Writes expressions as PromQL over several lines: what is longer than a line is split, each level indented by two spaces.
/// </summary>
/// <remarks>Source: the layout of Prometheus's <c>Prettify</c>.</remarks>
internal static class ExprFormatter
{
    private const int LineMax = 100;

    public static string Format(Expr expression)
    {
        var text = new StringBuilder();
        Write(text, expression, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Expr expression, int level)
    {
        var line = expression.ToString();
        Indent(text, level);
        if (line.Length <= LineMax || !CanBeSplit(expression))
        {
            text.Append(line);
        }
        else
        {
            Split(text, expression, level);
        }
    }

    private static bool CanBeSplit(Expr expression) => expression is AggregateExpr or BinaryExpr or ParenExpr or SubqueryExpr or UnaryExpr
        || expression is CallExpr { Arguments.Count: > 0 };

    /// <summary>Writes an expression over several lines, from behind its indentation on.</summary>
    private static void Split(StringBuilder text, Expr expression, int level)
    {
        switch (expression)
        {
            case AggregateExpr aggregate:
                ExprPrinter.WriteHead(text, aggregate);
                WriteList(text, aggregate.Children, level);
                break;
            case CallExpr call:
                text.Append(call.Function);
                WriteList(text, call.Arguments, level);
                break;
            case ParenExpr paren:
                WriteList(text, [paren.Inner], level);
                break;
            case BinaryExpr binary:
                Indent(text, 1);
                WriteSides(text, binary, level);
                break;
            case SubqueryExpr subquery:
                WriteIndented(text, subquery.Inner, level);
                ExprPrinter.WriteBrackets(text, subquery);
                break;
            case UnaryExpr unary:
                text.Append(unary.IsNegative ? '-' : '+');
                WriteSigned(text, unary.Operand, level);
                break;
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is not split.");
        }
    }

    /// <summary>Like <see cref="Write"/> where the line's indentation is written already.</summary>
    private static void WriteIndented(StringBuilder text, Expr expression, int level)
    {
        var line = expression.ToString();
        if (line.Length <= LineMax || !CanBeSplit(expression))
        {
            text.Append(line);
        }
        else
        {
            Split(text, expression, level);
        }
    }

    /// <summary>A split operation would begin with blanks, which belong before its sign.</summary>
    private static void WriteSigned(StringBuilder text, Expr operand, int level)
    {
        if (operand is BinaryExpr binary)
        {
            WriteSides(text, binary, level);
        }
        else
        {
            WriteIndented(text, operand, level);
        }
    }

    /// <summary>Both sides stand one level deeper than the operator between them.</summary>
    private static void WriteSides(StringBuilder text, BinaryExpr binary, int level)
    {
        WriteIndented(text, binary.Left, level + 1);
        text.Append('\n');
        Indent(text, level);
        ExprPrinter.WriteOperator(text, binary);
        text.Append('\n');
        Write(text, binary.Right, level + 1);
    }

    private static void WriteList(StringBuilder text, IReadOnlyList<Expr> expressions, int level)
    {
        text.Append("(\n");
        for (var i = 0; i < expressions.Count; i++)
        {
            text.Append(i == 0 ? "" : ",\n");
            Write(text, expressions[i], level + 1);
        }

        text.Append('\n');
        Indent(text, level);
        text.Append(')');
    }

    private static void Indent(StringBuilder text, int level)
    {
        for (var i = 0; i < level; i++)
        {
            text.Append("  ");
        }
    }
}
