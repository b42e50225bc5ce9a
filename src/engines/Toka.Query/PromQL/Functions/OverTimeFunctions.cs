using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>The functions that aggregate a window: <c>sum_over_time</c> and its kin.</summary>
internal static class OverTimeFunctions
{
    public static double Sum(in RangeWindow window, ReadOnlySpan<double> arguments)
    {
        var sum = new KahanSum(0);
        foreach (var value in window.Values)
        {
            sum.Add(value);
        }

        return sum.Total;
    }

    public static double Avg(in RangeWindow window, ReadOnlySpan<double> arguments)
    {
        var mean = default(RunningMean);
        foreach (var value in window.Values)
        {
            mean.Add(value);
        }

        return mean.Value;
    }

    public static double Count(in RangeWindow window, ReadOnlySpan<double> arguments) => window.Values.Length;

    public static double Present(in RangeWindow window, ReadOnlySpan<double> arguments) => 1;

    public static double First(in RangeWindow window, ReadOnlySpan<double> arguments) => window.Values[0];

    public static double Last(in RangeWindow window, ReadOnlySpan<double> arguments) => window.Values[^1];

    public static double Min(in RangeWindow window, ReadOnlySpan<double> arguments) => window.Values[PlaceOfExtreme(window.Values, false, false)];

    public static double Max(in RangeWindow window, ReadOnlySpan<double> arguments) => window.Values[PlaceOfExtreme(window.Values, true, false)];

    public static double TimeOfFirst(in RangeWindow window, ReadOnlySpan<double> arguments) => window.Timestamps[0] / 1000.0;

    public static double TimeOfLast(in RangeWindow window, ReadOnlySpan<double> arguments) => window.Timestamps[^1] / 1000.0;

    public static double TimeOfMin(in RangeWindow window, ReadOnlySpan<double> arguments) =>
        window.Timestamps[PlaceOfExtreme(window.Values, false, true)] / 1000.0;

    public static double TimeOfMax(in RangeWindow window, ReadOnlySpan<double> arguments) =>
        window.Timestamps[PlaceOfExtreme(window.Values, true, true)] / 1000.0;

    public static double Stddev(in RangeWindow window, ReadOnlySpan<double> arguments) => Math.Sqrt(Stdvar(window, arguments));

    /// <summary>The population's variance.</summary>
    /// <remarks>Source: Welford (1962), its two running values kept as compensated sums, as Prometheus does.</remarks>
    public static double Stdvar(in RangeWindow window, ReadOnlySpan<double> arguments)
    {
        double mean = 0, meanError = 0, squares = 0, squaresError = 0, count = 0;
        foreach (var value in window.Values)
        {
            count++;
            var delta = value - (mean + meanError);
            KahanSum.Add(delta / count, ref mean, ref meanError);
            KahanSum.Add(delta * (value - (mean + meanError)), ref squares, ref squaresError);
        }

        return (squares + squaresError) / count;
    }

    public static double Quantile(in RangeWindow window, ReadOnlySpan<double> arguments) => Quantiles.Of(arguments[0], [.. window.Values]);

    /// <summary>The median of the distances from the median; NaN where any value is.</summary>
    public static double MedianDeviation(in RangeWindow window, ReadOnlySpan<double> arguments)
    {
        var values = new List<double>(window.Values.Length);
        values.AddRange(window.Values);
        if (values.Exists(double.IsNaN))
        {
            return double.NaN;
        }

        var median = Quantiles.Of(0.5, values);
        for (var i = 0; i < values.Count; i++)
        {
            values[i] = Math.Abs(values[i] - median);
        }

        return Quantiles.Of(0.5, values);
    }

    /// <summary>The first (or last) place of the least or greatest value; NaN only where there is nothing else.</summary>
    private static int PlaceOfExtreme(ReadOnlySpan<double> values, bool isMax, bool last)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            var isBetter = isMax ? values[i] > values[best] : values[i] < values[best];
            if (isBetter || double.IsNaN(values[best]) || (last && values[i] == values[best]))
            {
                best = i;
            }
        }

        return best;
    }
}
