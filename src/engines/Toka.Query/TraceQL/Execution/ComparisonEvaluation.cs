using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.Results;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Counts the values of every attribute among some spans and among the others: <c>compare()</c>. One for each query.</summary>
internal sealed class ComparisonEvaluation(ISpanReader reader, TraceQlOptions options, TraceQlQuery query, StepGrid grid)
{
    /// <summary>The label that says which spans a series counts.</summary>
    public const string TypeLabel = "__meta_type";

    /// <summary>The label of a field that has more values than are returned.</summary>
    public const string ErrorLabel = "__meta_error";

    private const int KeysAsked = 500;

    private readonly MetricsStage _stage = query.Metrics!;
    private readonly List<TraceQlSeries> _series = [];
    private SearchCost _cost;

    public async ValueTask<TraceQlSeriesResult> RunAsync(Deadline deadline)
    {
        if (query.Spans is not SpansetFilter { Filter: var filter } || ConditionPlan.Exact(filter is null ? null : ConstantFolding.Fold(filter)) is not { } all
            || ConditionPlan.Exact(_stage.Selection!.Filter is { } selected ? ConstantFolding.Fold(selected) : null) is not { } selection)
        {
            throw new QueryException(
                QueryErrorType.BadData,
                "compare takes plain filters of one span on both sides: no structure, stages, arithmetic between fields, or values of the parent or the trace");
        }

        if (_stage.Window is { } window)
        {
            selection = selection
                & new Condition.Compare(new Field(FieldKind.Time), Comparison.GreaterOrEqual, AttributeValue.Of(window.FromNs))
                & new Condition.Compare(new Field(FieldKind.Time), Comparison.LessOrEqual, AttributeValue.Of(window.ToNs));
        }

        try
        {
            foreach (var (field, shown) in await FieldsAsync(deadline.Token))
            {
                var chosen = await CountAsync(all & selection, field, deadline.Token);
                var others = await CountAsync(all & new Condition.Not(selection), field, deadline.Token);
                Add(shown, "selection", chosen);
                Add(shown, "baseline", others);
            }
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            _cost = _cost with { IsCut = true };
        }

        return new TraceQlSeriesResult(grid.StartNs, grid.StepNs, grid.Count, _series, _cost);
    }

    /// <summary>The fields that are compared: those that every span has, and attributes of spans and resources.</summary>
    private async ValueTask<IReadOnlyList<(Field Field, FieldRef Shown)>> FieldsAsync(CancellationToken cancellationToken)
    {
        var fields = new List<(Field, FieldRef)>();
        foreach (var name in (ReadOnlySpan<string>)["name", "status", "kind", "statusMessage"])
        {
            var shown = FieldNames.Find(name)!;
            fields.Add((FieldMapping.Of(shown)!.Value, shown));
        }

        var keys = await reader.KeysAsync(grid.Range, KeysAsked, cancellationToken);
        var attributes = keys.Where(key => key.Field.FieldKind is FieldKind.OwnAttribute or FieldKind.ResourceAttribute).Select(key => key.Field).ToList();
        _cost = _cost with { IsCut = attributes.Count > options.ComparedKeysMax };
        fields.AddRange(attributes.Take(options.ComparedKeysMax).Select(field => (field, FieldMapping.Of(field))));
        return fields;
    }

    private async ValueTask<EventGroups> CountAsync(Condition condition, Field field, CancellationToken cancellationToken)
    {
        var groups = await reader.AggregateAsync(
            new EventAggregation { Condition = condition & grid.Within, Range = new EventRange(grid.StartNs, grid.Range.ToNs), StepNs = grid.Count == 1 ? 0 : grid.StepNs, By = [field] },
            cancellationToken);
        _cost += groups.Cost;
        return groups;
    }

    private void Add(FieldRef field, string type, EventGroups groups)
    {
        var byValue = groups.Groups.Where(group => group.By[0].Kind != AttributeKind.None).GroupBy(group => group.By[0])
            .Select(values => (Value: values.Key, Count: values.Sum(group => group.Count), Groups: values.AsEnumerable()))
            .OrderByDescending(values => values.Count).ThenBy(values => values.Value, ValueOrder.Instance).ToList();
        if (byValue.Count == 0)
        {
            return;
        }

        foreach (var (value, _, counted) in byValue.Take(_stage.Top))
        {
            Add([new(TypeLabel, AttributeValue.Of(type)), new(field.Name, SpanValues.Shown(field.Type, value))], counted);
        }

        Add([new(TypeLabel, AttributeValue.Of($"{type}_total")), new(field.Name, default)], byValue.SelectMany(values => values.Groups));
        if (byValue.Count > _stage.Top)
        {
            Add([new(TypeLabel, AttributeValue.Of(type)), new(ErrorLabel, AttributeValue.Of("__too_many_values__")), new(field.Name, default)], []);
        }
    }

    private void Add(IReadOnlyList<KeyValuePair<string, AttributeValue>> labels, IEnumerable<EventGroup> groups)
    {
        var points = new double[grid.Count];
        foreach (var group in groups)
        {
            points[group.Step] += group.Count;
        }

        _series.Add(new TraceQlSeries(labels, points, []));
    }
}
