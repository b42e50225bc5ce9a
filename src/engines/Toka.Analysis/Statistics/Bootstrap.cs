namespace Toka.Analysis.Statistics;

/// <summary>A number with what it may be otherwise.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end of the interval.</param>
public readonly record struct Estimate(double Value, double Low, double High);

/// <summary>How sure a statistic of samples is, by drawing samples of the samples.</summary>
/// <remarks>
/// Source: B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", 1993: the percentile interval, chapter 13. The same seed
/// gives the same interval.
/// </remarks>
public static class Bootstrap
{
    /// <summary>Drawn samples: enough for the ends of a 95 % interval.</summary>
    public const int DefaultDraws = 1000;

    /// <summary>The difference of a statistic of two samples, the second less the first, with its 95 % interval.</summary>
    /// <param name="first">Values.</param>
    /// <param name="second">Values.</param>
    /// <param name="statistic">Computes the statistic; may sort what it is given.</param>
    /// <param name="seed">What the drawing begins with.</param>
    /// <param name="draws">How many samples are drawn; at least 1.</param>
    /// <returns>NaN where a sample is empty.</returns>
    public static Estimate Difference(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Func<double[], double> statistic, int seed, int draws = DefaultDraws)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        if (first.IsEmpty || second.IsEmpty)
        {
            return new Estimate(double.NaN, double.NaN, double.NaN);
        }

        var firsts = Distribution(first, statistic, seed, draws);
        var seconds = Distribution(second, statistic, seed + 1, draws);
        for (var i = 0; i < draws; i++)
        {
            seconds[i] -= firsts[i];
        }

        Array.Sort(seconds);
        return new Estimate(statistic(second.ToArray()) - statistic(first.ToArray()), Quantile(seconds, 0.025), Quantile(seconds, 0.975));
    }

    /// <summary>The statistic of each drawn sample.</summary>
    /// <param name="values">Values; not empty.</param>
    /// <param name="statistic">Computes the statistic; may sort what it is given.</param>
    /// <param name="seed">What the drawing begins with.</param>
    /// <param name="draws">How many samples are drawn; at least 1.</param>
    public static double[] Distribution(ReadOnlySpan<double> values, Func<double[], double> statistic, int seed, int draws = DefaultDraws)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        var random = new Random(seed);
        var drawn = new double[values.Length];
        var results = new double[draws];
        for (var i = 0; i < draws; i++)
        {
            for (var j = 0; j < drawn.Length; j++)
            {
                drawn[j] = values[random.Next(values.Length)];
            }

            results[i] = statistic(drawn);
        }

        return results;
    }

    /// <summary>The median; sorts what it is given.</summary>
    /// <param name="values">Values; not empty.</param>
    public static double Median(double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Array.Sort(values);
        return Quantile(values, 0.5);
    }

    /// <summary>A quantile of sorted values, between two of them in proportion (R's type 7).</summary>
    /// <param name="sorted">Values, ascending; not empty.</param>
    /// <param name="quantile">0 to 1.</param>
    public static double Quantile(ReadOnlySpan<double> sorted, double quantile)
    {
        var at = quantile * (sorted.Length - 1);
        var low = (int)at;
        var high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + ((at - low) * (sorted[high] - sorted[low]));
    }
}
