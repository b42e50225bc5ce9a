using System.Text.Json;
using Toka.Query.PromQL.Functions;

namespace Toka.Query.PromQL.Ast;

/// <summary>Writes expressions as the JSON tree that Prometheus's user interface shows.</summary>
/// <remarks>Source: the answer of <c>/api/v1/parse_query</c>. A duration that depends on the query is 0 there.</remarks>
internal sealed class ExprJson(FunctionRegistry functions, Utf8JsonWriter json)
{
    public void Write(Expr? expression)
    {
        if (expression is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        switch (expression)
        {
            case NumberLiteral number:
                json.WriteString("type", "numberLiteral");
                json.WriteString("val", NumberFormat.Print(number.Value));
                break;
            case StringLiteral text:
                json.WriteString("type", "stringLiteral");
                json.WriteString("val", LooseText.ToUtf8(text.Value));
                break;
            case ParenExpr paren:
                json.WriteString("type", "parenExpr");
                WriteChild("expr", paren.Inner);
                break;
            case UnaryExpr unary:
                json.WriteString("type", "unaryExpr");
                json.WriteString("op", unary.IsNegative ? "-" : "+");
                WriteChild("expr", unary.Operand);
                break;
            case BinaryExpr binary:
                WriteBinary(binary);
                break;
            case CallExpr call:
                WriteCall(call);
                break;
            case AggregateExpr aggregate:
                WriteAggregate(aggregate);
                break;
            case VectorSelector selector:
                WriteSelector("vectorSelector", selector, null);
                break;
            case MatrixSelector matrix:
                WriteSelector("matrixSelector", matrix.Selector, matrix.RangeMs);
                break;
            case SubqueryExpr subquery:
                WriteSubquery(subquery);
                break;
            default:
                throw new InvalidOperationException($"No JSON for {expression.GetType().Name}.");
        }

        json.WriteEndObject();
    }

    private void WriteChild(string name, Expr? expression)
    {
        json.WritePropertyName(name);
        Write(expression);
    }

    private void WriteBinary(BinaryExpr binary)
    {
        json.WriteString("type", "binaryExpr");
        json.WriteString("op", Names.Of(binary.Operator));
        WriteChild("lhs", binary.Left);
        WriteChild("rhs", binary.Right);
        json.WriteBoolean("bool", binary.ReturnsBool);
        if (binary.Matching is not { } matching)
        {
            json.WriteNull("matching");
            return;
        }

        json.WriteStartObject("matching");
        json.WriteString("card", matching.Cardinality switch
        {
            MatchCardinality.OneToOne => "one-to-one",
            MatchCardinality.ManyToOne => "many-to-one",
            MatchCardinality.OneToMany => "one-to-many",
            _ => "many-to-many",
        });
        WriteNames("labels", matching.Labels);
        json.WriteBoolean("on", matching.IsOn);
        WriteNames("include", matching.Include);
        json.WriteStartObject("fillValues");
        WriteNumber("lhs", matching.FillLeft);
        WriteNumber("rhs", matching.FillRight);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteCall(CallExpr call)
    {
        json.WriteString("type", "call");
        json.WriteStartObject("func");
        json.WriteString("name", call.Function);
        json.WriteStartArray("argTypes");
        functions.TryGet(call.Function, out var function);
        foreach (var type in function?.Signature.Parameters ?? [])
        {
            json.WriteStringValue(TypeName(type));
        }

        json.WriteEndArray();
        json.WriteNumber("variadic", function is null ? 0 : function.Signature.IsVariadic ? -1 : function.Signature.Optional);
        json.WriteString("returnType", TypeName(call.Type));
        json.WriteEndObject();
        json.WriteStartArray("args");
        foreach (var argument in call.Arguments)
        {
            Write(argument);
        }

        json.WriteEndArray();
    }

    private void WriteAggregate(AggregateExpr aggregate)
    {
        json.WriteString("type", "aggregation");
        json.WriteString("op", Names.Of(aggregate.Operator));
        WriteChild("expr", aggregate.Operand);
        WriteChild("param", aggregate.Parameter);
        WriteNames("grouping", aggregate.Grouping);
        json.WriteBoolean("without", aggregate.IsWithout);
    }

    private void WriteSelector(string type, VectorSelector selector, long? rangeMs)
    {
        json.WriteString("type", type);
        json.WriteString("name", selector.Name);
        if (rangeMs is { } range)
        {
            json.WriteNumber("range", range);
        }

        json.WriteStartArray("matchers");
        foreach (var matcher in selector.Matchers)
        {
            json.WriteStartObject();
            json.WriteString("name", matcher.Name);
            json.WriteString("value", matcher.Value);
            json.WriteString("type", Names.Of(matcher.Operator));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteModifier(selector.Modifier);
        json.WriteBoolean("anchored", selector.Mode == SelectorMode.Anchored);
        json.WriteBoolean("smoothed", selector.Mode == SelectorMode.Smoothed);
    }

    private void WriteSubquery(SubqueryExpr subquery)
    {
        json.WriteString("type", "subquery");
        WriteChild("expr", subquery.Inner);
        json.WriteNumber("range", subquery.RangeMs);
        json.WriteNumber("step", subquery.StepMs);
        WriteModifier(subquery.Modifier);
    }

    private void WriteModifier(TimeModifier modifier)
    {
        json.WriteNumber("offset", modifier.OffsetMs);
        if (modifier.At == AtKind.Timestamp)
        {
            json.WriteNumber("timestamp", modifier.AtMs);
        }
        else
        {
            json.WriteNull("timestamp");
        }

        if (modifier.At is AtKind.Start or AtKind.End)
        {
            json.WriteString("startOrEnd", modifier.At == AtKind.Start ? "start" : "end");
        }
        else
        {
            json.WriteNull("startOrEnd");
        }
    }

    private void WriteNames(string property, IReadOnlyList<string> names)
    {
        json.WriteStartArray(property);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    /// <summary>JSON has no number for NaN and the infinities: they are texts.</summary>
    private void WriteNumber(string property, double? value)
    {
        if (value is not { } number)
        {
            json.WriteNull(property);
        }
        else if (double.IsFinite(number))
        {
            json.WriteNumber(property, number);
        }
        else
        {
            json.WriteString(property, NumberFormat.Print(number));
        }
    }

    private static string TypeName(ExprType type) => type switch
    {
        ExprType.Scalar => "scalar",
        ExprType.String => "string",
        ExprType.InstantVector => "vector",
        _ => "matrix",
    };
}
