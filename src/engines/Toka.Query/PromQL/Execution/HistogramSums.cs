using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// The native histograms of <c>sum</c> and <c>avg</c>: a running sum or mean for each group and step that meets any. Takes no
/// memory before the first one.
/// </summary>
internal sealed class HistogramSums(QueryContext context, AggregateExpr aggregate, int steps)
{
    private readonly bool _isMean = aggregate.Operator == AggregationOperator.Avg;
    private readonly Dictionary<int, Group> _groups = [];

    private PositionRange Place => aggregate.Operand.Position;

    /// <summary>Adds the histograms of a series' column to its group.</summary>
    public void Add(int group, StepColumn column, LabelSet labels)
    {
        if (!column.HasHistograms)
        {
            return;
        }

        for (var step = 0; step < steps; step++)
        {
            if (column.HistogramAt(step) is { } histogram)
            {
                Add(StateOf(group), step, histogram, labels);
            }
        }
    }

    /// <summary>Puts the histograms of a group into its column; floats at the same step leave it empty.</summary>
    public void Finish(int group, StepColumn column)
    {
        if (!_groups.TryGetValue(group, out var state))
        {
            return;
        }

        for (var step = 0; step < steps; step++)
        {
            if (state.Sums[step] is not { } sum)
            {
                continue;
            }

            if (!Absent.Is(column.Floats[step]))
            {
                context.Annotations.Warn("encountered a mix of histograms and floats for aggregation", Place);
                column.Remove(step);
            }
            else if (!state.IsIncompatible[step])
            {
                HistogramNote.Tell(context.Annotations, state.Notes[step], HistogramNote.Aggregation, Place);
                var total = _isMean ? sum.Mean() : sum.Total();
                total = HistogramArithmetic.Compact(total.View);
                context.Hold(total, aggregate);
                column.SetHistogram(step, total);
            }
        }
    }

    private Group StateOf(int group)
    {
        if (!_groups.TryGetValue(group, out var state))
        {
            context.Hold(Footprint.OfColumn(steps) * 2, aggregate);
            _groups.Add(group, state = new Group(steps));
        }

        return state;
    }

    private void Add(Group state, int step, NativeHistogram histogram, LabelSet labels)
    {
        if (state.IsIncompatible[step])
        {
            return;
        }

        if (state.Sums[step] is not { } sum)
        {
            context.CountPoints(Footprint.PointsOf(histogram), aggregate);
            state.Sums[step] = sum = new HistogramAccumulator();
        }

        // A sum has the buckets of all that are in it, so it grows with histograms that have others.
        var before = sum.Bytes;
        var isAdded = _isMean ? sum.TryAddToMean(histogram.View, ref state.Notes[step]) : sum.TryAdd(histogram.View, ref state.Notes[step]);
        if (sum.Bytes > before)
        {
            context.Hold(sum.Bytes - before, aggregate);
        }

        if (!isAdded)
        {
            HistogramNote.WarnOfMixedSchemas(context.Annotations, labels[LabelSet.MetricName], Place);
            state.IsIncompatible[step] = true;
        }
    }

    private sealed class Group(int steps)
    {
        public HistogramAccumulator?[] Sums { get; } = new HistogramAccumulator?[steps];

        public HistogramNotes[] Notes { get; } = new HistogramNotes[steps];

        public bool[] IsIncompatible { get; } = new bool[steps];
    }
}
