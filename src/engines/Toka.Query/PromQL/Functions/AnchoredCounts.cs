using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>changes and resets of anchored ranges: the step from the newest sample before the range into it counts as well.</summary>
/// <remarks>Source: Prometheus 3, <c>funcChanges</c> and <c>funcResets</c>.</remarks>
internal static class AnchoredCounts
{
    public static void Changes(in ExtendedWindow window, StepColumn into, int step)
    {
        if (TryAnchor(window, out var anchored))
        {
            MixedOverTime.Changes(anchored, [], into, step);
        }
    }

    public static void Resets(in ExtendedWindow window, StepColumn into, int step)
    {
        if (TryAnchor(window, out var anchored))
        {
            MixedOverTime.Resets(anchored, [], into, step);
        }
    }

    /// <summary>The samples of the range and the newest one before it; false where the range itself has none.</summary>
    private static bool TryAnchor(in ExtendedWindow window, out MixedWindow anchored)
    {
        var start = window.Floats.StartMs;
        var floatsBefore = CountUpTo(window.Floats.Timestamps, start);
        var histogramsBefore = CountUpTo(window.HistogramTimes, start);
        var hasAny = floatsBefore < window.Floats.Timestamps.Length || histogramsBefore < window.HistogramCount;
        var lastFloat = floatsBefore == 0 ? long.MinValue : window.Floats.Timestamps[floatsBefore - 1];
        var lastHistogram = histogramsBefore == 0 ? long.MinValue : window.HistogramTimes[histogramsBefore - 1];
        floatsBefore -= floatsBefore > 0 && lastFloat > lastHistogram ? 1 : 0;
        histogramsBefore -= histogramsBefore > 0 && lastHistogram > lastFloat ? 1 : 0;
        var floats = new RangeWindow(window.Floats.Changes)
        {
            Timestamps = window.Floats.Timestamps[floatsBefore..],
            Values = window.Floats.Values[floatsBefore..],
            StartMs = start,
            EndMs = window.Floats.EndMs,
            TimeMs = window.Floats.TimeMs,
            First = window.Floats.First + floatsBefore,
        };
        anchored = new MixedWindow(floats, window.Column, window.Notes)
        {
            FirstHistogram = window.FirstHistogram + histogramsBefore,
            HistogramCount = window.HistogramCount - histogramsBefore,
        };
        return hasAny;
    }

    private static int CountUpTo(ReadOnlySpan<long> times, long timeMs)
    {
        var count = 0;
        while (count < times.Length && times[count] <= timeMs)
        {
            count++;
        }

        return count;
    }
}
