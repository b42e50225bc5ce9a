using System.Runtime.InteropServices;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Spans of one trace that belong together in an answer.</summary>
/// <param name="Spans">Their places in the trace, ascending; at least one.</param>
/// <param name="Values">What was computed of them: the values that they were grouped by, and aggregates, by name.</param>
internal sealed record Spanset(IReadOnlyList<int> Spans, IReadOnlyList<KeyValuePair<string, AttributeValue>> Values);

/// <summary>Computes sets of spans of one trace after another. Not thread-safe.</summary>
/// <param name="range">When a span must have begun that a filter takes.</param>
/// <param name="withConditions">As <see cref="SpanValues"/> takes it.</param>
internal sealed class SpansetEvaluator(EventRange range, bool withConditions = true)
{
    /// <summary>Computes expressions of spans.</summary>
    public SpanValues Values { get; } = new(withConditions);

    /// <summary>The sets that an expression takes of a trace; none where it takes nothing.</summary>
    public IReadOnlyList<Spanset> Evaluate(SpansetExpr expr, TraceView trace) => Evaluate(expr, trace, null);

    private IReadOnlyList<Spanset> Evaluate(SpansetExpr expr, TraceView trace, bool[]? within) => expr switch
    {
        SpansetFilter filter => SetOf(Where(filter, trace, within)),
        SpansetOperation operation => SetOf(Combine(operation, trace, within)),
        SpansetPipeline pipeline => Pass(pipeline, trace, within),
        _ => throw new InvalidOperationException("no such set of spans"),
    };

    private bool[] Where(SpansetFilter filter, TraceView trace, bool[]? within)
    {
        var found = new bool[trace.Spans.Count];
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = (within is null || within[i]) && range.Has(trace.Spans[i].StartNs) && Values.Holds(filter.Filter, trace, i);
        }

        return found;
    }

    private bool[] MaskOf(SpansetExpr expr, TraceView trace, bool[]? within) => expr switch
    {
        SpansetFilter filter => Where(filter, trace, within),
        SpansetOperation operation => Combine(operation, trace, within),
        _ => Union(Evaluate(expr, trace, within), trace.Spans.Count),
    };

    private bool[] Combine(SpansetOperation operation, TraceView trace, bool[]? within)
    {
        var left = MaskOf(operation.Left, trace, within);
        var right = MaskOf(operation.Right, trace, within);
        switch (operation.Operator)
        {
            case SpansetOperator.Or:
                return Or(left, right);
            case SpansetOperator.And:
                return left.Contains(true) && right.Contains(true) ? Or(left, right) : new bool[left.Length];
            default:
                break;
        }

        var found = Relations.Of(trace, operation.Operator, left);
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = right[i] && found[i] != (operation.Join == SpansetJoin.NotRight);
        }

        if (operation.Join == SpansetJoin.Both)
        {
            var others = Relations.Of(trace, Relations.Inverse(operation.Operator), right);
            for (var i = 0; i < found.Length; i++)
            {
                found[i] |= left[i] && others[i];
            }
        }

        return found;
    }

    private IReadOnlyList<Spanset> Pass(SpansetPipeline pipeline, TraceView trace, bool[]? within)
    {
        var sets = Evaluate(pipeline.Source, trace, within);
        foreach (var stage in pipeline.Stages)
        {
            if (sets.Count == 0)
            {
                return sets;
            }

            sets = stage switch
            {
                FilterStage filter => [.. sets.SelectMany(set => Evaluate(filter.Filter, trace, Union([set], trace.Spans.Count)).Select(inner => inner with { Values = [.. set.Values, .. inner.Values] }))],
                ByStage by => [.. sets.SelectMany(set => GroupBy(set, by.Key, trace))],
                CoalesceStage => SetOf(Union(sets, trace.Spans.Count)),
                ScalarStage scalar => [.. sets.Select(set => Check(set, scalar, trace)).OfType<Spanset>()],
                _ => sets,
            };
        }

        return sets;
    }

    private IEnumerable<Spanset> GroupBy(Spanset set, FieldExpr key, TraceView trace)
    {
        var groups = new Dictionary<AttributeValue, List<int>>();
        foreach (var span in set.Spans)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(groups, Values.ShownValueOf(key, trace, span), out _) ??= []).Add(span);
        }

        var name = $"by({(key is FieldRef field ? field.Name : "…")})";
        return groups.OrderBy(group => group.Key, ValueOrder.Instance).Select(group => new Spanset(group.Value, [.. set.Values, new(name, group.Key)]));
    }

    private Spanset? Check(Spanset set, ScalarStage stage, TraceView trace)
    {
        var values = new List<KeyValuePair<string, AttributeValue>>(set.Values);
        var left = Compute(stage.Left, set, trace, values);
        var right = Compute(stage.Right, set, trace, values);
        var holds = !double.IsNaN(left) && !double.IsNaN(right) && Arithmetic.Compare(stage.Operator, left, right);
        return holds ? set with { Values = values } : null;
    }

    private double Compute(ScalarExpr expr, Spanset set, TraceView trace, List<KeyValuePair<string, AttributeValue>> values)
    {
        switch (expr)
        {
            case ScalarNumber number:
                return number.Value;
            case ScalarBinary binary:
                return Arithmetic.Compute(binary.Operator, Compute(binary.Left, set, trace, values), Compute(binary.Right, set, trace, values));
            case ScalarAggregate { Aggregate: SpansetAggregate.Count } count:
                values.Add(new(count.Name, AttributeValue.Of((long)set.Spans.Count)));
                return set.Spans.Count;
            default:
                var aggregate = (ScalarAggregate)expr;
                var result = Aggregate(aggregate, set, trace);
                values.Add(new(aggregate.Name, AttributeValue.Of(result)));
                return result;
        }
    }

    private double Aggregate(ScalarAggregate aggregate, Spanset set, TraceView trace)
    {
        var numbers = set.Spans.Select(span => Values.ValueOf(aggregate.Of!, trace, span).Number).Where(number => !double.IsNaN(number)).ToList();
        return numbers.Count == 0 ? double.NaN : aggregate.Aggregate switch
        {
            SpansetAggregate.Avg => numbers.Average(),
            SpansetAggregate.Min => numbers.Min(),
            SpansetAggregate.Max => numbers.Max(),
            _ => numbers.Sum(),
        };
    }

    private static bool[] Or(bool[] left, bool[] right)
    {
        for (var i = 0; i < left.Length; i++)
        {
            left[i] |= right[i];
        }

        return left;
    }

    private static bool[] Union(IReadOnlyList<Spanset> sets, int spans)
    {
        var union = new bool[spans];
        foreach (var span in sets.SelectMany(set => set.Spans))
        {
            union[span] = true;
        }

        return union;
    }

    private static IReadOnlyList<Spanset> SetOf(bool[] mask)
    {
        var spans = new List<int>();
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                spans.Add(i);
            }
        }

        return spans.Count == 0 ? [] : [new Spanset(spans, [])];
    }
}
