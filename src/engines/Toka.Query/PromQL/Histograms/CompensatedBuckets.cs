using System.Numerics;
using System.Runtime.InteropServices;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Histograms;

/// <summary>Sums of counts with the error of each addition carried along, many at once.</summary>
/// <remarks>Source: as <see cref="KahanSum"/>, number by number.</remarks>
internal static class CompensatedBuckets
{
    /// <summary>Adds values to sums.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="errors">Their errors.</param>
    /// <param name="values">What is added, after division.</param>
    /// <param name="divisor">What each value is divided by.</param>
    public static void Add(Span<double> sums, Span<double> errors, ReadOnlySpan<double> values, double divisor)
    {
        // The same length said to the JIT too.
        sums = sums[..values.Length];
        errors = errors[..values.Length];
        var done = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var wideSums = MemoryMarshal.Cast<double, Vector<double>>(sums);
            var wideErrors = MemoryMarshal.Cast<double, Vector<double>>(errors);
            var wideValues = MemoryMarshal.Cast<double, Vector<double>>(values);
            var divisors = new Vector<double>(divisor);
            var infinity = new Vector<double>(double.PositiveInfinity);
            for (var i = 0; i < wideValues.Length; i++)
            {
                var (sum, value) = (wideSums[i], wideValues[i] / divisors);
                var total = sum + value;
                var isSumLarger = Vector.GreaterThanOrEqual(Vector.Abs(sum), Vector.Abs(value));
                var lost = Vector.ConditionalSelect(isSumLarger, sum - total + value, value - total + sum);
                var isInfinite = Vector.Equals(Vector.Abs(total), infinity);
                wideErrors[i] = Vector.ConditionalSelect(isInfinite, Vector<double>.Zero, wideErrors[i] + lost);
                wideSums[i] = total;
            }

            done = wideValues.Length * Vector<double>.Count;
        }

        for (var i = done; i < values.Length; i++)
        {
            KahanSum.Add(values[i] / divisor, ref sums[i], ref errors[i]);
        }
    }

    /// <summary>A sum with its error; an infinite one has none.</summary>
    public static double Total(double sum, double error) => double.IsInfinity(sum) ? sum : sum + error;
}
