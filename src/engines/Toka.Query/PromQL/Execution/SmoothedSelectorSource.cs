using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Functions;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// A smoothed instant selector: at each step the value between the samples around it, at most a look-back away; the last
/// one's where none follows, nothing where none came before. Stale markers are no samples.
/// </summary>
/// <remarks>Source: Prometheus 3, <c>smoothSeries</c>.</remarks>
internal sealed class SmoothedSelectorSource(QueryContext context, VectorSelector selector, StepGrid grid)
    : VectorSource(SelectorSeries.Of(context, selector))
{
    private readonly SeriesSet _set = context.SetOf(selector);
    private readonly long _lookbackMs = (long)context.Options.LookbackDelta.TotalMilliseconds;

    public override void Read(int index, StepColumn into)
    {
        using var scratch = context.Rent();
        MatrixSource.ReadSamples(context, _set, index, selector, scratch);
        var notes = new RangeNotes(context.Annotations, selector.Position, selector.Position, Series[index].Labels);
        var floatWindow = new MovingWindow(scratch.Floats.Timestamps);
        var histogramWindow = new MovingWindow(scratch.Histograms.Timestamps);
        into.Clear();
        for (var step = 0; step < into.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                context.CheckCancelled();
            }

            var time = selector.Modifier.Apply(grid.TimeAt(step), context.Plan.StartMs, context.Plan.EndMs);
            var hasFloats = floatWindow.MoveTo(time - _lookbackMs, time + _lookbackMs);
            var hasHistograms = histogramWindow.MoveTo(time - _lookbackMs, time + _lookbackMs);
            if (hasFloats && hasHistograms)
            {
                notes.Mixed();
            }
            else if (hasFloats)
            {
                SetFloat(scratch.Floats, floatWindow, time, into, step);
            }
            else if (hasHistograms)
            {
                SetHistogram(scratch.Histograms, histogramWindow, time, notes, into, step);
            }
        }
    }

    private static void SetFloat(FloatColumn samples, in MovingWindow window, long time, StepColumn into, int step)
    {
        var times = samples.Timestamps;
        var values = samples.Values;
        var behind = FirstBehind(times, window, time);
        if (behind == window.First)
        {
            return;
        }

        var last = behind - 1;
        into.SetFloat(step, behind == window.Behind || times[last] == time
            ? values[last]
            : ExtendedRates.Interpolate(times[last], values[last], times[behind], values[behind], time, isCounter: false));
    }

    private static void SetHistogram(
        HistogramColumn samples, in MovingWindow window, long time, RangeNotes notes, StepColumn into, int step)
    {
        var times = samples.Timestamps;
        var behind = FirstBehind(times, window, time);
        if (behind == window.First)
        {
            return;
        }

        var last = behind - 1;
        if (behind == window.Behind || times[last] == time)
        {
            into.SetHistogram(step, samples[last].ToHistogram());
            return;
        }

        var isCounter = samples[behind].ResetHint != HistogramResetHint.Gauge;
        if (HistogramInterpolation.At(samples[last], times[last], samples[behind], times[behind], time, isCounter, notes) is { } between)
        {
            into.SetHistogram(step, between);
        }
        else
        {
            notes.MixedSchemas();
        }
    }

    /// <summary>The place of the window's first sample behind a moment.</summary>
    private static int FirstBehind(ReadOnlySpan<long> times, in MovingWindow window, long time)
    {
        var (low, high) = (window.First, window.Behind);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = times[middle] <= time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
