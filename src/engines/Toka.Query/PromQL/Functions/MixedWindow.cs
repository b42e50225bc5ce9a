using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Functions;

/// <summary>What a range function sees at one step of a series that has native histograms; at least one sample.</summary>
internal readonly ref struct MixedWindow(RangeWindow floats, HistogramColumn column, RangeNotes notes)
{
    /// <summary>The floats; there may be none.</summary>
    public RangeWindow Floats { get; } = floats;

    /// <summary>How many histograms there are; maybe none.</summary>
    public int HistogramCount { get; init; }

    /// <summary>The place of the window's first histogram in the series.</summary>
    public int FirstHistogram { get; init; }

    /// <summary>Whether both kinds are there.</summary>
    public bool IsMixed => HistogramCount > 0 && Floats.Values.Length > 0;

    /// <summary>What the function has to tell.</summary>
    public RangeNotes Notes { get; } = notes;

    /// <summary>A histogram of the window.</summary>
    /// <param name="place">From 0.</param>
    public HistogramView this[int place] => column[FirstHistogram + place];

    /// <summary>The last histogram.</summary>
    public HistogramView Last => this[HistogramCount - 1];

    /// <summary>Whether a counter began anew between a histogram and the one before it.</summary>
    /// <param name="place">From 1.</param>
    public bool IsReset(int place) => (Floats.Starts?.IsReset(TimeOf(place - 1), TimeOf(place)) ?? false)
        || HistogramArithmetic.IsReset(this[place - 1], this[place]);

    /// <summary>A histogram's time, ms since the Unix epoch.</summary>
    public long TimeOf(int place) => column.Timestamps[FirstHistogram + place];
}

/// <summary>Computes one value of a window of floats and native histograms.</summary>
/// <param name="window">The window.</param>
/// <param name="arguments">The function's scalar arguments at this step.</param>
/// <param name="into">Where the value goes; the step is empty before.</param>
/// <param name="step">The step.</param>
internal delegate void MixedKernel(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step);

/// <summary>Runs a range function over a series that has native histograms.</summary>
internal static class MixedRange
{
    public static void Read(
        RangeFunction function, FunctionCall call, RangeSource range, int index, Scratch scratch, StartTimes? starts, double[][] arguments, StepColumn into)
    {
        var (floats, histograms) = (scratch.Floats, scratch.Histograms);
        var changes = scratch.Changes.Over(floats);
        var notes = new RangeNotes(call, function.RangeArgument, range.Series[index].Labels);
        var floatWindow = new MovingWindow(floats.Timestamps);
        var histogramWindow = new MovingWindow(histograms.Timestamps);
        var hasFloat = false;
        for (var step = 0; step < into.Length; step++)
        {
            into.Remove(step);
            var end = range.EndAt(step);
            var start = end - range.RangeMs;
            if (!(floatWindow.MoveTo(start, end) | histogramWindow.MoveTo(start, end)))
            {
                continue;
            }

            var window = new RangeWindow(changes)
            {
                Timestamps = floats.Timestamps[floatWindow.First..floatWindow.Behind],
                Values = floats.Values[floatWindow.First..floatWindow.Behind],
                StartMs = start,
                EndMs = end,
                TimeMs = call.Grid.TimeAt(step),
                First = floatWindow.First,
                Starts = starts,
            };
            var mixed = new MixedWindow(window, histograms, notes)
            {
                FirstHistogram = histogramWindow.First,
                HistogramCount = histogramWindow.Behind - histogramWindow.First,
            };
            call.Context.CheckCancelled();
            Compute(function, mixed, arguments[arguments.Length == 1 ? 0 : step], into, step);
            hasFloat |= !Absent.Is(into.Floats[step]);
        }

        if (hasFloat)
        {
            function.InformOfGauge(call, range.Series[index].Labels);
        }
    }

    private static void Compute(RangeFunction function, in MixedWindow window, double[] arguments, StepColumn into, int step)
    {
        if (window.HistogramCount > 0 && function.OfHistograms is { } ofHistograms)
        {
            ofHistograms(window, arguments, into, step);
            return;
        }

        if (window.Floats.Values.IsEmpty)
        {
            return;
        }

        if (window.HistogramCount > 0)
        {
            window.Notes.IgnoredHistograms();
        }

        into.SetFloat(step, function.Kernel(window.Floats, arguments));
    }
}
