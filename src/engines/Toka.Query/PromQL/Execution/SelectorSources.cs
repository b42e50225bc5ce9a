using System.Runtime.InteropServices;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Functions;

namespace Toka.Query.PromQL.Execution;

/// <summary>An instant selector: at each step the newest sample in (t − look-back, t], unless it is a stale marker.</summary>
/// <remarks>
/// A summary's sample is found in the resolution that it stands for and one look-back more: within that resolution, when a
/// series ended is not known.
/// </remarks>
internal sealed class InstantSelectorSource(QueryContext context, VectorSelector selector, StepGrid grid, bool asTimestamps = false)
    : VectorSource(SelectorSeries.Of(context, selector))
{
    public override bool AreDistinctWithoutNames => SelectorSeries.HaveOneName(context, selector);

    private readonly SeriesSet _set = context.SetOf(selector);
    private readonly long _lookbackMs = (long)context.Options.LookbackDelta.TotalMilliseconds;

    public override void Read(int index, StepColumn into)
    {
        using var scratch = context.Rent();
        var column = scratch.Raw;
        column.Clear();
        _set.ReadFloats(index, column);
        context.CountSamples(column.Count, selector);
        into.DropHistograms();
        ReadFloats(column, into.Floats);
        if (_set.MayHaveHistograms)
        {
            scratch.Histograms.Clear();
            _set.ReadHistograms(index, scratch.Histograms);
            if (scratch.Histograms.Count > 0)
            {
                if (context.Plan.NeedsStatisticsOnly(selector))
                {
                    BucketlessHistograms.Reduce(scratch.Histograms, scratch.OtherHistograms);
                }

                context.CountSamples(Footprint.PointsOf(scratch.Histograms), selector);
                AddHistograms(column.Timestamps, scratch.Histograms, into);
            }
        }
    }

    private void ReadFloats(FloatColumn column, Span<double> into)
    {
        var timestamps = column.Timestamps;
        var values = column.Values;
        var next = 0;
        for (var step = 0; step < into.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                context.CheckCancelled();
            }

            var time = TimeAt(step);
            while (next < timestamps.Length && timestamps[next] <= time)
            {
                next++;
            }

            var last = next - 1;
            into[step] = last < 0 || IsTooOld(timestamps[last], time) || StaleMarker.Is(values[last])
                ? Absent.Value
                : asTimestamps ? timestamps[last] / 1000.0 : values[last];
        }
    }

    /// <summary>Puts the histogram where it is the newest sample, stale ones as nothing.</summary>
    private void AddHistograms(ReadOnlySpan<long> floatTimes, HistogramColumn histograms, StepColumn into)
    {
        var (nextFloat, next, copied) = (0, 0, -1);
        NativeHistogram? copy = null;
        for (var step = 0; step < into.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                context.CheckCancelled();
            }

            var time = TimeAt(step);
            while (nextFloat < floatTimes.Length && floatTimes[nextFloat] <= time)
            {
                nextFloat++;
            }

            while (next < histograms.Count && histograms.Timestamps[next] <= time)
            {
                next++;
            }

            var last = next - 1;
            if (last < 0 || (nextFloat > 0 && floatTimes[nextFloat - 1] > histograms.Timestamps[last]))
            {
                continue;
            }

            if (IsTooOld(histograms.Timestamps[last], time) || StaleMarker.Is(histograms[last].Sum))
            {
                into.Remove(step);
            }
            else if (asTimestamps)
            {
                into.SetFloat(step, histograms.Timestamps[last] / 1000.0);
            }
            else
            {
                copy = copied == last ? copy! : histograms[last].ToHistogram();
                copied = last;
                into.SetHistogram(step, copy);
            }
        }
    }

    private long TimeAt(int step) => selector.Modifier.Apply(grid.TimeAt(step), context.Plan.StartMs, context.Plan.EndMs);

    private bool IsTooOld(long sample, long time) =>
        sample <= time - _lookbackMs && (_set.ResolutionMs == 0 || sample <= time - _lookbackMs - _set.ResolutionAt(sample));
}

/// <summary>A range selector.</summary>
internal sealed class MatrixSource(QueryContext context, MatrixSelector matrix, StepGrid grid)
    : RangeSource(SelectorSeries.Of(context, matrix.Selector), grid, matrix.RangeMs)
{
    public override bool AreDistinctWithoutNames => SelectorSeries.HaveOneName(context, matrix.Selector);

    private readonly SeriesSet _set = context.SetOf(matrix.Selector);

    /// <summary>Whether the range is anchored or smoothed; then samples of a look-back around the windows are read as well.</summary>
    public SelectorMode Mode => matrix.Selector.Mode;

    /// <summary>Where the selector stands in the expression.</summary>
    public PositionRange Position => matrix.Position;

    /// <summary>See <see cref="SeriesSet.ResolutionMs"/>.</summary>
    public long ResolutionMs => _set.ResolutionMs;

    public override long EndAt(int step) =>
        matrix.Selector.Modifier.Apply(Grid.TimeAt(step), context.Plan.StartMs, context.Plan.EndMs);

    /// <summary>Reads the summaries of all windows, stale markers left out, into a scratch's summaries.</summary>
    public void ReadSummaries(int index, Scratch scratch)
    {
        var (all, into) = (scratch.RawSummaries, scratch.Summaries);
        all.Clear();
        into.Clear();
        _set.ReadSummaries(index, all);
        context.CountSamples(all.Count, matrix);
        for (var i = 0; i < all.Count; i++)
        {
            if (all.Counts[i] > 0)
            {
                into.Add(all[i]);
            }
        }
    }

    public override void Read(int index, Scratch into) => ReadSamples(context, _set, index, matrix, into);

    /// <summary>Reads when a series' counter began.</summary>
    /// <returns>Whether anything is known of it.</returns>
    public bool TryReadStarts(int index, StartTimes into)
    {
        into.Clear();
        _set.ReadCreated(index, into.Column);
        return into.Column.Count > 0;
    }

    /// <summary>Reads the histograms of all windows alone, stale ones left out, into a scratch's histograms.</summary>
    public void ReadHistograms(int index, Scratch into) => ReadHistograms(context, _set, index, matrix, into);

    /// <summary>Reads a series' samples, stale ones left out, into a scratch's floats and histograms.</summary>
    public static void ReadSamples(QueryContext context, SeriesSet set, int index, Expr culprit, Scratch into)
    {
        into.Raw.Clear();
        set.ReadFloats(index, into.Raw);
        context.CountSamples(into.Raw.Count, culprit);
        if (HasStale(into.Raw.Values))
        {
            WithoutStale(into.Raw, into.Floats);
        }
        else
        {
            into.SwapFloats();
        }

        ReadHistograms(context, set, index, culprit, into);
    }

    private static void ReadHistograms(QueryContext context, SeriesSet set, int index, Expr culprit, Scratch into)
    {
        into.Histograms.Clear();
        if (!set.MayHaveHistograms)
        {
            return;
        }

        set.ReadHistograms(index, into.Histograms);
        if (into.Histograms.Count > 0)
        {
            context.CountSamples(Footprint.PointsOf(into.Histograms), culprit);
            if (context.Plan.NeedsStatisticsOnly(culprit))
            {
                BucketlessHistograms.Reduce(into.Histograms, into.OtherHistograms);
            }

            DropStale(into.Histograms, into.OtherHistograms);
        }
    }

    private static void DropStale(HistogramColumn histograms, HistogramColumn spare)
    {
        var kept = 0;
        while (kept < histograms.Count && !StaleMarker.Is(histograms[kept].Sum))
        {
            kept++;
        }

        if (kept == histograms.Count)
        {
            return;
        }

        spare.Clear();
        for (var i = kept + 1; i < histograms.Count; i++)
        {
            if (!StaleMarker.Is(histograms[i].Sum))
            {
                spare.Add(histograms.Timestamps[i], histograms[i]);
            }
        }

        histograms.Truncate(kept);
        for (var i = 0; i < spare.Count; i++)
        {
            histograms.Add(spare.Timestamps[i], spare[i]);
        }
    }

    private static bool HasStale(ReadOnlySpan<double> values) =>
        MemoryMarshal.Cast<double, long>(values).Contains(BitConverter.DoubleToInt64Bits(StaleMarker.Value));

    private static void WithoutStale(FloatColumn raw, FloatColumn into)
    {
        into.Clear();
        var timestamps = raw.Timestamps;
        var values = raw.Values;
        into.Extend(timestamps.Length, out var times, out var numbers);
        var kept = 0;
        for (var i = 0; i < timestamps.Length; i++)
        {
            times[kept] = timestamps[i];
            numbers[kept] = values[i];
            kept += StaleMarker.Is(values[i]) ? 0 : 1;
        }

        into.Truncate(into.Count - (timestamps.Length - kept));
    }
}

/// <summary>An expression's values at the steps of a subquery, as samples.</summary>
internal sealed class SubquerySource : RangeSource
{
    private readonly QueryContext _context;
    private readonly SubqueryExpr _subquery;
    private readonly VectorSource _inner;
    private readonly StepGrid _innerGrid;

    private SubquerySource(QueryContext context, SubqueryExpr subquery, StepGrid grid, VectorSource inner, StepGrid innerGrid)
        : base(inner.Series, grid, subquery.RangeMs)
    {
        _context = context;
        _subquery = subquery;
        _inner = inner;
        _innerGrid = innerGrid;
    }

    public static SubquerySource Make(Evaluator evaluator, SubqueryExpr subquery, StepGrid grid)
    {
        var context = evaluator.Context;
        var innerGrid = context.Plan.InnerGrid(subquery, grid.StartMs, grid.EndMs, out var points);
        if (points > context.Options.SamplesMax)
        {
            throw LimitErrors.SubquerySteps(context.Options.SamplesMax, points, subquery);
        }

        // What a thread needs to read a series, before anything as long is made inside.
        context.Hold(points * Footprint.SubqueryStepBytes, subquery);
        var inner = SeriesNames.JoinSame(context, evaluator.Vector(subquery.Inner, innerGrid), subquery);
        context.Hold(points * Footprint.SubqueryStepBytes * (Math.Clamp(inner.Series.Length, 1, context.Options.ThreadsMax) - 1), subquery);
        return new SubquerySource(context, subquery, grid, inner, innerGrid);
    }

    public override long EndAt(int step) =>
        _subquery.Modifier.Apply(Grid.TimeAt(step), _context.Plan.StartMs, _context.Plan.EndMs);

    public override void Read(int index, Scratch into)
    {
        var values = into.Steps;
        values.Resize(_innerGrid.Count);
        _inner.Read(index, values);
        into.Floats.Clear();
        into.Histograms.Clear();
        for (var step = 0; step < values.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                _context.CheckCancelled();
            }

            if (!Absent.Is(values.Floats[step]))
            {
                into.Floats.Add(_innerGrid.TimeAt(step), values.Floats[step]);
            }
            else if (values.HistogramAt(step) is { } histogram)
            {
                // Steps leave samples out, so what a sample knew of the one before it says nothing of the step before.
                var hint = histogram.ResetHint == HistogramResetHint.Gauge ? HistogramResetHint.Gauge : HistogramResetHint.Unknown;
                histogram.Buckets.CopyTo(into.Histograms.Add(
                    _innerGrid.TimeAt(step), histogram.Layout, hint, histogram.ZeroCount, histogram.Count, histogram.Sum));
            }
        }

        _context.CheckCancelled();
    }
}

/// <summary>The series that a selector found.</summary>
internal static class SelectorSeries
{
    /// <summary>So many are some tenths of a millisecond.</summary>
    private const int SeriesBetweenChecks = 1024;

    /// <summary>Whether a selector's series are all of one metric: then they are different ones without its name too.</summary>
    public static bool HaveOneName(QueryContext context, VectorSelector selector) => !context.Options.TypeAndUnitLabels
        && selector.Matchers.Any(static matcher => matcher is { Name: LabelSet.MetricName, Operator: MatchOperator.Equal, Value.Length: > 0 });

    public static SeriesMeta[] Of(QueryContext context, VectorSelector selector)
    {
        var set = context.SetOf(selector);
        var series = new SeriesMeta[set.Count];
        var bytes = 0L;
        for (var i = 0; i < series.Length; i++)
        {
            series[i] = new SeriesMeta(set.LabelsOf(i), false);
            bytes += Footprint.SeriesBytes + Footprint.Of(series[i].Labels);
            if (i % SeriesBetweenChecks == 0)
            {
                context.Hold(bytes, selector);
                context.CheckCancelled();
                bytes = 0;
            }
        }

        context.Hold(bytes, selector);
        return series;
    }
}
