using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>start_timestamp: when the counters of a selector's samples began, in seconds; 0 where that is not known.</summary>
internal static class StartTimestampFunction
{
    public static EvalValue Evaluate(FunctionCall call)
    {
        if (!call.Context.Options.StartTimestamps)
        {
            throw QueryContext.Fail("start_timestamp needs start timestamps, which must be enabled in the configuration, by query.start_timestamps: true", call.Call);
        }

        // The values of an expression know nothing of it.
        if (ExprWalker.WithoutParens(call.Arguments[0]) is not VectorSelector { Mode: SelectorMode.Plain } selector)
        {
            return new ColumnVector([], []);
        }

        var times = new InstantSelectorSource(call.Context, selector, call.Grid, asTimestamps: true);
        return SeriesNames.JoinSame(call.Context, new Source(call.Context, times, selector), call.Call);
    }

    private sealed class Source(QueryContext context, VectorSource times, VectorSelector selector)
        : VectorSource(SeriesNames.Drop(context, times.Series))
    {
        public override void Read(int index, StepColumn into)
        {
            times.Read(index, into);
            using var scratch = context.Rent();
            scratch.Starts.Clear();
            context.SetOf(selector).ReadCreated(index, scratch.Starts.Column);
            foreach (ref var value in into.Floats)
            {
                value = Absent.Is(value) ? value : scratch.Starts.Of((long)Math.Round(value * 1000)) / 1000.0;
            }
        }
    }
}
