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
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            var escaped = c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => null,
            };
            if (escaped is not null)
            {
                text.Append(escaped);
            }
            else if (char.IsHighSurrogate(c) && i + 1 < value.Length)
            {
                text.Append(c).Append(value[++i]);
            }
            else if (LooseText.IsByte(c))
            {
                text.Append(LooseText.Escape(c));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.Append('"').ToString();
    }

    /// <summary>An aggregation without its parentheses.</summary>
    public static void WriteHead(StringBuilder text, AggregateExpr aggregate)
    {
        text.Append(Names.Of(aggregate.Operator));
        if (aggregate.IsWithout || aggregate.Grouping.Count > 0)
        {
            text.Append(aggregate.IsWithout ? " without (" : " by (").Append(Labels(aggregate.Grouping)).Append(") ");
        }
    }

    /// <summary>An operator with what stands between it and its right side.</summary>
    public static void WriteOperator(StringBuilder text, BinaryExpr binary)
    {
        text.Append(Names.Of(binary.Operator)).Append(binary.ReturnsBool ? " bool" : "");
        if (binary.Matching is not { } matching)
        {
            return;
        }

        var isGrouped = matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany;
        if (matching.IsOn || matching.Labels.Count > 0 || isGrouped)
        {
            text.Append(matching.IsOn ? " on (" : " ignoring (").Append(Labels(matching.Labels)).Append(')');
        }

        if (isGrouped)
        {
            text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? " group_left (" : " group_right (")
                .Append(Labels(matching.Include)).Append(')');
        }

        if (matching.FillLeft is { } both && matching.FillRight is { } same && both.Equals(same))
        {
            text.Append(" fill (").Append(NumberFormat.Print(both)).Append(')');
            return;
        }

        text.Append(matching.FillLeft is { } left ? $" fill_left ({NumberFormat.Print(left)})" : "");
        text.Append(matching.FillRight is { } right ? $" fill_right ({NumberFormat.Print(right)})" : "");
    }

    /// <summary>What stands behind the expression of a subquery.</summary>
    public static void WriteBrackets(StringBuilder text, SubqueryExpr subquery)
    {
        text.Append('[');
        WriteDuration(text, subquery.RangeMs, subquery.RangeExpression);
        text.Append(':');
        if (subquery.StepMs != 0 || subquery.StepExpression is not null)
        {
            WriteDuration(text, subquery.StepMs, subquery.StepExpression);
        }

        text.Append(']');
        WriteAt(text, subquery.Modifier);
        WriteOffset(text, subquery.Modifier);
    }

    private static void Write(StringBuilder text, Expr expression)
    {
        switch (expression)
        {
            case NumberLiteral number:
                // Without its sign: "+Inf ^ x" would be read as "+(Inf ^ x)".
                text.Append(number.IsDuration ? NumberFormat.PrintDuration((long)Math.Round(number.Value * 1000))
                    : double.IsPositiveInfinity(number.Value) ? "Inf" : NumberFormat.Print(number.Value));
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
                WriteSelector(text, matrix.Selector, matrix);
                break;
            case SubqueryExpr subquery:
                Write(text, subquery.Inner);
                WriteBrackets(text, subquery);
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
        WriteHead(text, aggregate);
        text.Append('(');
        WriteList(text, aggregate.Children);
        text.Append(')');
    }

    private static void WriteBinary(StringBuilder text, BinaryExpr binary)
    {
        Write(text, binary.Left);
        text.Append(' ');
        WriteOperator(text, binary);
        text.Append(' ');
        Write(text, binary.Right);
    }

    private static void WriteSelector(StringBuilder text, VectorSelector selector, MatrixSelector? matrix)
    {
        var isBare = Names.IsBareMetric(selector.Name);
        text.Append(isBare ? selector.Name : "");
        var parts = new List<string>();
        foreach (var matcher in selector.Matchers)
        {
            if (selector.Name.Length == 0 || matcher.Name != LabelSet.MetricName || matcher.Operator != MatchOperator.Equal || matcher.Value != selector.Name)
            {
                parts.Add(Label(matcher.Name) + Names.Of(matcher.Operator) + Quote(matcher.Value));
            }
        }

        parts.Sort(StringComparer.Ordinal);
        if (!isBare && selector.Name.Length > 0)
        {
            parts.Insert(0, Quote(selector.Name));
        }

        if (parts.Count > 0 || !isBare)
        {
            text.Append('{').AppendJoin(',', parts).Append('}');
        }

        if (matrix is not null)
        {
            text.Append('[');
            WriteDuration(text, matrix.RangeMs, matrix.RangeExpression);
            text.Append(']');
            WriteMode(text, selector.Mode);
        }

        WriteAt(text, selector.Modifier);
        if (matrix is null)
        {
            WriteMode(text, selector.Mode);
        }

        WriteOffset(text, selector.Modifier);
    }

    private static void WriteMode(StringBuilder text, SelectorMode mode) =>
        text.Append(mode switch { SelectorMode.Anchored => " anchored", SelectorMode.Smoothed => " smoothed", _ => "" });

    private static void WriteAt(StringBuilder text, TimeModifier modifier) => text.Append(modifier.At switch
    {
        AtKind.Timestamp => string.Create(CultureInfo.InvariantCulture, $" @ {modifier.AtMs / 1000m:0.000}"),
        AtKind.Start => " @ start()",
        AtKind.End => " @ end()",
        _ => "",
    });

    private static void WriteOffset(StringBuilder text, TimeModifier modifier)
    {
        if (modifier.OffsetMs != 0 || modifier.OffsetExpression is not null)
        {
            text.Append(" offset ");
            WriteDuration(text, modifier.OffsetMs, modifier.OffsetExpression);
        }
    }

    private static void WriteDuration(StringBuilder text, long ms, DurationExpr? expression)
    {
        if (expression is null)
        {
            text.Append(NumberFormat.PrintDuration(ms));
        }
        else
        {
            DurationPrinter.Write(text, expression);
        }
    }

    private static string Labels(IReadOnlyList<string> names) => string.Join(", ", names.Select(Label));

    private static string Label(string name) => Names.IsBareLabel(name) ? name : Quote(name);
}
