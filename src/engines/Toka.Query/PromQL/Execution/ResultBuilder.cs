using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
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
                return new StringValue(plan.StartMs, LooseText.ToUtf8(text.Text));
            case RangeSource range:
                return Windows(context, range);
        }

        var vector = SeriesNames.Finish(context, (VectorSource)value, plan.Root);
        var samples = new List<VectorSample>(vector.Series.Length);
        ColumnReader.ReadAll(context, vector, 1, (i, column) =>
        {
            if (!column.IsAbsent(0))
            {
                context.Hold(Footprint.VectorSampleBytes, plan.Root);
                context.HoldHistograms(column, plan.Root);
                samples.Add(new VectorSample(vector.Series[i].Labels, plan.StartMs, column.Floats[0], column.HistogramAt(0)));
            }
        });

        return new VectorValue(samples);
    }

    public static MatrixValue Range(QueryContext context, EvalValue value)
    {
        var grid = context.Plan.Grid;
        var series = new List<MatrixSeries>();
        if (value is ScalarColumn scalar)
        {
            var scratch = context.Column(grid.Count, context.Plan.Root);
            scratch.DropHistograms();
            for (var step = 0; step < scratch.Length; step++)
            {
                scratch.SetFloat(step, scalar[step]);
            }

            series.Add(Compact(LabelSet.Empty, scratch, grid)!);
            return new MatrixValue(series);
        }

        var vector = SeriesNames.Finish(context, (VectorSource)value, context.Plan.Root);
        ColumnReader.ReadAll(context, vector, grid.Count, (i, column) =>
        {
            if (Compact(vector.Series[i].Labels, column, grid) is { } one)
            {
                Finishing.Hold(context, one);
                series.Add(one);
            }
        });

        Finishing.Order(context, series);
        return new MatrixValue(series);
    }

    private static MatrixSeries? Compact(LabelSet labels, StepColumn column, StepGrid grid)
    {
        var (times, values) = CompactFloats(column.Floats, grid);
        if (!column.HasHistograms)
        {
            return values.Length == 0 ? null : new MatrixSeries(labels, times, values);
        }

        var histogramTimes = new List<long>();
        var histograms = new List<NativeHistogram>();
        for (var step = 0; step < column.Length; step++)
        {
            if (column.HistogramAt(step) is { } histogram)
            {
                histogramTimes.Add(grid.TimeAt(step));
                histograms.Add(histogram);
            }
        }

        return values.Length + histograms.Count == 0 ? null : new MatrixSeries(labels, times, values)
        {
            HistogramTimestamps = histogramTimes.ToArray(),
            Histograms = histograms.ToArray(),
        };
    }

    private static (long[] Times, double[] Values) CompactFloats(ReadOnlySpan<double> column, StepGrid grid)
    {
        var count = 0;
        foreach (var value in column)
        {
            count += Absent.Is(value) ? 0 : 1;
        }

        if (count == 0)
        {
            return ([], []);
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

        return (timestamps, values);
    }

    /// <summary>The samples of an instant query's range vector as they are.</summary>
    private static MatrixValue Windows(QueryContext context, RangeSource range)
    {
        var series = new List<MatrixSeries>();
        using var scratch = context.Rent();
        var end = range.EndAt(0);
        var isExtended = range is MatrixSource { Mode: not SelectorMode.Plain };

        // The left end of an extended range is shown.
        var start = end - range.RangeMs - (isExtended ? 1 : 0);
        for (var i = 0; i < range.Series.Length; i++)
        {
            range.Read(i, scratch);
            if (isExtended)
            {
                ExtendedSamples.Cut(context, (MatrixSource)range, i, end, scratch);
            }

            var (first, behind) = InWindow(scratch.Floats.Timestamps, start, end);
            var (firstHistogram, behindHistogram) = InWindow(scratch.Histograms.Timestamps, start, end);
            if (behind - first + behindHistogram - firstHistogram == 0)
            {
                continue;
            }

            var histograms = new NativeHistogram[behindHistogram - firstHistogram];
            for (var at = 0; at < histograms.Length; at++)
            {
                histograms[at] = scratch.Histograms[firstHistogram + at].ToHistogram();
            }

            var meta = range.Series[i];
            var labels = meta.DropName ? context.Labels.WithoutName(meta.Labels) : meta.Labels;
            series.Add(new MatrixSeries(labels, scratch.Floats.Timestamps[first..behind].ToArray(), scratch.Floats.Values[first..behind].ToArray())
            {
                HistogramTimestamps = scratch.Histograms.Timestamps[firstHistogram..behindHistogram].ToArray(),
                Histograms = histograms,
            });
            Finishing.Hold(context, series[^1]);
        }

        Finishing.Order(context, series);
        return new MatrixValue(series);
    }

    private static (int First, int Behind) InWindow(ReadOnlySpan<long> timestamps, long startMs, long endMs)
    {
        var (first, behind) = (0, timestamps.Length);
        while (first < behind && timestamps[first] <= startMs)
        {
            first++;
        }

        while (behind > first && timestamps[behind - 1] > endMs)
        {
            behind--;
        }

        return (first, behind);
    }
}
