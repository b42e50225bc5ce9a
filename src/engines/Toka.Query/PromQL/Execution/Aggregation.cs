using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>Evaluates aggregations: groups are found once a series, then columns stream into the groups' accumulators.</summary>
internal static class Aggregation
{
    public static VectorSource Evaluate(Evaluator evaluator, AggregateExpr aggregate, StepGrid grid)
    {
        var context = evaluator.Context;
        var parameter = aggregate.Parameter is null ? null : evaluator.Evaluate(aggregate.Parameter, grid);
        var input = evaluator.Vector(aggregate.Operand, grid);
        var groups = Groups.Of(context, aggregate, input.Series);
        return aggregate.Operator switch
        {
            AggregationOperator.TopK or AggregationOperator.BottomK =>
                new TopSelection(context, aggregate, grid, (ScalarColumn)parameter!).Evaluate(input, groups),
            AggregationOperator.LimitK or AggregationOperator.LimitRatio =>
                LimitSelection.Evaluate(context, aggregate, grid, (ScalarColumn)parameter!, input, groups),
            AggregationOperator.Quantile => ValueAggregation.Quantile(context, aggregate, grid, (ScalarColumn)parameter!, input, groups),
            AggregationOperator.CountValues => ValueAggregation.CountValues(context, aggregate, grid, (TextValue)parameter!, input, groups),
            _ => Stream(context, aggregate, grid, input, groups),
        };
    }

    private static ColumnVector Stream(QueryContext context, AggregateExpr aggregate, StepGrid grid, VectorSource input, Groups groups)
    {
        var accumulator = Accumulator.For(aggregate, context, groups.Count, grid.Count);
        ColumnReader.ReadAll(context, input, grid.Count, (i, column) =>
        {
            if (!accumulator.TakesHistograms)
            {
                InformOfHistograms(context, aggregate, column, aggregate.Operand);
            }

            accumulator.Add(groups.IdOf[i], column, input.Series[i].Labels);
        });
        return new ColumnVector(groups.Series, accumulator.Finish());
    }

    /// <summary>Says that an aggregation of floats leaves out the histograms of a column, where it has any.</summary>
    public static void InformOfHistograms(QueryContext context, AggregateExpr aggregate, StepColumn column, Expr at)
    {
        foreach (var histogram in column.Histograms)
        {
            if (histogram is not null)
            {
                context.Annotations.Inform(static op => $"ignored histogram in {op} aggregation", Names.Of(aggregate.Operator), at.Position);
                return;
            }
        }
    }
}

/// <summary>The groups of an aggregation.</summary>
/// <param name="Series">What each group is called.</param>
/// <param name="IdOf">The group of each input series.</param>
internal sealed record Groups(SeriesMeta[] Series, int[] IdOf)
{
    public int Count => Series.Length;

    public static Groups Of(QueryContext context, AggregateExpr aggregate, SeriesMeta[] input)
    {
        var names = LabelOperations.Encode(aggregate.Grouping);
        names = aggregate.IsWithout ? [.. names, .. context.Labels.NameLabels] : names;
        var keepsName = !aggregate.IsWithout && aggregate.Grouping.Contains(LabelSet.MetricName);
        var ids = new Dictionary<LabelSet, int>();
        var series = new List<SeriesMeta>();
        var idOf = new int[input.Length];
        for (var i = 0; i < input.Length; i++)
        {
            var labels = names.Length == 0 ? LabelSet.Empty
                : aggregate.IsWithout ? context.Labels.Without(input[i].Labels, names) : context.Labels.Keep(input[i].Labels, names);
            if (!ids.TryGetValue(labels, out idOf[i]))
            {
                idOf[i] = series.Count;
                ids.Add(labels, idOf[i]);
                series.Add(new SeriesMeta(labels, false));
            }

            if (keepsName && input[i].DropName)
            {
                series[idOf[i]] = series[idOf[i]] with { DropName = true };
            }
        }

        return new Groups([.. series], idOf);
    }

    /// <summary>The input series of each group.</summary>
    public List<int>[] Members()
    {
        var members = new List<int>[Count];
        for (var i = 0; i < Count; i++)
        {
            members[i] = [];
        }

        for (var i = 0; i < IdOf.Length; i++)
        {
            members[IdOf[i]].Add(i);
        }

        return members;
    }
}
