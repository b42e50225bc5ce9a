using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Parsing;

/// <summary>Ids are compared as they are stored: in small digits, with zeros before them.</summary>
internal static class IdLiterals
{
    /// <summary>An expression as it is compared with another one.</summary>
    /// <param name="other">The other one.</param>
    /// <param name="op">The operator between them.</param>
    /// <param name="expr">The expression; changed where it is a literal beside an id.</param>
    public static FieldExpr Beside(FieldExpr other, FieldOperator op, FieldExpr expr)
    {
        if (other is not FieldRef field || expr is not StaticExpr { Type: TraceQlType.Text } literal || op is FieldOperator.Matches or FieldOperator.NotMatches)
        {
            return expr;
        }

        return field.Intrinsic switch
        {
            Intrinsic.TraceId or Intrinsic.LinkTraceId when TraceId.TryParse(literal.Value.Text, out var trace) => literal with { Value = AttributeValue.Of(trace.ToString()) },
            Intrinsic.SpanId or Intrinsic.ParentId or Intrinsic.LinkSpanId when SpanId.TryParse(literal.Value.Text, out var span) => literal with { Value = AttributeValue.Of(span.ToString()) },
            _ => expr,
        };
    }
}
