using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Functions;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Execution;

/// <summary>Evaluates expressions over a grid: all steps of a series at once, not all series of a step.</summary>
internal sealed class Evaluator(QueryContext context)
{
    public QueryContext Context { get; } = context;

    public EvalValue Evaluate(Expr expression, StepGrid grid)
    {
        Context.CheckCancelled();
        var outer = Context.Evaluating;
        Context.Evaluating = expression;
        var measured = Context.Profiler?.Begin(expression, grid);
        var isInvariant = grid.Count > 1 && Context.Plan.IsStepInvariant(expression);
        var value = isInvariant ? Repeat(EvaluateOnce(expression, grid.First, measured)) : EvaluateOnce(expression, grid, measured);
        if (measured is not null)
        {
            value = Context.Profiler!.End(measured, value, isInvariant);
        }

        // After a failure it still says where that was.
        Context.Evaluating = outer;
        return value;
    }

    public VectorSource Vector(Expr expression, StepGrid grid) => (VectorSource)Evaluate(expression, grid);

    public ScalarColumn Scalar(Expr expression, StepGrid grid) => (ScalarColumn)Evaluate(expression, grid);

    public RangeSource Range(Expr expression, StepGrid grid) => (RangeSource)Evaluate(expression, grid);

    public string Text(Expr expression, StepGrid grid) => ((TextValue)Evaluate(expression, grid)).Text;

    /// <summary>Evaluates a part that stands in the expression more than once only the first time.</summary>
    private EvalValue EvaluateOnce(Expr expression, StepGrid grid, MeasuredNode? measured)
    {
        var part = Context.Plan.SharedPartOf(expression);
        if (part < 0)
        {
            return EvaluateNode(expression, grid);
        }

        measured?.MarkShared();
        return Context.Shared.Find(part, grid) ?? Context.Shared.Add(part, grid, EvaluateNode(expression, grid));
    }

    private EvalValue Repeat(EvalValue value) => value switch
    {
        ScalarColumn { IsConstant: false } scalar => new ScalarColumn(scalar[0]),
        VectorSource vector => new RepeatedSource(Context, vector),
        _ => value,
    };

    private EvalValue EvaluateNode(Expr expression, StepGrid grid) => expression switch
    {
        NumberLiteral number => new ScalarColumn(number.Value),
        StringLiteral text => new TextValue(text.Value),
        ParenExpr paren => Evaluate(paren.Inner, grid),
        UnaryExpr unary => EvaluateUnary(unary, grid),
        BinaryExpr binary => BinaryEvaluation.Evaluate(this, binary, grid),
        AggregateExpr aggregate => Aggregation.Evaluate(this, aggregate, grid),
        CallExpr call => Context.Options.Functions.Get(call.Function).Evaluate(new FunctionCall(this, call, grid)),
        VectorSelector { Mode: SelectorMode.Smoothed } smoothed => new SmoothedSelectorSource(Context, smoothed, grid),
        VectorSelector selector => new InstantSelectorSource(Context, selector, grid),
        MatrixSelector matrix => new MatrixSource(Context, matrix, grid),
        SubqueryExpr subquery => SubquerySource.Make(this, subquery, grid),
        _ => throw new InvalidOperationException($"No evaluation for {expression.GetType().Name}."),
    };

    private EvalValue EvaluateUnary(UnaryExpr unary, StepGrid grid)
    {
        var operand = Evaluate(unary.Operand, grid);
        if (!unary.IsNegative)
        {
            return operand;
        }

        if (operand is VectorSource vector)
        {
            return SeriesNames.JoinSame(Context, new NegatedSource(Context, vector), unary);
        }

        return BinaryEvaluation.Combine(Context, (ScalarColumn)operand, new ScalarColumn(-1), BinaryOperator.Multiply, grid, unary);
    }

    /// <summary>A vector with its signs turned round.</summary>
    private sealed class NegatedSource(QueryContext context, VectorSource inner) : VectorSource(SeriesNames.Drop(context, inner.Series))
    {
        public override void Read(int index, StepColumn into)
        {
            inner.Read(index, into);
            foreach (ref var value in into.Floats)
            {
                value = Absent.Is(value) ? value : -value;
            }

            for (var step = 0; into.HasHistograms && step < into.Length; step++)
            {
                if (into.HistogramAt(step) is { } histogram)
                {
                    into.SetHistogram(step, HistogramArithmetic.Multiply(histogram.View, -1));
                }
            }
        }
    }

    /// <summary>A vector that was evaluated at one step, at all steps.</summary>
    private sealed class RepeatedSource(QueryContext context, VectorSource inner) : VectorSource(inner.Series)
    {
        public override void Read(int index, StepColumn into)
        {
            using var scratch = context.Rent();
            var one = scratch.Steps;
            one.Resize(1);
            inner.Read(index, one);
            into.DropHistograms();
            into.CopyFrom(one, 0);
            into.Repeat();
        }
    }
}
