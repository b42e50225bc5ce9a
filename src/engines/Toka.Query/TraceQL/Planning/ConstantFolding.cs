using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Planning;

/// <summary>Computes what does not depend on a span: <c>10 * 1024</c>.</summary>
internal static class ConstantFolding
{
    /// <summary>The same expression with its constant parts computed.</summary>
    public static FieldExpr Fold(FieldExpr expr)
    {
        switch (expr)
        {
            case FieldUnary unary:
                var operand = Fold(unary.Operand);
                return operand is StaticExpr { Value: var value }
                    ? new StaticExpr(unary.Type, unary.IsNot ? AttributeValue.Of(!value.Bool) : Arithmetic.Negate(value))
                    : unary with { Operand = operand };
            case FieldBinary binary:
                var folded = binary with { Left = Fold(binary.Left), Right = Fold(binary.Right) };
                return folded is { Left: StaticExpr left, Right: StaticExpr right } ? new StaticExpr(binary.Type, Compute(binary.Operator, left.Value, right.Value)) : folded;
            default:
                return expr;
        }
    }

    /// <summary>The same set with the constant parts of its filters computed.</summary>
    public static SpansetExpr Fold(SpansetExpr spans) => spans switch
    {
        SpansetFilter { Filter: { } filter } => new SpansetFilter(Fold(filter)),
        SpansetOperation operation => operation with { Left = Fold(operation.Left), Right = Fold(operation.Right) },
        SpansetPipeline pipeline => pipeline with { Source = Fold(pipeline.Source), Stages = [.. pipeline.Stages.Select(Fold)] },
        _ => spans,
    };

    private static PipelineStage Fold(PipelineStage stage) => stage switch
    {
        FilterStage filter => new FilterStage(Fold(filter.Filter)),
        ByStage by => new ByStage(Fold(by.Key)),
        _ => stage,
    };

    private static AttributeValue Compute(FieldOperator op, AttributeValue left, AttributeValue right) => op switch
    {
        FieldOperator.And => AttributeValue.Of(left.Bool && right.Bool),
        FieldOperator.Or => AttributeValue.Of(left.Bool || right.Bool),
        >= FieldOperator.Add => Arithmetic.Compute(op, left, right),
        _ => AttributeValue.Of(ConditionEvaluator.Holds(new Condition.Compare(default, Arithmetic.ComparisonOf(op), right), left)),
    };
}
