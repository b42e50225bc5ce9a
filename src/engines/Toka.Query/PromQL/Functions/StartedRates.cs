namespace Toka.Query.PromQL.Functions;

/// <summary>rate, increase and resets of counters that are known to have begun at some moment.</summary>
/// <remarks>Source: Prometheus 3, <c>extrapolatedRate</c> with start timestamps.</remarks>
internal static class StartedRates
{
    public static double Extrapolate(in RangeWindow window, StartTimes starts, bool isRate)
    {
        var count = window.Values.Length;
        var (first, last) = (window.Timestamps[0], window.Timestamps[^1]);
        var change = window.Values[^1] - window.Values[0];
        for (var i = 1; i < count; i++)
        {
            // Asked even where the value fell: the starts may overlap.
            var isReset = starts.IsReset(window.Timestamps[i - 1], window.Timestamps[i]) | window.Values[i] < window.Values[i - 1];
            change += isReset ? window.Values[i - 1] : 0;
        }

        var start = starts.Of(first);
        if (IsStartOfWindow(start, first, window))
        {
            return (change + window.Values[0]) * FactorFromStart(start, first, last, count, window, isRate);
        }

        if (count < 2)
        {
            return RangeWindow.NoValue;
        }

        var toStart = (first - window.StartMs) / 1000.0;
        var toEnd = (window.EndMs - last) / 1000.0;
        var sampled = (last - first) / 1000.0;
        var average = sampled / (count - 1);
        var threshold = average * RateFunctions.ExtrapolationThreshold;
        toStart = toStart >= threshold ? average / 2 : toStart;
        toEnd = toEnd >= threshold ? average / 2 : toEnd;
        var factor = RateFunctions.FactorOf(change, window.Values[0], sampled, toStart, toEnd, true);
        return change * (isRate ? factor / ((window.EndMs - window.StartMs) / 1000.0) : factor);
    }

    public static double Resets(in RangeWindow window)
    {
        var count = 0;
        for (var i = 1; i < window.Values.Length; i++)
        {
            count += window.Values[i] < window.Values[i - 1] || window.Starts!.IsReset(window.Timestamps[i - 1], window.Timestamps[i]) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether the counter of a window's first sample began within the window.</summary>
    public static bool IsStartOfWindow(long startMs, long firstMs, in RangeWindow window) =>
        startMs != 0 && startMs > window.StartMs && startMs < firstMs;

    /// <summary>What to multiply the change since a counter's start by, to have the change of the whole window.</summary>
    public static double FactorFromStart(long startMs, long firstMs, long lastMs, int count, in RangeWindow window, bool isRate)
    {
        // Of one sample the distance to the next one is not known, so nothing is stretched to the right either.
        var average = count < 2 ? 0 : (lastMs - firstMs) / 1000.0 / (count - 1);
        var sampled = (lastMs - startMs) / 1000.0;
        var toEnd = (window.EndMs - lastMs) / 1000.0;
        toEnd = toEnd >= average * RateFunctions.ExtrapolationThreshold ? average / 2 : toEnd;
        var factor = (sampled + toEnd) / sampled;
        return isRate ? factor / ((window.EndMs - window.StartMs) / 1000.0) : factor;
    }
}
