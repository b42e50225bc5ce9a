using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary><c>topk</c> and <c>bottomk</c>: at each step the k best series of each group keep their sample.</summary>
internal sealed class TopSelection(QueryContext context, AggregateExpr aggregate, StepGrid grid, ScalarColumn parameter)
{
    private readonly bool _isTop = aggregate.Operator == AggregationOperator.TopK;

    public ColumnVector Evaluate(VectorSource source, Groups groups)
    {
        var input = context.Materialize(source, grid, aggregate.Operand);
        for (var i = 0; i < input.Series.Length; i++)
        {
            Aggregation.InformOfHistograms(context, aggregate, input[i], aggregate);
        }

        var output = new StepColumn?[input.Series.Length];
        var worstFirst = Comparer<double>.Create(CompareWorstFirst);
        var heap = new PriorityQueue<int, double>(worstFirst);
        var order = new List<int>();
        var members = groups.Members();
        for (var step = 0; step < grid.Count; step++)
        {
            context.CheckCancelled();
            var k = SelectionParameter.ToCount(parameter[step], aggregate);
            if (k < 1)
            {
                continue;
            }

            foreach (var group in members)
            {
                Select(input, group, step, k, heap, worstFirst);
                var first = order.Count;
                while (heap.TryDequeue(out var index, out var value))
                {
                    if (output[index] is not { } column)
                    {
                        output[index] = column = context.AbsentColumn(grid.Count, aggregate);
                        order.Add(index);
                    }

                    column.Floats[step] = value;
                }

                // The heap gives the worst first; an instant query shows the best first.
                order.Reverse(first, order.Count - first);
            }
        }

        return new ColumnVector([.. order.Select(index => input.Series[index])], [.. order.Select(index => output[index]!)]);
    }

    private static void Select(ColumnVector input, List<int> group, int step, long k, PriorityQueue<int, double> heap, Comparer<double> worstFirst)
    {
        foreach (var index in group)
        {
            var value = input[index].Floats[step];
            if (Absent.Is(value))
            {
                continue;
            }

            if (heap.Count < k)
            {
                heap.Enqueue(index, value);
            }
            else if (heap.TryPeek(out _, out var worst) && worstFirst.Compare(worst, value) < 0)
            {
                heap.DequeueEnqueue(index, value);
            }
        }
    }

    /// <summary>NaN is worse than every number, for both operators.</summary>
    private int CompareWorstFirst(double one, double other) => (double.IsNaN(one), double.IsNaN(other)) switch
    {
        (true, true) => 0,
        (true, false) => -1,
        (false, true) => 1,
        _ => _isTop ? one.CompareTo(other) : other.CompareTo(one),
    };
}

/// <summary><c>limitk</c> and <c>limit_ratio</c>: a sample of the series, whatever their values.</summary>
internal static class LimitSelection
{
    public static ColumnVector Evaluate(
        QueryContext context, AggregateExpr aggregate, StepGrid grid, ScalarColumn parameter, VectorSource source, Groups groups)
    {
        var isRatio = aggregate.Operator == AggregationOperator.LimitRatio;
        var limits = context.Column(grid.Count, aggregate).Floats;
        for (var step = 0; step < limits.Length; step++)
        {
            limits[step] = isRatio
                ? SelectionParameter.ToRatio(parameter[step], aggregate, context.Annotations)
                : SelectionParameter.ToCount(parameter[step], aggregate);
        }

        context.Hold((long)groups.Count * grid.Count * sizeof(int), aggregate);
        var counts = new int[groups.Count, grid.Count];
        var columns = new StepColumn[source.Series.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            context.CheckCancelled();
            columns[i] = context.Column(grid.Count, aggregate);
            var column = columns[i];
            source.Read(i, column);
            context.HoldHistograms(column, aggregate);

            // A series stays on its side of the ratio for good: its hash decides, so that r and -(1 - r) complement each other.
            var place = !isRatio ? 0 : LabelHash.Of(source.Series[i].Labels) / (double)ulong.MaxValue;
            for (var step = 0; step < column.Length; step++)
            {
                if (column.IsAbsent(step))
                {
                    continue;
                }

                var keeps = isRatio
                    ? limits[step] >= 0 ? place < limits[step] : place >= 1 + limits[step]
                    : counts[groups.IdOf[i], step]++ < limits[step];
                if (!keeps)
                {
                    column.Remove(step);
                }
            }
        }

        return new ColumnVector(source.Series, columns);
    }
}

/// <summary>Checks the numbers that select.</summary>
internal static class SelectionParameter
{
    public static long ToCount(double value, AggregateExpr aggregate)
    {
        if (double.IsNaN(value))
        {
            throw QueryContext.Fail("Parameter value is NaN", aggregate.Parameter!);
        }

        return Math.Abs(value) < long.MaxValue
            ? (long)value
            : throw QueryContext.Fail($"Scalar value {NumberFormat.PrintShort(value)} {(value < 0 ? "underflows" : "overflows")} int64", aggregate.Parameter!);
    }

    public static double ToRatio(double value, AggregateExpr aggregate, Annotations annotations)
    {
        if (double.IsNaN(value))
        {
            throw QueryContext.Fail("Ratio value is NaN", aggregate.Parameter!);
        }

        var capped = Math.Clamp(value, -1, 1);
        if (capped != value)
        {
            annotations.Warn($"ratio value should be between -1 and 1, got {NumberFormat.PrintShort(value)}, capping to {NumberFormat.PrintShort(capped)}", aggregate.Parameter!.Position);
        }

        return capped;
    }
}
