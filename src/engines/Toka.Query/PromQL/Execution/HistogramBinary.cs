using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Execution;

/// <summary>Binary operators at a step where at least one side is a native histogram.</summary>
/// <remarks>Source: Prometheus 3, <c>vectorElemBinop</c>: which pairs have a result, and what is told of those that have none.</remarks>
internal static class HistogramBinary
{
    /// <summary>Combines two columns at a step; a step without a histogram on either side is left as it is.</summary>
    public static void Apply(QueryContext context, BinaryExpr binary, StepColumn left, StepColumn right, int step, StepColumn into)
    {
        var (l, r) = (left.HistogramAt(step), right.HistogramAt(step));
        if (l is not null && r is not null)
        {
            into.Remove(step);
            OfTwo(context, binary, l, r, into, step);
        }
        else if ((l ?? r) is { } histogram)
        {
            into.Remove(step);
            ApplyScalar(context, binary, histogram, l is null ? left.Floats[step] : right.Floats[step], l is null, into, step);
        }
    }

    /// <summary>Combines a histogram and a number.</summary>
    /// <param name="context">The query.</param>
    /// <param name="binary">The operator.</param>
    /// <param name="histogram">The histogram.</param>
    /// <param name="number">The number.</param>
    /// <param name="isNumberLeft">Whether the number is on the left.</param>
    /// <param name="into">Where the result goes; the step is empty before.</param>
    /// <param name="step">The step.</param>
    public static void ApplyScalar(
        QueryContext context, BinaryExpr binary, NativeHistogram histogram, double number, bool isNumberLeft, StepColumn into, int step)
    {
        var result = (binary.Operator, isNumberLeft) switch
        {
            (BinaryOperator.Multiply, _) => HistogramArithmetic.Compact(HistogramArithmetic.Multiply(histogram.View, number).View),
            (BinaryOperator.Divide, false) => HistogramArithmetic.Compact(HistogramArithmetic.Divide(histogram.View, number).View),
            (BinaryOperator.TrimUpper, false) => HistogramArithmetic.TrimUpper(histogram.View, number),
            (BinaryOperator.TrimLower, false) => HistogramArithmetic.TrimLower(histogram.View, number),
            _ => null,
        };
        if (result is null)
        {
            Incompatible(context, binary, isNumberLeft ? "float" : "histogram", isNumberLeft ? "histogram" : "float");
        }
        else
        {
            into.SetHistogram(step, result);
        }
    }

    /// <summary>Tells, where a histogram should be trimmed, that two numbers meet: they have no result.</summary>
    public static void TellTrims(QueryContext context, BinaryExpr binary, StepColumn left, StepColumn right)
    {
        for (var step = 0; binary.IsTrim && step < left.Length; step++)
        {
            if (!Absent.Is(left.Floats[step]) && !Absent.Is(right.Floats[step]))
            {
                Incompatible(context, binary, "float", "float");
                return;
            }
        }
    }

    private static void OfTwo(QueryContext context, BinaryExpr binary, NativeHistogram left, NativeHistogram right, StepColumn into, int step)
    {
        switch (binary.Operator)
        {
            case BinaryOperator.Add or BinaryOperator.Subtract:
                AddUp(context, binary, left, right, into, step);
                break;
            case BinaryOperator.Equal or BinaryOperator.NotEqual:
                var holds = HistogramArithmetic.AreEqual(left.View, right.View) == (binary.Operator == BinaryOperator.Equal);
                if (binary.ReturnsBool)
                {
                    into.SetFloat(step, holds ? 1 : 0);
                }
                else if (holds)
                {
                    into.SetHistogram(step, left);
                }

                break;
            default:
                Incompatible(context, binary, "histogram", "histogram");
                break;
        }
    }

    private static void AddUp(QueryContext context, BinaryExpr binary, NativeHistogram left, NativeHistogram right, StepColumn into, int step)
    {
        var isAddition = binary.Operator == BinaryOperator.Add;
        var notes = HistogramNotes.None;
        NativeHistogram? result;
        var isDone = isAddition
            ? HistogramArithmetic.TryAdd(left.View, right.View, ref notes, out result)
            : HistogramArithmetic.TrySubtract(left.View, right.View, ref notes, out result);
        if (!isDone)
        {
            context.Annotations.Warn(static op => $"incompatible bucket layout encountered for binary operator {op}", Names.Of(binary.Operator), binary.Position);
            return;
        }

        HistogramNote.Tell(context.Annotations, notes, isAddition ? HistogramNote.Addition : HistogramNote.Subtraction, binary.Position);
        result = HistogramArithmetic.Compact(result!.View);
        into.SetHistogram(step, isAddition ? result : HistogramArithmetic.WithHint(result, HistogramResetHint.Gauge));
    }

    private static void Incompatible(QueryContext context, BinaryExpr binary, string left, string right)
    {
        Func<string, string> incompatibleTypes = (left, right) switch
        {
            ("float", "float") => static op => WordsFor("float", op, "float"),
            ("float", _) => static op => WordsFor("float", op, "histogram"),
            (_, "float") => static op => WordsFor("histogram", op, "float"),
            _ => static op => WordsFor("histogram", op, "histogram"),
        };
        context.Annotations.Inform(incompatibleTypes, Names.Of(binary.Operator), binary.Position);

        static string WordsFor(string left, string op, string right) => $"incompatible sample types encountered for binary operator \"{op}\": {left} {op} {right}";
    }
}
