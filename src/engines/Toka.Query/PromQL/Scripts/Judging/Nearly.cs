using Toka.Core.Samples;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>Whether numbers and histograms are what a script says, but for the rounding of float64.</summary>
internal static class Nearly
{
    private const double Tolerance = 1e-6;

    private const double SmallestNormal = 2.2250738585072014e-308;

    /// <summary>Whether two numbers differ by less than a millionth of their sum; NaN is the same as NaN.</summary>
    public static bool Equal(double a, double b)
    {
        if (a == b || (double.IsNaN(a) && double.IsNaN(b)))
        {
            return true;
        }

        var sum = Math.Abs(a) + Math.Abs(b);
        var difference = Math.Abs(a - b);
        return a == 0 || b == 0 || sum < SmallestNormal
            ? difference < Tolerance * SmallestNormal
            : difference / Math.Min(sum, double.MaxValue) < Tolerance;
    }

    /// <summary>Whether two histograms have the same bounds and nearly the same counts; empty buckets do not count.</summary>
    /// <param name="expected">The one of the script.</param>
    /// <param name="actual">The one that came.</param>
    /// <param name="withHint">Whether their hints of resets must be the same.</param>
    public static bool Equal(NativeHistogram expected, NativeHistogram actual, bool withHint) =>
        HistogramArithmetic.AreAlmostEqual(expected.View, actual.View, Tolerance) && (!withHint || expected.ResetHint == actual.ResetHint);
}
