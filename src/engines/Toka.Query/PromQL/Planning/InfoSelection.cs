using System.Text;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Planning;

/// <summary>Which info series an <c>info</c> call selects, and what moments it looks at them.</summary>
/// <remarks>Source: Prometheus 3, <c>promql/info.go</c>: the labels that identify are <c>instance</c> and <c>job</c>.</remarks>
internal static class InfoSelection
{
    /// <summary>The function's name.</summary>
    public const string Function = "info";

    /// <summary>The labels that an info series and the series it tells of have in common.</summary>
    public static readonly string[] IdentifyingLabels = ["instance", "job"];

    /// <summary>The info metric of a call that names none.</summary>
    private const string DefaultMetric = "target_info";

    /// <summary>What counts as an info metric where a call only says which it is not.</summary>
    private const string AnyInfoMetric = ".+_info";

    /// <summary>More values than this are not listed in a selection: the index would take longer over them than over all series.</summary>
    private const int ValuesMax = 1000;

    /// <summary>The selector of a call's info series.</summary>
    public static VectorSelector SelectorOf(CallExpr call)
    {
        IReadOnlyList<LabelMatcher> given = call.Arguments.Count > 1 ? ((VectorSelector)call.Arguments[1]).Matchers : [];
        var matchers = given.ToList();
        var ofName = matchers.FindAll(static matcher => matcher.Name == LabelSet.MetricName);
        if (ofName.Count == 0)
        {
            matchers.Add(new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, DefaultMetric));
        }
        else if (ofName.TrueForAll(static matcher => matcher.Operator is MatchOperator.NotEqual or MatchOperator.DoesNotMatch))
        {
            matchers.Add(new LabelMatcher(LabelSet.MetricName, MatchOperator.Matches, AnyInfoMetric));
        }

        var place = call.Arguments.Count > 1 ? call.Arguments[1] : call;
        return new VectorSelector("", matchers) { Position = place.Position };
    }

    /// <summary>
    /// The modifiers on the way to the first selector of what is enriched, from the outermost one on: info series are looked at
    /// when its samples are.
    /// </summary>
    public static TimeModifier[] ModifiersOf(CallExpr call)
    {
        var modifiers = new List<TimeModifier>();
        return TryFollow(call.Arguments[0], modifiers) ? [.. modifiers] : [];
    }

    /// <summary>A request for info series narrowed to those that can tell of the series found.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">The call.</param>
    /// <param name="context">The query, which has selected everything below the call.</param>
    public static SelectRequest Narrow(SelectRequest request, CallExpr call, QueryContext context)
    {
        if (ExprWalker.Nodes(call.Arguments[0]).Any(MakesLabels))
        {
            return request;
        }

        var sets = ExprWalker.Selectors(call.Arguments[0]).Select(context.SetOf).ToArray();
        var matchers = request.Matchers.ToList();
        foreach (var label in IdentifyingLabels)
        {
            if (ValuesOf(label, sets) is { } values)
            {
                matchers.Add(new LabelMatcher(label, MatchOperator.Matches, string.Join('|', values.Select(Escape))));
            }
        }

        return request with { Matchers = matchers };
    }

    /// <summary>Whether series above a node may have identifying labels that none below it has.</summary>
    private static bool MakesLabels(Expr node) => node is CallExpr { Function: "label_replace" or "label_join" or "histogram_quantiles" or Function }
        or AggregateExpr { Operator: AggregationOperator.CountValues };

    private static bool TryFollow(Expr expression, List<TimeModifier> modifiers)
    {
        switch (expression)
        {
            case VectorSelector selector:
                modifiers.Add(selector.Modifier);
                return true;
            case SubqueryExpr subquery:
                modifiers.Add(subquery.Modifier);
                if (TryFollow(subquery.Inner, modifiers))
                {
                    return true;
                }

                modifiers.RemoveAt(modifiers.Count - 1);
                return false;
            default:
                return expression.Children.Any(child => TryFollow(child, modifiers));
        }
    }

    /// <summary>The values that a label has among series, the empty one for those without it; null where they are too many.</summary>
    private static HashSet<string>? ValuesOf(string label, SeriesSet[] sets)
    {
        var values = new HashSet<string>(StringComparer.Ordinal);
        foreach (var set in sets)
        {
            for (var i = 0; i < set.Count; i++)
            {
                values.Add(set.LabelsOf(i)[label]);
                if (values.Count > ValuesMax)
                {
                    return null;
                }
            }
        }

        return values.Count == 0 ? null : values;
    }

    private static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            text.Append("\\.+*?()|[]{}^$".Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c);
        }

        return text.ToString();
    }
}
