namespace Toka.Analysis.Statistics;

/// <summary>The standard normal distribution.</summary>
/// <remarks>Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.5 (series of erf) and 7.1.14 (continued fraction of erfc).</remarks>
public static class Normal
{
    /// <summary>From here on the continued fraction converges fast, and below it the series does.</summary>
    private const double SeriesMax = 2.5;

    /// <summary>The chance of a value that is at least so far from 0, on either side.</summary>
    /// <param name="z">The value; its sign does not count.</param>
    /// <returns>0 to 1; NaN for NaN.</returns>
    public static double TwoSided(double z) => Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary>1.959964: 95 % of values lie within ± this.</summary>
    public const double Quantile975 = 1.959963984540054;

    private static double Erfc(double x)
    {
        if (double.IsNaN(x))
        {
            return double.NaN;
        }

        if (x < SeriesMax)
        {
            var term = x;
            var sum = x;
            for (var n = 1; Math.Abs(term) > 1e-17 * sum && n < 200; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * sum);
        }

        var fraction = x;
        for (var n = 120; n >= 1; n--)
        {
            fraction = x + (n / 2.0 / fraction);
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }
}
