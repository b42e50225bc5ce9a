using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>deriv, predict_linear, double_exponential_smoothing.</summary>
internal static class RegressionFunctions
{
    /// <summary>The slope per second. Times are counted from the first sample: differences keep their digits.</summary>
    public static double Derivative(in RangeWindow window, ReadOnlySpan<double> arguments) =>
        window.Values.Length < 2 ? RangeWindow.NoValue : Fit(window, window.Timestamps[0]).Slope;

    public static double PredictLinear(in RangeWindow window, ReadOnlySpan<double> arguments)
    {
        if (window.Values.Length < 2)
        {
            return RangeWindow.NoValue;
        }

        var (slope, intercept) = Fit(window, window.TimeMs);
        return (slope * arguments[0]) + intercept;
    }

    /// <summary>Holt's linear smoothing: a level and a trend.</summary>
    /// <remarks>Source: C. C. Holt, "Forecasting seasonals and trends by exponentially weighted moving averages" (1957).</remarks>
    public static double DoubleExponentialSmoothing(in RangeWindow window, ReadOnlySpan<double> arguments)
    {
        var values = window.Values;
        if (values.Length < 2)
        {
            return RangeWindow.NoValue;
        }

        var (smoothing, trending) = (arguments[0], arguments[1]);
        var (level, trend) = (values[0], values[1] - values[0]);
        for (var i = 1; i < values.Length; i++)
        {
            var before = level;
            level = (smoothing * values[i]) + ((1 - smoothing) * (level + trend));
            trend = (trending * (level - before)) + ((1 - trending) * trend);
        }

        return level;
    }

    public static void CheckSmoothing(FunctionCall call, double[] arguments)
    {
        for (var i = 0; i < 2; i++)
        {
            if (!(arguments[i] > 0 && arguments[i] < 1))
            {
                var factor = i == 0 ? "smoothing" : "trend";
                throw QueryContext.Fail($"invalid {factor} factor. Expected: 0 < {factor[0]}f < 1, got: {NumberFormat.PrintFixed(arguments[i])}", call.Arguments[i + 1]);
            }
        }
    }

    /// <summary>Least squares through the window's samples; the intercept is the value at a given time.</summary>
    private static (double Slope, double Intercept) Fit(in RangeWindow window, long interceptMs)
    {
        double count = window.Values.Length;
        double x = 0, xError = 0, y = 0, yError = 0, xy = 0, xyError = 0, xx = 0, xxError = 0;
        var isConstant = true;
        for (var i = 0; i < window.Values.Length; i++)
        {
            var value = window.Values[i];
            var time = (window.Timestamps[i] - interceptMs) / 1000.0;
            isConstant &= value == window.Values[0];
            KahanSum.Add(time, ref x, ref xError);
            KahanSum.Add(value, ref y, ref yError);
            KahanSum.Add(time * value, ref xy, ref xyError);
            KahanSum.Add(time * time, ref xx, ref xxError);
        }

        if (isConstant)
        {
            return double.IsInfinity(window.Values[0]) ? (double.NaN, double.NaN) : (0, window.Values[0]);
        }

        (x, y, xy, xx) = (x + xError, y + yError, xy + xyError, xx + xxError);
        var slope = (xy - (x * y / count)) / (xx - (x * x / count));
        return (slope, (y / count) - (slope * x / count));
    }
}
