using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>A function of an instant vector and scalars that treats each sample by itself; the metric's name is dropped.</summary>
internal sealed class ElementwiseFunction(FunctionSignature signature, ElementKernel kernel) : PromQlFunction(signature)
{
    /// <summary>No function of PromQL has more than two.</summary>
    private const int ScalarsOnStack = 4;

    internal override EvalValue Evaluate(FunctionCall call)
    {
        var source = new Source(call.Context, call.Vector(0), call.ScalarsFrom(1), kernel);
        return SeriesNames.JoinSame(call.Context, source, call.Call);
    }

    private sealed class Source(QueryContext context, VectorSource inner, ScalarColumn[] scalars, ElementKernel kernel)
        : VectorSource(SeriesNames.Drop(context, inner.Series))
    {
        public override void Read(int index, StepColumn into)
        {
            inner.Read(index, into);
            into.DropHistograms();
            var values = into.Floats;
            var arguments = scalars.Length <= ScalarsOnStack ? stackalloc double[scalars.Length] : new double[scalars.Length];
            for (var step = 0; step < values.Length; step++)
            {
                if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
                {
                    context.CheckCancelled();
                }

                if (Absent.Is(values[step]))
                {
                    continue;
                }

                for (var i = 0; i < scalars.Length; i++)
                {
                    arguments[i] = scalars[i][step];
                }

                values[step] = kernel(values[step], arguments);
            }
        }
    }
}

/// <summary>Small sources that several parts use.</summary>
internal static class FunctionSources
{
    /// <summary>A vector with each value mapped and the metric's name dropped.</summary>
    public static VectorSource Map(QueryContext context, VectorSource inner, Expr at, Func<double, double> map) =>
        SeriesNames.JoinSame(context, new MapSource(context, inner, map), at);

    private sealed class MapSource(QueryContext context, VectorSource inner, Func<double, double> map)
        : VectorSource(SeriesNames.Drop(context, inner.Series))
    {
        public override void Read(int index, StepColumn into)
        {
            inner.Read(index, into);
            into.DropHistograms();
            foreach (ref var value in into.Floats)
            {
                value = Absent.Is(value) ? value : map(value);
            }
        }
    }
}
