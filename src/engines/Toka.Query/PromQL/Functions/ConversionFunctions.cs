using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>Functions between scalars, vectors and time: scalar, vector, time, timestamp, absent.</summary>
internal static class ConversionFunctions
{
    /// <summary>The only sample's value at each step; NaN where there is none or more than one.</summary>
    public static EvalValue Scalar(FunctionCall call)
    {
        var source = call.Vector(0);
        var value = call.Context.AbsentColumn(call.Grid.Count, call.Call);
        ColumnReader.ReadAll(call.Context, source, call.Grid.Count, (_, input) =>
        {
            var values = value.Floats;
            var floats = input.Floats;
            for (var step = 0; step < floats.Length; step++)
            {
                if (!Absent.Is(floats[step]))
                {
                    values[step] = Absent.Is(values[step]) ? floats[step] : double.NaN;
                }
            }
        });

        foreach (ref var one in value.Floats)
        {
            one = Absent.Is(one) ? double.NaN : one;
        }

        return new ScalarColumn(value);
    }

    public static EvalValue Vector(FunctionCall call) => new ScalarSource(call.Scalar(0));

    public static EvalValue Time(FunctionCall call)
    {
        var column = call.Context.Column(call.Grid.Count, call.Call);
        for (var step = 0; step < call.Grid.Count; step++)
        {
            column.Floats[step] = call.Grid.TimeAt(step) / 1000.0;
        }

        return new ScalarColumn(column);
    }

    /// <summary>One of two scalars at each step.</summary>
    public static EvalValue Choose(FunctionCall call, Func<double, double, double> choose)
    {
        var (one, other) = (call.Scalar(0), call.Scalar(1));
        var column = call.Context.Column(call.Grid.Count, call.Call);
        for (var step = 0; step < call.Grid.Count; step++)
        {
            column.Floats[step] = choose(one[step], other[step]);
        }

        return new ScalarColumn(column);
    }

    /// <summary>The samples' own times for a selector, the steps' times for everything else.</summary>
    public static EvalValue Timestamp(FunctionCall call)
    {
        if (ExprWalker.WithoutParens(call.Arguments[0]) is VectorSelector { Mode: SelectorMode.Plain } selector)
        {
            var times = new InstantSelectorSource(call.Context, selector, call.Grid, asTimestamps: true);
            return FunctionSources.Map(call.Context, times, call.Call, static value => value);
        }

        var stamped = new StampedSource(call.Context, call.Vector(0), (ScalarColumn)Time(call));
        return SeriesNames.JoinSame(call.Context, stamped, call.Call);
    }

    public static EvalValue AbsentVector(FunctionCall call)
    {
        var source = call.Vector(0);
        var column = call.Context.Column(call.Grid.Count, call.Call);
        column.Clear();
        column.Floats.Fill(1);
        ColumnReader.ReadAll(call.Context, source, call.Grid.Count, (_, input) =>
        {
            for (var step = 0; step < input.Length; step++)
            {
                column.Floats[step] = input.IsAbsent(step) ? column.Floats[step] : Absent.Value;
            }
        });
        return new ColumnVector([new SeriesMeta(LabelsOfAbsent(call.Arguments[0]), false)], [column]);
    }

    public static EvalValue AbsentOverTime(FunctionCall call)
    {
        var range = call.Evaluator.Range(call.Arguments[0], call.Grid);
        var column = call.Context.Column(call.Grid.Count, call.Call);
        column.Clear();
        column.Floats.Fill(1);
        using var scratch = call.Context.Rent();
        for (var i = 0; i < range.Series.Length; i++)
        {
            range.Read(i, scratch);
            var floats = new MovingWindow(scratch.Floats.Timestamps);
            var histograms = new MovingWindow(scratch.Histograms.Timestamps);
            for (var step = 0; step < call.Grid.Count; step++)
            {
                var end = range.EndAt(step);
                var start = end - range.RangeMs;
                if (floats.MoveTo(start, end) | histograms.MoveTo(start, end))
                {
                    column.Floats[step] = Absent.Value;
                }
            }
        }

        return new ColumnVector([new SeriesMeta(LabelsOfAbsent(call.Arguments[0]), false)], [column]);
    }

    /// <summary>A date function: of a vector, or of the time where it has no argument.</summary>
    public static Func<FunctionCall, EvalValue> Date(Func<double, double> part) => call =>
        FunctionSources.Map(call.Context, call.Arguments.Count == 0 ? new ScalarSource((ScalarColumn)Time(call)) : call.Vector(0), call.Call, part);

    /// <summary>
    /// The labels that the missing series would have: those which the selector sets by an equality that is the first one for
    /// its label and has no other condition for that label behind it.
    /// </summary>
    private static LabelSet LabelsOfAbsent(Expr argument)
    {
        var builder = new LabelSetBuilder();
        var selector = ExprWalker.WithoutParens(argument) switch
        {
            VectorSelector vector => vector,
            MatrixSelector matrix => matrix.Selector,
            _ => null,
        };
        if (selector is null)
        {
            return LabelSet.Empty;
        }

        var equalities = new HashSet<string>(StringComparer.Ordinal);
        foreach (var matcher in selector.Matchers.Where(static matcher => matcher.Name != LabelSet.MetricName))
        {
            var isFirst = matcher.Operator == MatchOperator.Equal && equalities.Add(matcher.Name);
            builder.Set(matcher.Name, isFirst ? matcher.Value : "");
        }

        return builder.Build();
    }

    private sealed class ScalarSource(ScalarColumn scalar) : VectorSource([new SeriesMeta(LabelSet.Empty, false)])
    {
        public override void Read(int index, StepColumn into)
        {
            into.DropHistograms();
            for (var step = 0; step < into.Length; step++)
            {
                into.Floats[step] = scalar[step];
            }
        }
    }

    private sealed class StampedSource(QueryContext context, VectorSource inner, ScalarColumn times)
        : VectorSource(SeriesNames.Drop(context, inner.Series))
    {
        public override void Read(int index, StepColumn into)
        {
            inner.Read(index, into);
            for (var step = 0; step < into.Length; step++)
            {
                if (!into.IsAbsent(step))
                {
                    into.SetFloat(step, times[step]);
                }
            }
        }
    }
}
