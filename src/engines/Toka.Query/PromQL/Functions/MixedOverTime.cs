using Toka.Core.Samples;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Functions;

/// <summary>The functions of a window that native histograms count for as well: <c>sum_over_time</c>, <c>changes</c> and their kin.</summary>
internal static class MixedOverTime
{
    public static void Sum(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        Accumulate(window, into, step, false);

    public static void Avg(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        Accumulate(window, into, step, true);

    public static void Count(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        into.SetFloat(step, window.Floats.Values.Length + window.HistogramCount);

    public static void Present(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) => into.SetFloat(step, 1);

    public static void First(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step)
    {
        if (!window.Floats.Values.IsEmpty && window.Floats.Timestamps[0] < window.TimeOf(0))
        {
            into.SetFloat(step, window.Floats.Values[0]);
        }
        else
        {
            into.SetHistogram(step, window[0].ToHistogram());
        }
    }

    public static void Last(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step)
    {
        if (!window.Floats.Values.IsEmpty && window.Floats.Timestamps[^1] > window.TimeOf(window.HistogramCount - 1))
        {
            into.SetFloat(step, window.Floats.Values[^1]);
        }
        else
        {
            into.SetHistogram(step, window.Last.ToHistogram());
        }
    }

    public static void TimeOfFirst(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step)
    {
        var first = window.TimeOf(0);
        first = window.Floats.Timestamps.IsEmpty ? first : Math.Min(first, window.Floats.Timestamps[0]);
        into.SetFloat(step, first / 1000.0);
    }

    public static void TimeOfLast(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step)
    {
        var last = window.TimeOf(window.HistogramCount - 1);
        last = window.Floats.Timestamps.IsEmpty ? last : Math.Max(last, window.Floats.Timestamps[^1]);
        into.SetFloat(step, last / 1000.0);
    }

    /// <summary>How often the value changes; going from a float to a histogram and back is a change.</summary>
    public static void Changes(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        into.SetFloat(step, CountPairs(
            window, static (previous, current) => current != previous && !(double.IsNaN(current) && double.IsNaN(previous)), IsChange));

    /// <summary>How often a counter begins anew; going from a float to a histogram and back is a reset.</summary>
    public static void Resets(in MixedWindow window, ReadOnlySpan<double> arguments, StepColumn into, int step) =>
        into.SetFloat(step, CountPairs(window, static (previous, current) => current < previous, HistogramArithmetic.IsReset, window.Floats.Starts));

    private delegate bool HistogramPair(in HistogramView previous, in HistogramView current);

    private static bool IsChange(in HistogramView previous, in HistogramView current) => !HistogramArithmetic.AreEqual(previous, current);

    private static int CountPairs(in MixedWindow window, Func<double, double, bool> ofFloats, HistogramPair ofHistograms, StartTimes? starts = null)
    {
        var (count, nextFloat, nextHistogram) = (0, 0, 0);
        var floats = window.Floats;
        var (wasFloat, isFirst, previousMs) = (false, true, 0L);
        while (nextFloat < floats.Values.Length || nextHistogram < window.HistogramCount)
        {
            var isFloat = nextHistogram == window.HistogramCount
                || (nextFloat < floats.Values.Length && floats.Timestamps[nextFloat] < window.TimeOf(nextHistogram));
            if (!isFirst)
            {
                var counts = wasFloat != isFloat
                    || (isFloat && ofFloats(floats.Values[nextFloat - 1], floats.Values[nextFloat]))
                    || (!isFloat && ofHistograms(window[nextHistogram - 1], window[nextHistogram]))
                    || (starts?.IsReset(previousMs, isFloat ? floats.Timestamps[nextFloat] : window.TimeOf(nextHistogram)) ?? false);
                count += counts ? 1 : 0;
            }

            previousMs = isFloat ? floats.Timestamps[nextFloat] : window.TimeOf(nextHistogram);
            (wasFloat, isFirst) = (isFloat, false);
            nextFloat += isFloat ? 1 : 0;
            nextHistogram += isFloat ? 0 : 1;
        }

        return count;
    }

    private static void Accumulate(in MixedWindow window, StepColumn into, int step, bool isMean)
    {
        if (window.IsMixed)
        {
            window.Notes.Mixed();
            return;
        }

        var accumulator = new HistogramAccumulator();
        var notes = HistogramNotes.None;
        for (var i = 0; i < window.HistogramCount; i++)
        {
            if (!(isMean ? accumulator.TryAddToMean(window[i], ref notes) : accumulator.TryAdd(window[i], ref notes)))
            {
                window.Notes.MixedSchemas();
                return;
            }
        }

        window.Notes.Tell(notes, HistogramNote.Aggregation);
        into.SetHistogram(step, isMean ? accumulator.Mean() : accumulator.Total());
    }
}
