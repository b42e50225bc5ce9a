using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Labels.Patterns;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>label_replace and label_join: they change labels once a series and touch no value.</summary>
internal static class LabelFunctions
{
    public static EvalValue Replace(FunctionCall call)
    {
        var (destination, replacement, source, pattern) = (call.Text(1), call.Text(2), call.Text(3), call.Text(4));
        GroupedPattern grouped;
        try
        {
            grouped = GroupedPattern.Parse(pattern);
        }
        catch (BadInputException e)
        {
            throw QueryContext.Fail($"invalid regular expression in label_replace(): {pattern}: {e.Message}", call.Arguments[4]);
        }

        CheckName(call, destination, 1);
        return Relabel(
            call, call.Vector(0), destination, labels => grouped.Replace(source.Length == 0 ? "" : labels[source], replacement));
    }

    public static EvalValue Join(FunctionCall call)
    {
        var (destination, separator) = (call.Text(1), call.Text(2));
        CheckName(call, destination, 1);
        var sources = new string[call.Arguments.Count - 3];
        for (var i = 0; i < sources.Length; i++)
        {
            sources[i] = call.Text(i + 3);
            CheckName(call, sources[i], i + 3);
        }

        return Relabel(call, call.Vector(0), destination, labels => string.Join(separator, sources.Select(source => labels[source])));
    }

    private static void CheckName(FunctionCall call, string name, int argument)
    {
        if (name.Length == 0 || !LooseText.IsUtf8(name))
        {
            throw QueryContext.Fail($"invalid label name in {call.Call.Function}(): {ExprPrinter.Quote(name)}", call.Arguments[argument]);
        }
    }

    private static VectorSource Relabel(FunctionCall call, VectorSource source, string destination, Func<LabelSet, string?> valueOf)
    {
        var series = Array.ConvertAll(source.Series, meta =>
        {
            call.Context.CheckCancelled();
            var value = valueOf(meta.Labels);
            return value is null ? meta : new SeriesMeta(
                call.Context.Labels.With(meta.Labels, destination, value, call.Call), meta.DropName && destination != LabelSet.MetricName);
        });
        return SeriesNames.JoinSame(call.Context, new RenamedSource(source, series, areDistinct: false), call.Call);
    }
}
