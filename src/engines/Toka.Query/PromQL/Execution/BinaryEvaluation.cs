using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>Evaluates binary operators by the kinds of their sides.</summary>
internal static class BinaryEvaluation
{
    public static EvalValue Evaluate(Evaluator evaluator, BinaryExpr binary, StepGrid grid)
    {
        var context = evaluator.Context;
        var left = evaluator.Evaluate(binary.Left, grid);
        var right = evaluator.Evaluate(binary.Right, grid);
        EvalValue value = (left, right) switch
        {
            (ScalarColumn l, ScalarColumn r) => Combine(context, l, r, binary.Operator, grid, binary),
            (VectorSource l, ScalarColumn r) => new VectorScalarSource(context, binary, l, r, grid, false),
            (ScalarColumn l, VectorSource r) => new VectorScalarSource(context, binary, r, l, grid, true),
            (VectorSource l, VectorSource r) when binary.IsSetOperator => SetOperation.Evaluate(context, binary, l, r, grid),
            (VectorSource l, VectorSource r) => new VectorMatch(context, binary, grid).Evaluate(l, r),
            _ => throw new InvalidOperationException($"No evaluation for {binary}."),
        };
        return value is VectorSource vector && !binary.IsSetOperator
            ? SeriesNames.JoinSame(context, vector, binary)
            : value;
    }

    /// <summary>Combines two scalars; comparisons give 0 or 1.</summary>
    public static ScalarColumn Combine(QueryContext context, ScalarColumn left, ScalarColumn right, BinaryOperator op, StepGrid grid, Expr at)
    {
        if (left.IsConstant && right.IsConstant)
        {
            var value = 0.0;
            BinaryKernels.Apply(op, ComparisonResult.Bool, [left[0]], [right[0]], new Span<double>(ref value));
            return new ScalarColumn(value);
        }

        var into = context.Column(grid.Count, at);
        SlicedKernels.Apply(context, op, ComparisonResult.Bool, Expand(context, left, grid, at).Floats, Expand(context, right, grid, at).Floats, into.Floats);
        return new ScalarColumn(into);
    }

    private static StepColumn Expand(QueryContext context, ScalarColumn scalar, StepGrid grid, Expr at)
    {
        var column = context.Column(grid.Count, at);
        for (var step = 0; step < grid.Count; step++)
        {
            column.Floats[step] = scalar[step];
        }

        return column;
    }

    private static SeriesMeta[] SeriesOf(QueryContext context, BinaryExpr binary, VectorSource vector) =>
        binary.KeepsName && !binary.ReturnsBool ? vector.Series : SeriesNames.Drop(context, vector.Series);

    private sealed class VectorScalarSource(
        QueryContext context, BinaryExpr binary, VectorSource vector, ScalarColumn scalar, StepGrid grid, bool isSwapped)
        : VectorSource(SeriesOf(context, binary, vector))
    {
        private readonly StepColumn _scalar = Expand(context, scalar, grid, binary);

        public override void Read(int index, StepColumn into)
        {
            vector.Read(index, into);
            var values = into.Floats;
            HistogramBinary.TellTrims(context, binary, into, _scalar);
            if (isSwapped)
            {
                SlicedKernels.Apply(context, binary.Operator, binary.ReturnsBool ? ComparisonResult.Bool : ComparisonResult.KeepRight, _scalar.Floats, values, values);
            }
            else
            {
                SlicedKernels.Apply(context, binary.Operator, binary.ReturnsBool ? ComparisonResult.Bool : ComparisonResult.KeepLeft, values, _scalar.Floats, values);
            }

            for (var step = 0; into.HasHistograms && step < into.Length; step++)
            {
                if (into.HistogramAt(step) is { } histogram)
                {
                    into.Remove(step);
                    HistogramBinary.ApplyScalar(context, binary, histogram, _scalar.Floats[step], isSwapped, into, step);
                }
            }
        }
    }
}
