namespace Toka.Query.PromQL.Functions;

/// <summary>The elementwise functions that .NET has no single call for.</summary>
internal static class MathFunctions
{
    public static double Sign(double value) => double.IsNaN(value) ? value : value > 0 ? 1 : value < 0 ? -1 : value;

    /// <summary>To the nearest multiple, halves up.</summary>
    public static double Round(double value, ReadOnlySpan<double> arguments)
    {
        // Multiplying by the inverse keeps 0.1 and its like exact, as Prometheus does.
        var inverse = 1.0 / (arguments.IsEmpty ? 1 : arguments[0]);
        return Math.Floor((value * inverse) + 0.5) / inverse;
    }

    public static double Clamp(double value, ReadOnlySpan<double> arguments) =>
        arguments[0] > arguments[1] ? RangeWindow.NoValue : Greater(arguments[0], Lesser(arguments[1], value));

    public static double ClampMin(double value, ReadOnlySpan<double> arguments) => Greater(arguments[0], value);

    public static double ClampMax(double value, ReadOnlySpan<double> arguments) => Lesser(arguments[0], value);

    /// <summary>The greater of two numbers, in Go's words: infinity is greater than NaN, and NaN than any other number.</summary>
    private static double Greater(double one, double other) =>
        double.IsPositiveInfinity(one) || double.IsPositiveInfinity(other) ? double.PositiveInfinity : Math.Max(one, other);

    /// <summary>The lesser of two numbers, in Go's words: minus infinity is less than NaN, and NaN than any other number.</summary>
    private static double Lesser(double one, double other) =>
        double.IsNegativeInfinity(one) || double.IsNegativeInfinity(other) ? double.NegativeInfinity : Math.Min(one, other);
}
