using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>
/// What a function of an anchored or smoothed range sees at one step: the samples of the range, and of one look-back before
/// it; of a smoothed one, of one look-back behind it too. There is at least one.
/// </summary>
internal readonly ref struct ExtendedWindow(RangeWindow floats, HistogramColumn column, RangeNotes notes)
{
    /// <summary>The floats, with the range's own ends; there may be none.</summary>
    public RangeWindow Floats { get; } = floats;

    /// <summary>The histograms of the series.</summary>
    public HistogramColumn Column { get; } = column;

    /// <summary>What the function has to tell.</summary>
    public RangeNotes Notes { get; } = notes;

    /// <summary>The place of the window's first histogram in the series.</summary>
    public int FirstHistogram { get; init; }

    /// <summary>How many histograms there are; maybe none.</summary>
    public int HistogramCount { get; init; }

    /// <summary>Whether values between two samples are interpolated.</summary>
    public bool IsSmoothed { get; init; }

    /// <summary>The histograms' times.</summary>
    public ReadOnlySpan<long> HistogramTimes => Column.Timestamps.Slice(FirstHistogram, HistogramCount);

    /// <summary>A histogram of the window.</summary>
    /// <param name="place">From 0.</param>
    public HistogramView this[int place] => Column[FirstHistogram + place];
}

/// <summary>Computes one value of an anchored or smoothed range.</summary>
/// <param name="window">The window.</param>
/// <param name="into">Where the value goes; the step is empty before.</param>
/// <param name="step">The step.</param>
internal delegate void ExtendedKernel(in ExtendedWindow window, StepColumn into, int step);

/// <summary>Runs a range function over an anchored or smoothed selector.</summary>
internal sealed class ExtendedRangeSource(RangeFunction function, FunctionCall call, MatrixSource range)
    : VectorSource(SeriesNames.Drop(call.Context, range.Series))
{
    private readonly ExtendedKernel _kernel = function.OfExtended
        ?? throw new InvalidOperationException($"{function.Signature.Name} has no meaning for an extended range.");

    private readonly long _lookbackMs = (long)call.Context.Options.LookbackDelta.TotalMilliseconds;

    public override void Read(int index, StepColumn into)
    {
        using var scratch = call.Context.Rent();
        range.Read(index, scratch);
        into.Clear();
        var (floats, histograms) = (scratch.Floats, scratch.Histograms);
        var changes = scratch.Changes.Over(floats);
        var notes = new RangeNotes(call, function.RangeArgument, range.Series[index].Labels);
        var floatWindow = new MovingWindow(floats.Timestamps);
        var histogramWindow = new MovingWindow(histograms.Timestamps);
        var hasFloat = false;
        for (var step = 0; step < into.Length; step++)
        {
            var end = range.EndAt(step);
            var start = end - range.RangeMs;
            var last = range.Mode == SelectorMode.Smoothed ? end + _lookbackMs : end;
            if (!(floatWindow.MoveTo(start - _lookbackMs, last) | histogramWindow.MoveTo(start - _lookbackMs, last)))
            {
                continue;
            }

            call.Context.CheckCancelled();
            var window = new RangeWindow(changes)
            {
                Timestamps = floats.Timestamps[floatWindow.First..floatWindow.Behind],
                Values = floats.Values[floatWindow.First..floatWindow.Behind],
                StartMs = start,
                EndMs = end,
                TimeMs = call.Grid.TimeAt(step),
                First = floatWindow.First,
            };
            var extended = new ExtendedWindow(window, histograms, notes)
            {
                FirstHistogram = histogramWindow.First,
                HistogramCount = histogramWindow.Behind - histogramWindow.First,
                IsSmoothed = range.Mode == SelectorMode.Smoothed,
            };
            _kernel(extended, into, step);
            hasFloat |= !Absent.Is(into.Floats[step]);
        }

        if (hasFloat)
        {
            function.InformOfGauge(call, range.Series[index].Labels);
        }
    }
}

/// <summary>Which of the samples around a range stand for its ends.</summary>
internal static class RangeEnds
{
    /// <summary>
    /// Finds the sample that stands for the left end, the newest at or before it or else the first one, and the one that stands
    /// for the right end, which for a smoothed range is the first one at or behind it, if there is any.
    /// </summary>
    /// <returns>False where the samples have nothing to say of the range.</returns>
    public static bool TryFind(ReadOnlySpan<long> times, long startMs, long endMs, bool isSmoothed, out int first, out int last)
    {
        last = times.Length - 1;
        first = 0;
        while (first < last && times[first + 1] <= startMs)
        {
            first++;
        }

        // The last sample itself is never an anchor: were it one, the range would be empty.
        first = first == last && last > 0 && times[last] <= startMs ? last - 1 : first;
        if (isSmoothed)
        {
            var behind = 0;
            while (behind < last && times[behind] < endMs)
            {
                behind++;
            }

            last = behind;
        }

        return times[last] > startMs && !(isSmoothed && times[first] > endMs);
    }
}
