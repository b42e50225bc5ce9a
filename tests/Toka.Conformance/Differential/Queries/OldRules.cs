using Toka.Query.PromQL.Functions;

namespace Toka.Conformance.Differential.Queries;

/// <summary>Functions that our engine gets for the comparison alone.</summary>
internal static class OldRules
{
    /// <summary>Before the names of functions as 2.42 computes them.</summary>
    public const string Prefix = "old_";

    /// <summary>The function that changes values by a rounding error or so.</summary>
    public const string Nudge = "nudge";

    /// <summary>The same, but whole numbers stay: sums of them are exact.</summary>
    public const string NudgeFraction = "nudge_fraction";

    /// <summary>Up to here whole numbers and sums of some thousands of them are exact.</summary>
    private const double ExactMax = 1L << 40;

    /// <summary>
    /// The largest relative change of a nudge. Compensated sums (3.x) and plain ones (2.42) of some hundred numbers, and the
    /// mathematical functions of Go and of the C library, differ by some hundred units in the last place: 2^-53 · 2^9.
    /// </summary>
    private const double NudgeMax = 6e-14;

    /// <summary>The end of a call of label_replace that drops the metric's name, for 2.42.</summary>
    public const string WithoutName = ", \"__name__\", \"\", \"\", \"\")";

    /// <summary>The parts of dates, computed from the seconds since the year -292277022399 as Go counts them.</summary>
    public static IReadOnlyDictionary<string, Func<ulong, double>> Dates { get; } = GoDates.Parts;

    /// <summary>The engine's functions, and the old ones.</summary>
    public static FunctionRegistry Functions { get; } = Dates.Aggregate(FunctionRegistry.BuiltIn, static (functions, date) =>
            functions.WithElementwise(Prefix + date.Key, 0, (value, _) => date.Value(GoDates.SecondsOf(value))))
        .WithRange(Prefix + "rate", 0, static (in window, _) =>
            window.Values.Length < 2 ? RangeWindow.NoValue : Extrapolate(window) / ((window.EndMs - window.StartMs) / 1000.0))
        .WithRange(Prefix + "increase", 0, static (in window, _) => Extrapolate(window))
        .WithRange(Prefix + "avg_over_time", 0, static (in window, _) => Mean(window));

    /// <summary>Functions, and nudges by chance of a seed.</summary>
    public static FunctionRegistry Nudging(FunctionRegistry functions, int seed)
    {
        var dice = Seeds.Dice(seed, 0);
        return functions.WithElementwise(Nudge, 0, (value, _) => Change(value))
            .WithElementwise(NudgeFraction, 0, (value, _) => Math.Abs(value) < ExactMax && Math.Floor(value) == value ? value : Change(value));

        // Of several sizes: beside the end of a function's domain the large ones all fall off.
        double Change(double value) => value * (1 + (((dice.NextDouble() * 2) - 1) * NudgeMax / (1 << (seed % 4 * 3))));
    }

    /// <summary>The mean as up to 2.x: it is moved by each value (compensated); in 3.x values are summed up as long as they do not overflow.</summary>
    private static double Mean(in RangeWindow window)
    {
        var (mean, lost, count) = (0.0, 0.0, 0.0);
        foreach (var value in window.Values)
        {
            count++;
            if (double.IsInfinity(mean) && (double.IsFinite(value) || (double.IsInfinity(value) && mean > 0 == value > 0)))
            {
                continue;
            }

            var step = (value / count) - (mean / count);
            var sum = mean + step;
            lost += Math.Abs(mean) >= Math.Abs(step) ? (mean - sum) + step : (step - sum) + mean;
            mean = sum;
        }

        return double.IsInfinity(mean) ? mean : mean + lost;
    }

    /// <summary>
    /// The increase of a counter as up to 2.x: the moment at which it would have been zero limits the stretch to the window's
    /// start before that is held against the distance of samples; in 3.x after it.
    /// </summary>
    private static double Extrapolate(in RangeWindow window)
    {
        var times = window.Timestamps;
        var values = window.Values;
        if (values.Length < 2)
        {
            return RangeWindow.NoValue;
        }

        var change = values[^1] - values[0];
        for (var i = 1; i < values.Length; i++)
        {
            change += values[i] < values[i - 1] ? values[i - 1] : 0;
        }

        var toStart = (times[0] - window.StartMs) / 1000.0;
        var toEnd = (window.EndMs - times[^1]) / 1000.0;
        var sampled = (times[^1] - times[0]) / 1000.0;
        var average = sampled / (values.Length - 1);
        if (change > 0 && values[0] >= 0)
        {
            toStart = Math.Min(toStart, sampled * (values[0] / change));
        }

        var threshold = average * 1.1;
        return change * ((sampled + (toStart < threshold ? toStart : average / 2) + (toEnd < threshold ? toEnd : average / 2)) / sampled);
    }
}
