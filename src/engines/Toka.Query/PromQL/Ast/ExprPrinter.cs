using System.Globalization;
using System.Text;
using Toka.Core.Labels;

namespace Toka.Query.PromQL.Ast;

/// <summary>Writes expressions as canonical PromQL: one line, the spelling that Prometheus prints.</summary>
internal static class ExprPrinter
{
    public static string Print(Expr expression)
    {
        var text = new StringBuilder();
        Write(text, expression);
        return text.ToString();
    }

    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => null,
            });
            if (c is not ('"' or '\\' or '\n' or '\r' or '\t'))
            {
                text.Append(c);
            }
        }

        return text.Append('"').ToString();
    }

    private static void Write(StringBuilder text, Expr expression)
    {
        switch (expression)
        {
            case NumberLiteral number:
                // Without its sign: "+Inf ^ x" would be read as "+(Inf ^ x)".
                text.Append(double.IsPositiveInfinity(number.Value) ? "Inf" : NumberFormat.Print(number.Value));
                break;
            case StringLiteral literal:
                text.Append(Quote(literal.Value));
                break;
            case ParenExpr paren:
                text.Append('(');
                Write(text, paren.Inner);
                text.Append(')');
                break;
            case UnaryExpr unary:
                text.Append(unary.IsNegative ? '-' : '+');
                Write(text, unary.Operand);
                break;
            case CallExpr call:
                text.Append(call.Function).Append('(');
                WriteList(text, call.Arguments);
                text.Append(')');
                break;
            case AggregateExpr aggregate:
                WriteAggregate(text, aggregate);
                break;
            case BinaryExpr binary:
                WriteBinary(text, binary);
                break;
            case VectorSelector selector:
                WriteSelector(text, selector, null);
                break;
            case MatrixSelector matrix:
                WriteSelector(text, matrix.Selector, $"[{NumberFormat.PrintDuration(matrix.RangeMs)}]");
                break;
            case SubqueryExpr subquery:
                Write(text, subquery.Inner);
                text.Append('[').Append(NumberFormat.PrintDuration(subquery.RangeMs)).Append(':')
                    .Append(subquery.StepMs == 0 ? "" : NumberFormat.PrintDuration(subquery.StepMs)).Append(']');
                WriteModifier(text, subquery.Modifier);
                break;
            default:
                throw new InvalidOperationException($"No spelling for {expression.GetType().Name}.");
        }
    }

    private static void WriteList(StringBuilder text, IReadOnlyList<Expr> expressions)
    {
        for (var i = 0; i < expressions.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            Write(text, expressions[i]);
        }
    }

    private static void WriteAggregate(StringBuilder text, AggregateExpr aggregate)
    {
        text.Append(Names.Of(aggregate.Operator));
        if (aggregate.IsWithout || aggregate.Grouping.Count > 0)
        {
            text.Append(aggregate.IsWithout ? " without (" : " by (").Append(Labels(aggregate.Grouping)).Append(") ");
        }

        text.Append('(');
        WriteList(text, aggregate.Children);
        text.Append(')');
    }

    private static void WriteBinary(StringBuilder text, BinaryExpr binary)
    {
        Write(text, binary.Left);
        text.Append(' ').Append(Names.Of(binary.Operator)).Append(binary.ReturnsBool ? " bool" : "");
        if (binary.Matching is { } matching)
        {
            if (matching.IsOn || matching.Labels.Count > 0)
            {
                text.Append(matching.IsOn ? " on (" : " ignoring (").Append(Labels(matching.Labels)).Append(')');
            }

            if (matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany)
            {
                text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? " group_left (" : " group_right (")
                    .Append(Labels(matching.Include)).Append(')');
            }
        }

        text.Append(' ');
        Write(text, binary.Right);
    }

    private static void WriteSelector(StringBuilder text, VectorSelector selector, string? range)
    {
        var bare = Names.IsBareMetric(selector.Name);
        text.Append(bare ? selector.Name : "");
        var parts = new List<string>();
        if (!bare && selector.Name.Length > 0)
        {
            parts.Add(Quote(selector.Name));
        }

        foreach (var matcher in selector.Matchers)
        {
            if (selector.Name.Length > 0 && matcher.Name == LabelSet.MetricName && matcher.Operator == MatchOperator.Equal && matcher.Value == selector.Name)
            {
                continue;
            }

            var op = matcher.Operator switch
            {
                MatchOperator.Equal => "=",
                MatchOperator.NotEqual => "!=",
                MatchOperator.Matches => "=~",
                _ => "!~",
            };
            parts.Add(Label(matcher.Name) + op + Quote(matcher.Value));
        }

        if (parts.Count > 0 || !bare)
        {
            text.Append('{').AppendJoin(',', parts).Append('}');
        }

        text.Append(range);
        WriteModifier(text, selector.Modifier);
    }

    private static void WriteModifier(StringBuilder text, TimeModifier modifier)
    {
        text.Append(modifier.At switch
        {
            AtKind.Timestamp => string.Create(CultureInfo.InvariantCulture, $" @ {modifier.AtMs / 1000m:0.000}"),
            AtKind.Start => " @ start()",
            AtKind.End => " @ end()",
            _ => "",
        });
        if (modifier.OffsetMs != 0)
        {
            text.Append(" offset ").Append(NumberFormat.PrintDuration(modifier.OffsetMs));
        }
    }

    private static string Labels(IReadOnlyList<string> names) => string.Join(", ", names.Select(Label));

    private static string Label(string name) => Names.IsBareLabel(name) ? name : Quote(name);
}
