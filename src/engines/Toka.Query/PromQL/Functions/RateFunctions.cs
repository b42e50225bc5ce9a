namespace Toka.Query.PromQL.Functions;

/// <summary>rate, increase, delta, irate, idelta, changes, resets.</summary>
/// <remarks>
/// Source: Prometheus 3, <c>extrapolatedRate</c> and <c>instantValue</c>: the difference of the window's first and last
/// sample is stretched to the window's ends, at most half an average distance of samples where a sample is missing, and for
/// a counter not past the moment at which it would have been zero.
/// </remarks>
internal static class RateFunctions
{
    /// <summary>How many average distances a window's end may lie from a sample to count as reached by the series.</summary>
    internal const double ExtrapolationThreshold = 1.1;

    public static double Rate(in RangeWindow window, ReadOnlySpan<double> arguments) => Extrapolate(window, true, true);

    public static double Increase(in RangeWindow window, ReadOnlySpan<double> arguments) => Extrapolate(window, true, false);

    public static double Delta(in RangeWindow window, ReadOnlySpan<double> arguments) => Extrapolate(window, false, false);

    public static double InstantRate(in RangeWindow window, ReadOnlySpan<double> arguments) => LastTwo(window, true);

    public static double InstantDelta(in RangeWindow window, ReadOnlySpan<double> arguments) => LastTwo(window, false);

    public static double Changes(in RangeWindow window, ReadOnlySpan<double> arguments) =>
        window.Changes.ChangesIn(window.First, window.Values.Length);

    public static double Resets(in RangeWindow window, ReadOnlySpan<double> arguments) =>
        window.Starts is null ? window.Changes.FallsIn(window.First, window.Values.Length).Length : StartedRates.Resets(window);

    private static double Extrapolate(in RangeWindow window, bool isCounter, bool isRate)
    {
        if (isCounter && window.Starts is { } starts)
        {
            return StartedRates.Extrapolate(window, starts, isRate);
        }

        var count = window.Values.Length;
        if (count < 2)
        {
            return RangeWindow.NoValue;
        }

        var (first, last) = (window.Timestamps[0], window.Timestamps[^1]);
        var change = window.Values[^1] - window.Values[0];
        if (isCounter)
        {
            foreach (var fall in window.Changes.FallsIn(window.First, count))
            {
                change += window.Changes.ValueBefore(fall);
            }
        }

        // In seconds, as Prometheus has it: at 1.1 average distances exactly, which regular samples meet, rounding decides.
        var toStart = (first - window.StartMs) / 1000.0;
        var toEnd = (window.EndMs - last) / 1000.0;
        var sampled = (last - first) / 1000.0;
        var average = sampled / (count - 1);
        var threshold = average * ExtrapolationThreshold;
        toStart = toStart >= threshold ? average / 2 : toStart;
        toEnd = toEnd >= threshold ? average / 2 : toEnd;
        var factor = FactorOf(change, window.Values[0], sampled, toStart, toEnd, isCounter);
        return change * (isRate ? factor / ((window.EndMs - window.StartMs) / 1000.0) : factor);
    }

    /// <summary>What to multiply the change between two samples by, to have the change of a whole window.</summary>
    /// <param name="change">The change.</param>
    /// <param name="first">The first sample's value.</param>
    /// <param name="sampled">The time between the samples, in any unit.</param>
    /// <param name="toStart">The time to stretch it by at the window's start.</param>
    /// <param name="toEnd">The time to stretch it by at the window's end.</param>
    /// <param name="isCounter">Whether the value never was below zero.</param>
    internal static double FactorOf(double change, double first, double sampled, double toStart, double toEnd, bool isCounter)
    {
        if (isCounter && change > 0 && first >= 0)
        {
            // A division less where the counter was zero long before: the usual case.
            toStart = first * sampled < toStart * change ? sampled * (first / change) : toStart;
        }

        return (sampled + toStart + toEnd) / sampled;
    }

    private static double LastTwo(in RangeWindow window, bool isRate)
    {
        if (window.Values.Length < 2)
        {
            return RangeWindow.NoValue;
        }

        var (last, previous) = (window.Values[^1], window.Values[^2]);

        // A counter that fell began again at zero.
        var isReset = last < previous || (window.Starts?.IsReset(window.Timestamps[^2], window.Timestamps[^1]) ?? false);
        var change = isRate && isReset ? last : last - previous;
        var distance = window.Timestamps[^1] - window.Timestamps[^2];
        return isRate ? change / (distance / 1000.0) : change;
    }
}
