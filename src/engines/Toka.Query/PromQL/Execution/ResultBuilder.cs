using Toka.Core.Series;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Execution;

/// <summary>Turns what an evaluation gave into what a caller keeps.</summary>
internal static class ResultBuilder
{
    public static QueryValue Instant(QueryContext context, EvalValue value)
    {
        var plan = context.Plan;
        switch (value)
        {
            case ScalarColumn scalar:
                return new ScalarValue(plan.StartMs, scalar[0]);
            case TextValue text:
                return new StringValue(plan.StartMs, text.Text);
            case RangeSource range:
                return Windows(context, range);
        }

        var vector = SeriesNames.Finish(context, (VectorSource)value, plan.Grid, plan.Root);
        var samples = new List<VectorSample>(vector.Series.Length);
        Span<double> one = stackalloc double[1];
        for (var i = 0; i < vector.Series.Length; i++)
        {
            vector.Read(i, one);
            if (!Absent.Is(one[0]))
            {
                samples.Add(new VectorSample(vector.Series[i].Labels, plan.StartMs, one[0]));
            }
        }

        return new VectorValue(samples);
    }

    public static MatrixValue Range(QueryContext context, EvalValue value)
    {
        var grid = context.Plan.Grid;
        var series = new List<MatrixSeries>();
        var scratch = context.Column(grid.Count, context.Plan.Root).Span;
        if (value is ScalarColumn scalar)
        {
            for (var step = 0; step < scratch.Length; step++)
            {
                scratch[step] = scalar[step];
            }

            series.Add(Compact(Core.Labels.LabelSet.Empty, scratch, grid)!);
            return new MatrixValue(series);
        }

        var vector = SeriesNames.Finish(context, (VectorSource)value, grid, context.Plan.Root);
        for (var i = 0; i < vector.Series.Length; i++)
        {
            vector.Read(i, scratch);
            if (Compact(vector.Series[i].Labels, scratch, grid) is { } one)
            {
                series.Add(one);
            }
        }

        Order(series);
        return new MatrixValue(series);
    }

    /// <summary>Orders by labels; what comes from a selector is in order already.</summary>
    private static void Order(List<MatrixSeries> series)
    {
        for (var i = 1; i < series.Count; i++)
        {
            if (series[i - 1].Labels.CompareTo(series[i].Labels) > 0)
            {
                series.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
                return;
            }
        }
    }

    private static MatrixSeries? Compact(Core.Labels.LabelSet labels, ReadOnlySpan<double> column, StepGrid grid)
    {
        var count = 0;
        foreach (var value in column)
        {
            count += Absent.Is(value) ? 0 : 1;
        }

        if (count == 0)
        {
            return null;
        }

        var timestamps = new long[count];
        var values = new double[count];
        var at = 0;
        for (var step = 0; step < column.Length; step++)
        {
            if (!Absent.Is(column[step]))
            {
                timestamps[at] = grid.TimeAt(step);
                values[at++] = column[step];
            }
        }

        return new MatrixSeries(labels, timestamps, values);
    }

    /// <summary>The samples of an instant query's range vector as they are.</summary>
    private static MatrixValue Windows(QueryContext context, RangeSource range)
    {
        var series = new List<MatrixSeries>();
        using var samples = new FloatColumn();
        var end = range.EndAt(0);
        for (var i = 0; i < range.Series.Length; i++)
        {
            samples.Clear();
            range.Read(i, samples);
            var timestamps = samples.Timestamps;
            var (first, behind) = (0, timestamps.Length);
            while (first < behind && timestamps[first] <= end - range.RangeMs)
            {
                first++;
            }

            while (behind > first && timestamps[behind - 1] > end)
            {
                behind--;
            }

            if (behind > first)
            {
                var meta = range.Series[i];
                var labels = meta.DropName ? context.Labels.WithoutName(meta.Labels) : meta.Labels;
                series.Add(new MatrixSeries(labels, timestamps[first..behind].ToArray(), samples.Values[first..behind].ToArray()));
            }
        }

        Order(series);
        return new MatrixValue(series);
    }
}
