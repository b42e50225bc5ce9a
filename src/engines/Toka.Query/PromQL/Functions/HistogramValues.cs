using Toka.Core.Samples;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>Computes a number of a native histogram.</summary>
internal delegate double HistogramKernel(in HistogramView histogram);

/// <summary>Functions that make a number of each native histogram and leave out floats: <c>histogram_count</c> and its kin.</summary>
internal static class HistogramValues
{
    public static EvalValue Map(FunctionCall call, HistogramKernel kernel) =>
        SeriesNames.JoinSame(call.Context, new Source(call.Context, call.Vector(0), kernel), call.Call);

    private sealed class Source(QueryContext context, VectorSource inner, HistogramKernel kernel)
        : VectorSource(SeriesNames.Drop(context, inner.Series))
    {
        public override bool AreDistinctWithoutNames => inner.AreDistinctWithoutNames;

        public override void Read(int index, StepColumn into)
        {
            inner.Read(index, into);
            if (!into.HasHistograms)
            {
                into.Clear();
                return;
            }

            for (var step = 0; step < into.Length; step++)
            {
                into.SetFloat(step, into.HistogramAt(step) is { } histogram ? kernel(histogram.View) : Absent.Value);
            }
        }
    }
}
