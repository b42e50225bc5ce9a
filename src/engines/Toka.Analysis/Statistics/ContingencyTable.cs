namespace Toka.Analysis.Statistics;

/// <summary>How often something holds in two sets.</summary>
/// <param name="FirstWith">Members of the first set of which it holds; not negative.</param>
/// <param name="FirstWithout">The other members of the first set.</param>
/// <param name="SecondWith">Members of the second set of which it holds.</param>
/// <param name="SecondWithout">The other members of the second set.</param>
public readonly record struct ContingencyTable(int FirstWith, int FirstWithout, int SecondWith, int SecondWithout)
{
    /// <summary>Chances that differ by less than this part count as the same: they were added up in another order.</summary>
    private const double Tolerance = 1e-7;

    /// <summary>
    /// The natural logarithm of the odds in the second set over those in the first, with its 95 % interval: 0 for no difference, above 0
    /// where it holds more often in the second.
    /// </summary>
    /// <remarks>With half a member added to each count (Haldane 1956, Anscombe 1956), so that it is finite; the interval is Woolf's (1955).</remarks>
    public Estimate LogOddsRatio
    {
        get
        {
            double a = SecondWith + 0.5, b = SecondWithout + 0.5, c = FirstWith + 0.5, d = FirstWithout + 0.5;
            var value = Math.Log(a * d / (b * c));
            var margin = Normal.Quantile975 * Math.Sqrt((1 / a) + (1 / b) + (1 / c) + (1 / d));
            return new Estimate(value, value - margin, value + margin);
        }
    }

    /// <summary>The chance of a table at least as unlikely with the same sums, were there no difference; two-sided, 0 to 1.</summary>
    /// <remarks>Source: R. A. Fisher, "The Design of Experiments", 1935: the exact test.</remarks>
    public double FisherExact()
    {
        var with = FirstWith + SecondWith;
        var first = FirstWith + FirstWithout;
        var all = first + SecondWith + SecondWithout;
        var factorials = new double[all + 1];
        for (var i = 2; i <= all; i++)
        {
            factorials[i] = factorials[i - 1] + Math.Log(i);
        }

        double Log(int of, int taken) => factorials[of] - factorials[taken] - factorials[of - taken];
        double Chance(int firstWith) => Math.Exp(Log(with, firstWith) + Log(all - with, first - firstWith) - Log(all, first));

        var given = Chance(FirstWith) * (1 + Tolerance);
        var sum = 0.0;
        for (var i = Math.Max(0, first - (all - with)); i <= Math.Min(with, first); i++)
        {
            var chance = Chance(i);
            sum += chance <= given ? chance : 0;
        }

        return Math.Min(1, sum);
    }
}
