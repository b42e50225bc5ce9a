using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>An instant selector: at each step the newest sample in (t − look-back, t], unless it is a stale marker.</summary>
/// <remarks>
/// A summary's sample is found in the resolution that it stands for and one look-back more: within that resolution, when a
/// series ended is not known.
/// </remarks>
internal sealed class InstantSelectorSource(QueryContext context, VectorSelector selector, StepGrid grid, bool asTimestamps = false)
    : VectorSource(SelectorSeries.Of(context, selector))
{
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
        var timestamps = column.Timestamps;
        var values = column.Values;
        var floats = into.Floats;
        var next = 0;
        for (var step = 0; step < floats.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                context.CheckCancelled();
            }

            var time = selector.Modifier.Apply(grid.TimeAt(step), context.Plan.StartMs, context.Plan.EndMs);
            while (next < timestamps.Length && timestamps[next] <= time)
            {
                next++;
            }

            var last = next - 1;
            floats[step] = last < 0 || IsTooOld(timestamps[last], time) || StaleMarker.Is(values[last])
                ? Absent.Value
                : asTimestamps ? timestamps[last] / 1000.0 : values[last];
        }
    }

    private bool IsTooOld(long sample, long time) =>
        sample <= time - _lookbackMs && (_set.ResolutionMs == 0 || sample <= time - _lookbackMs - _set.ResolutionAt(sample));
}

/// <summary>A range selector.</summary>
internal sealed class MatrixSource(QueryContext context, MatrixSelector matrix, StepGrid grid)
    : RangeSource(SelectorSeries.Of(context, matrix.Selector), grid, matrix.RangeMs)
{
    private readonly SeriesSet _set = context.SetOf(matrix.Selector);

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

    public override void Read(int index, Scratch into)
    {
        into.Histograms.Clear();
        into.Raw.Clear();
        _set.ReadFloats(index, into.Raw);
        context.CountSamples(into.Raw.Count, matrix);
        WithoutStale(into.Raw, into.Floats);
    }

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
                into.Histograms.Add(_innerGrid.TimeAt(step), histogram);
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
