namespace Toka.Analysis.Statistics;

/// <summary>Corrects chances for the number of questions that were asked.</summary>
/// <remarks>
/// Source: Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
/// Journal of the Royal Statistical Society B 57 (1995). Of the findings with an adjusted chance of at most q, no more than
/// the share q is expected to be false.
/// </remarks>
public static class BenjaminiHochberg
{
    /// <summary>The adjusted chances, in the order of the given ones.</summary>
    /// <param name="chances">Chances from 0 to 1.</param>
    public static double[] Adjust(ReadOnlySpan<double> chances)
    {
        var sorted = chances.ToArray();
        var places = new int[sorted.Length];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = i;
        }

        Array.Sort(sorted, places);
        var adjusted = new double[sorted.Length];
        var least = 1.0;
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            least = Math.Min(least, sorted[i] * sorted.Length / (i + 1));
            adjusted[places[i]] = least;
        }

        return adjusted;
    }
}
