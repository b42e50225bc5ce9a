using System.Diagnostics.CodeAnalysis;
using Toka.Core.Samples;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Functions;

/// <summary>rate, increase, delta, irate and idelta of native histograms: as of floats, bucket by bucket.</summary>
/// <remarks>Source: Prometheus 3, <c>histogramRate</c> and <c>instantValue</c>.</remarks>
internal static class HistogramRates
{
    public static void Rate(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        Extrapolate(window, into, step, true, true);

    public static void Increase(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        Extrapolate(window, into, step, true, false);

    public static void Delta(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        Extrapolate(window, into, step, false, false);

    public static void InstantRate(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        LastTwo(window, into, step, true);

    public static void InstantDelta(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        LastTwo(window, into, step, false);

    private static void Extrapolate(in MixedWindow window, StepColumn into, int step, bool isCounter, bool isRate)
    {
        if (window.IsMixed)
        {
            window.Notes.Mixed();
            return;
        }

        var count = window.HistogramCount;
        if (isCounter && window.Floats.Starts is { } starts && StartedRates.IsStartOfWindow(starts.Of(window.TimeOf(0)), window.TimeOf(0), window.Floats))
        {
            ExtrapolateFromStart(window, starts.Of(window.TimeOf(0)), into, step, isRate);
            return;
        }

        if (count < 2 || !TryChange(window, isCounter, out var change))
        {
            return;
        }

        var (start, end) = (window.Floats.StartMs, window.Floats.EndMs);
        var sampled = (window.TimeOf(count - 1) - window.TimeOf(0)) / 1000.0;
        var average = sampled / (count - 1);
        var threshold = average * RateFunctions.ExtrapolationThreshold;
        var toStart = (window.TimeOf(0) - start) / 1000.0;
        var toEnd = (end - window.TimeOf(count - 1)) / 1000.0;
        toStart = toStart >= threshold ? average / 2 : toStart;
        toEnd = toEnd >= threshold ? average / 2 : toEnd;
        var factor = RateFunctions.FactorOf(change.Count, window[0].Count, sampled, toStart, toEnd, isCounter);
        into.SetHistogram(step, HistogramArithmetic.Multiply(change.View, isRate ? factor / ((end - start) / 1000.0) : factor));
    }

    /// <summary>The change of a counter that began within the window: at zero, so that nothing is stretched to the left.</summary>
    private static void ExtrapolateFromStart(in MixedWindow window, long startMs, StepColumn into, int step, bool isRate)
    {
        var change = window[0].ToHistogram();
        if (window.HistogramCount > 1)
        {
            if (!TryChange(window, true, out var later))
            {
                return;
            }

            var notes = HistogramNotes.None;
            if (!HistogramArithmetic.TryAdd(later.View, window[0], ref notes, out var sum))
            {
                window.Notes.MixedSchemas();
                return;
            }

            window.Notes.Tell(notes & ~HistogramNotes.ResetHintCollision, HistogramNote.Addition);
            change = sum;
        }

        var factor = StartedRates.FactorFromStart(
            startMs, window.TimeOf(0), window.TimeOf(window.HistogramCount - 1), window.HistogramCount, window.Floats, isRate);
        into.SetHistogram(step, HistogramArithmetic.WithHint(HistogramArithmetic.Multiply(change.View, factor), HistogramResetHint.Gauge));
    }

    /// <summary>The change from the window's first histogram to its last, resets of a counter added.</summary>
    private static bool TryChange(in MixedWindow window, bool isCounter, [NotNullWhen(true)] out NativeHistogram? change)
    {
        change = null;
        TellKind(window, isCounter);

        // A first sample that the second one resets is not looked at, whatever buckets it has.
        var first = isCounter && window.IsReset(1) ? 1 : 0;
        if (!TrySchema(window, first, isCounter, out var schema))
        {
            window.Notes.MixedSchemas();
            return false;
        }

        var notes = HistogramNotes.None;
        var from = first == 0 ? window[0] : EmptyLike(window[1]).View;
        if (!HistogramArithmetic.TrySubtract(window.Last, from, ref notes, out change))
        {
            window.Notes.MixedSchemas();
            return false;
        }

        // Resets are treated here, so what hints say of them is no news.
        window.Notes.Tell(notes & ~HistogramNotes.ResetHintCollision, HistogramNote.Subtraction);
        if (isCounter && !TryAddResets(window, first, ref change))
        {
            return false;
        }

        change = change.Layout.IsCustom || change.Layout.Schema <= schema ? change : HistogramArithmetic.ReduceTo(change.View, schema);
        change = HistogramArithmetic.WithHint(HistogramArithmetic.Compact(change.View), HistogramResetHint.Gauge);
        return true;
    }

    private static bool TryAddResets(in MixedWindow window, int first, ref NativeHistogram change)
    {
        for (var i = first + 1; i < window.HistogramCount; i++)
        {
            if (!window.IsReset(i))
            {
                continue;
            }

            var notes = HistogramNotes.None;
            if (!HistogramArithmetic.TryAdd(change.View, window[i - 1], ref notes, out var sum))
            {
                window.Notes.MixedSchemas();
                return false;
            }

            window.Notes.Tell(notes & ~HistogramNotes.ResetHintCollision, HistogramNote.Addition);
            change = sum;
        }

        return true;
    }

    /// <summary>The coarsest schema of a window; false where custom buckets stand beside exponential ones.</summary>
    private static bool TrySchema(in MixedWindow window, int first, bool isCounter, out int schema)
    {
        var last = window.Last.Layout;
        schema = last.Schema;
        for (var i = first; i < window.HistogramCount - 1; i++)
        {
            // What lies between does not count for a gauge.
            if (!isCounter && i > 0)
            {
                break;
            }

            var layout = window[i].Layout;
            if (layout.IsCustom != last.IsCustom)
            {
                return false;
            }

            schema = Math.Min(schema, layout.Schema);
        }

        return true;
    }

    private static void TellKind(in MixedWindow window, bool isCounter)
    {
        if (isCounter)
        {
            for (var i = 0; i < window.HistogramCount; i++)
            {
                if (window[i].ResetHint == HistogramResetHint.Gauge)
                {
                    window.Notes.NotACounter();
                    return;
                }
            }
        }
        else if (window[0].ResetHint != HistogramResetHint.Gauge || window.Last.ResetHint != HistogramResetHint.Gauge)
        {
            window.Notes.NotAGauge();
        }
    }

    private static NativeHistogram EmptyLike(in HistogramView other) =>
        new(new HistogramLayout(other.Layout.Schema, 0, [], [], other.Layout.CustomValues), HistogramResetHint.Unknown, 0, 0, 0, []);

    private static void LastTwo(in MixedWindow window, StepColumn into, int step, bool isRate)
    {
        var (floats, histograms) = (window.Floats.Values.Length, window.HistogramCount);
        if (floats + histograms < 2)
        {
            return;
        }

        // How many of the last two samples are histograms.
        var newest = histograms == 0 ? -1 : window.TimeOf(histograms - 1);
        var beforeNewest = histograms < 2 ? -1 : window.TimeOf(histograms - 2);
        var bothAreFloats = floats > 1 && window.Floats.Timestamps[^2] > newest;
        var bothAreHistograms = histograms > 1 && (floats == 0 || window.Floats.Timestamps[^1] < beforeNewest);
        if (bothAreFloats)
        {
            into.SetFloat(step, isRate ? RateFunctions.InstantRate(window.Floats, []) : RateFunctions.InstantDelta(window.Floats, []));
        }
        else if (bothAreHistograms)
        {
            LastTwoHistograms(window, into, step, isRate);
        }
        else
        {
            window.Notes.Mixed();
        }
    }

    private static void LastTwoHistograms(in MixedWindow window, StepColumn into, int step, bool isRate)
    {
        var previous = window[window.HistogramCount - 2];
        var last = window.Last;
        var areGauges = previous.ResetHint == HistogramResetHint.Gauge && last.ResetHint == HistogramResetHint.Gauge;
        var isAnyGauge = previous.ResetHint == HistogramResetHint.Gauge || last.ResetHint == HistogramResetHint.Gauge;
        if (isRate && isAnyGauge)
        {
            window.Notes.NotACounter();
        }
        else if (!isRate && !areGauges)
        {
            window.Notes.NotAGauge();
        }

        var change = last.ToHistogram();
        if (!isRate || !window.IsReset(window.HistogramCount - 1))
        {
            var notes = HistogramNotes.None;
            if (!HistogramArithmetic.TrySubtract(last, previous, ref notes, out var difference))
            {
                window.Notes.MixedSchemas();
                return;
            }

            window.Notes.Tell(notes & ~HistogramNotes.ResetHintCollision, HistogramNote.Subtraction);
            change = difference;
        }

        change = HistogramArithmetic.WithHint(HistogramArithmetic.Compact(change.View), HistogramResetHint.Gauge);
        var seconds = (window.TimeOf(window.HistogramCount - 1) - window.TimeOf(window.HistogramCount - 2)) / 1000.0;
        into.SetHistogram(step, isRate ? HistogramArithmetic.Divide(change.View, seconds) : change);
    }
}
