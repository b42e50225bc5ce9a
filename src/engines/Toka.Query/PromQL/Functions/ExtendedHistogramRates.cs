using System.Diagnostics.CodeAnalysis;
using Toka.Core.Samples;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Functions;

/// <summary>rate, increase and delta of native histograms in anchored and smoothed ranges: as of floats, bucket by bucket.</summary>
/// <remarks>Source: Prometheus 3, <c>extendedHistogramRate</c>.</remarks>
internal static class ExtendedHistogramRates
{
    public static void Compute(in ExtendedWindow window, StepColumn into, int step, bool isCounter, bool isRate)
    {
        var times = window.HistogramTimes;
        var (start, end) = (window.Floats.StartMs, window.Floats.EndMs);
        if (!RangeEnds.TryFind(times, start, end, window.IsSmoothed, out var first, out var last)
            || !AreOfOneKind(window, first, last, isCounter))
        {
            return;
        }

        var left = window.IsSmoothed && times[first] < start
            ? HistogramInterpolation.At(window[first], times[first], window[first + 1], times[first + 1], start, isCounter, window.Notes)
            : window[first].ToHistogram();
        var right = window.IsSmoothed && last > 0 && times[last] > end
            ? HistogramInterpolation.At(window[last - 1], times[last - 1], window[last], times[last], end, isCounter, window.Notes)
            : window[last].ToHistogram();
        if (left is null || right is null)
        {
            window.Notes.MixedSchemas();
            return;
        }

        if (!isCounter && (left.ResetHint != HistogramResetHint.Gauge || right.ResetHint != HistogramResetHint.Gauge))
        {
            window.Notes.NotAGauge();
        }

        var notes = HistogramNotes.None;
        if (!HistogramArithmetic.TrySubtract(right.View, left.View, ref notes, out var change))
        {
            window.Notes.MixedSchemas();
            return;
        }

        window.Notes.Tell(notes & ~HistogramNotes.ResetHintCollision, HistogramNote.Subtraction);
        if (isCounter && !TryAddResets(window, first, last, left, right, ref change))
        {
            window.Notes.MixedSchemas();
            return;
        }

        change = isRate ? HistogramArithmetic.Divide(change.View, (end - start) / 1000.0) : change;
        into.SetHistogram(step, HistogramArithmetic.WithHint(HistogramArithmetic.Compact(change), HistogramResetHint.Gauge));
    }

    private static bool AreOfOneKind(in ExtendedWindow window, int first, int last, bool isCounter)
    {
        for (var i = first; i <= last; i++)
        {
            if (window[i].Layout.IsCustom != window[first].Layout.IsCustom)
            {
                window.Notes.MixedSchemas();
                return false;
            }

            if (isCounter && window[i].ResetHint == HistogramResetHint.Gauge)
            {
                window.Notes.NotACounter();
            }
        }

        return true;
    }

    /// <summary>Adds what a counter had reached at each of its resets between the two ends.</summary>
    private static bool TryAddResets(
        in ExtendedWindow window, int first, int last, NativeHistogram left, NativeHistogram right, [NotNull] ref NativeHistogram? change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var previous = left;
        var next = first + 1;
        if (window.IsSmoothed && window.HistogramTimes[first] < window.Floats.StartMs && HistogramArithmetic.IsReset(window[first], window[first + 1]))
        {
            // The left end lies in this reset, so its value has it already.
            previous = window[first + 1].ToHistogram();
            next++;
        }

        // Both ends in one reset: there is nothing between them. The last sample is the right end.
        if (next > last)
        {
            return true;
        }

        for (; next <= last; next++)
        {
            var current = next < last ? window[next] : right.View;
            if (HistogramArithmetic.IsReset(previous.View, current))
            {
                var notes = HistogramNotes.None;
                if (!HistogramArithmetic.TryAdd(change.View, previous.View, ref notes, out var sum))
                {
                    return false;
                }

                window.Notes.Tell(notes & ~HistogramNotes.ResetHintCollision, HistogramNote.Addition);
                change = sum;
            }

            previous = next < last ? window[next].ToHistogram() : right;
        }

        return true;
    }
}

/// <summary>Native histograms between two samples.</summary>
internal static class HistogramInterpolation
{
    /// <summary>The histogram at a moment; a counter that began anew did so at zero.</summary>
    /// <returns>Null where the two cannot be joined.</returns>
    public static NativeHistogram? At(
        in HistogramView one, long time, in HistogramView next, long nextTime, long at, bool isCounter, RangeNotes notes)
    {
        if (at == time || at == nextTime)
        {
            return at == time ? one.ToHistogram() : next.ToHistogram();
        }

        if (one.Layout.IsCustom != next.Layout.IsCustom)
        {
            return null;
        }

        var fraction = (double)(at - time) / (nextTime - time);
        if (isCounter && HistogramArithmetic.IsReset(one, next))
        {
            return HistogramArithmetic.Multiply(next, fraction);
        }

        var found = HistogramNotes.None;
        if (!HistogramArithmetic.TrySubtract(next, one, ref found, out var difference))
        {
            return null;
        }

        notes.Tell(found & ~HistogramNotes.ResetHintCollision, HistogramNote.Subtraction);
        found = HistogramNotes.None;
        if (!HistogramArithmetic.TryAdd(HistogramArithmetic.Multiply(difference.View, fraction).View, one, ref found, out var sum))
        {
            return null;
        }

        notes.Tell(found & ~HistogramNotes.ResetHintCollision, HistogramNote.Addition);
        return sum;
    }
}
