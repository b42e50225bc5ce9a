using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Planning;

/// <summary>Puts values in the place of <c>step()</c> and <c>range()</c> in durations, once a query's times are known.</summary>
internal sealed class DurationResolution
{
    private readonly string _text;
    private readonly long _stepMs;
    private readonly long _rangeMs;

    private DurationResolution(string text, long stepMs, long rangeMs)
    {
        _text = text;
        _stepMs = stepMs;
        _rangeMs = rangeMs;
    }

    /// <summary>The expression with all durations known.</summary>
    /// <param name="root">The expression.</param>
    /// <param name="text">Its text, for what is wrong.</param>
    /// <param name="stepMs">What <c>step()</c> is; 0 for an instant query.</param>
    /// <param name="rangeMs">What <c>range()</c> is; 0 for an instant query.</param>
    public static Expr Resolve(Expr root, string text, long stepMs, long rangeMs) =>
        ExprWalker.Nodes(root).Any(DependsOnQuery) ? new DurationResolution(text, stepMs, rangeMs).Rewrite(root) : root;

    private static bool DependsOnQuery(Expr expression) => expression switch
    {
        VectorSelector selector => selector.Modifier.OffsetExpression is { DependsOnQuery: true },
        MatrixSelector matrix => matrix.RangeExpression is { DependsOnQuery: true },
        SubqueryExpr subquery => subquery.RangeExpression is { DependsOnQuery: true } || subquery.StepExpression is { DependsOnQuery: true }
            || subquery.Modifier.OffsetExpression is { DependsOnQuery: true },
        _ => false,
    };

    private Expr Rewrite(Expr expression) => expression switch
    {
        VectorSelector selector => RewriteSelector(selector),
        MatrixSelector matrix => matrix with
        {
            Selector = RewriteSelector(matrix.Selector),
            RangeMs = ValueOf(matrix.RangeExpression, matrix.RangeMs, true),
        },
        SubqueryExpr subquery => new SubqueryExpr(
            Rewrite(subquery.Inner),
            ValueOf(subquery.RangeExpression, subquery.RangeMs, true),
            ValueOf(subquery.StepExpression, subquery.StepMs, true))
        {
            RangeExpression = subquery.RangeExpression,
            StepExpression = subquery.StepExpression,
            Modifier = RewriteModifier(subquery.Modifier),
            Position = subquery.Position,
        },
        ParenExpr paren => new ParenExpr(Rewrite(paren.Inner)) { Position = paren.Position },
        UnaryExpr unary => new UnaryExpr(unary.IsNegative, Rewrite(unary.Operand)) { Position = unary.Position },
        CallExpr call => new CallExpr(call.Function, [.. call.Arguments.Select(Rewrite)], call.Type)
        {
            LabelSelectorArgument = call.LabelSelectorArgument,
            Position = call.Position,
        },
        AggregateExpr aggregate => new AggregateExpr(
            aggregate.Operator,
            Rewrite(aggregate.Operand),
            aggregate.Parameter is null ? null : Rewrite(aggregate.Parameter),
            aggregate.Grouping,
            aggregate.IsWithout) { Position = aggregate.Position },
        BinaryExpr binary => new BinaryExpr(
            binary.Operator, Rewrite(binary.Left), Rewrite(binary.Right), binary.Matching, binary.ReturnsBool) { Position = binary.Position },
        _ => expression,
    };

    private VectorSelector RewriteSelector(VectorSelector selector) => selector with { Modifier = RewriteModifier(selector.Modifier) };

    private TimeModifier RewriteModifier(TimeModifier modifier) =>
        modifier with { OffsetMs = ValueOf(modifier.OffsetExpression, modifier.OffsetMs, false) };

    private long ValueOf(DurationExpr? duration, long known, bool mustBePositive)
    {
        if (duration is not { DependsOnQuery: true })
        {
            return known;
        }

        return DurationMath.TryCompute(duration, _stepMs, _rangeMs, mustBePositive, out var ms) is { } fault
            ? throw Lexer.Error(_text, fault.Position, fault.Message)
            : ms;
    }
}
