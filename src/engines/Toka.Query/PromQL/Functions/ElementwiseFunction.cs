using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>A function of an instant vector and scalars that treats each sample by itself; the metric's name is dropped.</summary>
internal sealed class ElementwiseFunction(FunctionSignature signature, ElementKernel kernel) : PromQlFunction(signature)
{
    internal override EvalValue Evaluate(FunctionCall call)
    {
        var source = new Source(call.Context, call.Vector(0), call.ScalarsFrom(1), kernel);
        return SeriesNames.JoinSame(call.Context, source, call.Grid, call.Call);
    }

    private sealed class Source(QueryContext context, VectorSource inner, ScalarColumn[] scalars, ElementKernel kernel)
        : VectorSource(SeriesNames.Drop(context, inner.Series))
    {
        private readonly double[] _arguments = new double[scalars.Length];

        public override void Read(int index, Span<double> into)
        {
            inner.Read(index, into);
            for (var step = 0; step < into.Length; step++)
            {
                if (Absent.Is(into[step]))
                {
                    continue;
                }

                for (var i = 0; i < scalars.Length; i++)
                {
                    _arguments[i] = scalars[i][step];
                }

                into[step] = kernel(into[step], _arguments);
            }
        }
    }
}

/// <summary>Small sources that several parts use.</summary>
internal static class FunctionSources
{
    /// <summary>A vector with each value mapped and the metric's name dropped.</summary>
    public static VectorSource Map(QueryContext context, VectorSource inner, StepGrid grid, Expr at, Func<double, double> map) =>
        SeriesNames.JoinSame(context, new MapSource(context, inner, map), grid, at);

    private sealed class MapSource(QueryContext context, VectorSource inner, Func<double, double> map)
        : VectorSource(SeriesNames.Drop(context, inner.Series))
    {
        public override void Read(int index, Span<double> into)
        {
            inner.Read(index, into);
            foreach (ref var value in into)
            {
                value = Absent.Is(value) ? value : map(value);
            }
        }
    }
}
