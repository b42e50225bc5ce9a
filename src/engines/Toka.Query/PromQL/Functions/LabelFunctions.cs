using System.Text;
using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>label_replace and label_join: they change labels once a series and touch no value.</summary>
internal static class LabelFunctions
{
    public static EvalValue Replace(FunctionCall call)
    {
        var (destination, replacement, source, pattern) = (call.Text(1), call.Text(2), call.Text(3), call.Text(4));
        Regex regex;
        try
        {
            regex = new Regex($@"\A(?s:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw QueryContext.Fail($"invalid regular expression in label_replace(): {pattern}: {e.Message}", call.Arguments[4]);
        }

        CheckName(call, destination, 1);
        return Relabel(call, call.Vector(0), destination, labels =>
        {
            var match = regex.Match(source.Length == 0 ? "" : labels[source]);
            return match.Success ? ReplacementTemplate.Expand(replacement, match) : null;
        });
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
        if (name.Length == 0)
        {
            throw QueryContext.Fail($"invalid label name in {call.Call.Function}(): {ExprPrinter.Quote(name)}", call.Arguments[argument]);
        }
    }

    private static VectorSource Relabel(FunctionCall call, VectorSource source, string destination, Func<LabelSet, string?> valueOf)
    {
        var series = Array.ConvertAll(source.Series, meta =>
        {
            var value = valueOf(meta.Labels);
            return value is null ? meta : new SeriesMeta(
                call.Context.Labels.With(meta.Labels, destination, value), meta.DropName && destination != LabelSet.MetricName);
        });
        return SeriesNames.JoinSame(call.Context, new RenamedSource(source, series), call.Grid, call.Call);
    }
}

/// <summary>Expands <c>$1</c>, <c>${1}</c>, <c>$name</c> and <c>$$</c>; a group that is not there gives nothing.</summary>
/// <remarks>Source: Go, <c>regexp.Regexp.Expand</c>: the longest run of letters, digits and underscores is the name.</remarks>
internal static class ReplacementTemplate
{
    public static string Expand(string template, Match match)
    {
        var text = new StringBuilder();
        var at = 0;
        while (at < template.Length)
        {
            var dollar = template.IndexOf('$', at);
            if (dollar < 0)
            {
                return text.Append(template, at, template.Length - at).ToString();
            }

            text.Append(template, at, dollar - at);
            at = dollar + 1;
            if (at < template.Length && template[at] == '$')
            {
                text.Append('$');
                at++;
                continue;
            }

            var name = NameAt(template, at, out var end);
            text.Append(name.Length == 0 ? "$" : match.Groups[name].Value);
            at = end;
        }

        return text.ToString();
    }

    private static string NameAt(string template, int at, out int end)
    {
        var isBraced = at < template.Length && template[at] == '{';
        var start = isBraced ? at + 1 : at;
        end = start;
        while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_'))
        {
            end++;
        }

        if (isBraced && (end >= template.Length || template[end] != '}'))
        {
            end = at;
            return "";
        }

        var name = template[start..end];
        end += isBraced && name.Length > 0 ? 1 : 0;
        end = name.Length == 0 ? at : end;
        return name;
    }
}
