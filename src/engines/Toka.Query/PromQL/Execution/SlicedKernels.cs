using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary><see cref="BinaryKernels"/> over columns of any length: a slice at a time, so that a cancellation is seen in between.</summary>
internal static class SlicedKernels
{
    /// <summary>Some tenths of a millisecond of the slowest operator.</summary>
    private const int SliceSteps = 16_384;

    /// <summary>Computes one column of two.</summary>
    public static void Apply(
        QueryContext context, BinaryOperator op, ComparisonResult result, ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> into)
    {
        for (var from = 0; from < into.Length; from += SliceSteps)
        {
            if (from > 0)
            {
                context.CheckCancelled();
            }

            var slice = new Range(from, Math.Min(from + SliceSteps, into.Length));
            BinaryKernels.Apply(op, result, left[slice], right[slice], into[slice]);
        }
    }
}
