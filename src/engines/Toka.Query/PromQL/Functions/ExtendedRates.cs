using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>rate, increase and delta of anchored and smoothed ranges: what changed between the range's two ends, nothing more.</summary>
/// <remarks>Source: Prometheus 3, <c>extendedRate</c>.</remarks>
internal static class ExtendedRates
{
    public static void Rate(in ExtendedWindow window, StepColumn into, int step) => Compute(window, into, step, true, true);

    public static void Increase(in ExtendedWindow window, StepColumn into, int step) => Compute(window, into, step, true, false);

    public static void Delta(in ExtendedWindow window, StepColumn into, int step) => Compute(window, into, step, false, false);

    /// <summary>The value between two samples; a counter that fell began again at zero.</summary>
    public static double Interpolate(long time, double value, long nextTime, double next, long at, bool isCounter)
    {
        var from = isCounter && next < value ? 0 : value;
        return from + ((next - from) * (at - time) / (nextTime - time));
    }

    private static void Compute(in ExtendedWindow window, StepColumn into, int step, bool isCounter, bool isRate)
    {
        if (window.HistogramCount == 0)
        {
            ComputeFloats(window, into, step, isCounter, isRate);
        }
        else if (window.Floats.Values.IsEmpty)
        {
            ExtendedHistogramRates.Compute(window, into, step, isCounter, isRate);
        }
        else
        {
            window.Notes.Mixed();
        }
    }

    private static void ComputeFloats(in ExtendedWindow window, StepColumn into, int step, bool isCounter, bool isRate)
    {
        var times = window.Floats.Timestamps;
        var values = window.Floats.Values;
        var (start, end) = (window.Floats.StartMs, window.Floats.EndMs);
        if (!RangeEnds.TryFind(times, start, end, window.IsSmoothed, out var first, out var last))
        {
            return;
        }

        var left = window.IsSmoothed && times[first] < start
            ? Interpolate(times[first], values[first], times[first + 1], values[first + 1], start, isCounter)
            : values[first];
        var right = window.IsSmoothed && last > 0 && times[last] > end
            ? Interpolate(times[last - 1], values[last - 1], times[last], values[last], end, isCounter)
            : values[last];
        var change = right - left;
        if (isCounter)
        {
            // What happened at the ends is in their values already.
            first += times[first] <= start ? 1 : 0;
            last -= times[last] >= end ? 1 : 0;
            change += Resets(left, right, values[first..(last + 1)]);
        }

        into.SetFloat(step, isRate ? change / ((end - start) / 1000.0) : change);
    }

    /// <summary>What a counter had reached at each of its resets.</summary>
    private static double Resets(double left, double right, ReadOnlySpan<double> between)
    {
        var (sum, previous) = (0.0, left);
        foreach (var value in between)
        {
            sum += value < previous ? previous : 0;
            previous = value;
        }

        return right < previous ? sum + previous : sum;
    }
}
