namespace Toka.Analysis.Statistics;

/// <summary>The outcome of a Mann–Whitney test.</summary>
/// <param name="U">How many pairs have the value of the second sample above that of the first, equal ones counted half.</param>
/// <param name="P">The chance of a difference at least as large, were both samples of one distribution; two-sided, 0 to 1.</param>
/// <param name="Superiority">The chance that a value of the second sample is above one of the first: 0.5 for no difference.</param>
public readonly record struct MannWhitneyResult(double U, double P, double Superiority);

/// <summary>
/// Whether values of one sample tend to be larger than those of another, whatever their distributions: the Mann–Whitney test, also
/// named Wilcoxon's rank-sum test.
/// </summary>
/// <remarks>
/// Sources: H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the other",
/// Annals of Mathematical Statistics 18 (1947), for the exact distribution, which is used without ties where one sample has at most
/// <see cref="ExactMax"/> values; else the normal approximation with the correction for ties and for continuity (E. L. Lehmann,
/// "Nonparametrics", 1975).
/// </remarks>
public static class MannWhitney
{
    /// <summary>Up to so many values in each sample the exact distribution is counted.</summary>
    public const int ExactMax = 20;

    /// <summary>Compares two samples.</summary>
    /// <param name="first">Values; none is NaN.</param>
    /// <param name="second">Values; none is NaN.</param>
    /// <returns>The outcome; without values in either sample a chance of 1.</returns>
    public static MannWhitneyResult Test(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.IsEmpty || second.IsEmpty)
        {
            return new MannWhitneyResult(0, 1, 0.5);
        }

        var (rankSum, ties) = RankSum(first, second);
        double n = first.Length, m = second.Length;
        var u = rankSum - (m * (m + 1) / 2);
        var p = ties == 0 && n <= ExactMax && m <= ExactMax
            ? Exact(first.Length, second.Length, u)
            : Approximate(n, m, u, ties);
        return new MannWhitneyResult(u, p, u / (n * m));
    }

    /// <summary>The sum of the ranks of the second sample, equal values having their mean rank; and the sum of t³ − t over groups of t equal ones.</summary>
    private static (double RankSum, double Ties) RankSum(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var values = new double[first.Length + second.Length];
        first.CopyTo(values);
        second.CopyTo(values.AsSpan(first.Length));
        var isSecond = new bool[values.Length];
        Array.Fill(isSecond, true, first.Length, second.Length);
        Array.Sort(values, isSecond);
        double sum = 0, ties = 0;
        for (var start = 0; start < values.Length;)
        {
            var end = start;
            var seconds = 0;
            while (end < values.Length && values[end] == values[start])
            {
                seconds += isSecond[end++] ? 1 : 0;
            }

            double count = end - start;
            sum += seconds * (start + end + 1) / 2.0;
            ties += (count * count * count) - count;
            start = end;
        }

        return (sum, ties);
    }

    private static double Approximate(double n, double m, double u, double ties)
    {
        var all = n + m;
        var variance = n * m / 12 * (all + 1 - (ties / (all * (all - 1))));
        if (variance <= 0)
        {
            return 1;
        }

        var z = Math.Max(0, Math.Abs(u - (n * m / 2)) - 0.5) / Math.Sqrt(variance);
        return Math.Min(1, Normal.TwoSided(z));
    }

    /// <summary>By counting how many orders of the values give each U: f(n, m, u) = f(n − 1, m, u − m) + f(n, m − 1, u).</summary>
    private static double Exact(int n, int m, double u)
    {
        // One row of n after another; each has the counts of all U for every m.
        var above = new double[m + 1][];
        for (var j = 0; j <= m; j++)
        {
            above[j] = [1];
        }

        for (var i = 1; i <= n; i++)
        {
            var row = new double[m + 1][];
            row[0] = [1];
            for (var j = 1; j <= m; j++)
            {
                var counts = new double[(i * j) + 1];
                for (var at = 0; at < above[j].Length; at++)
                {
                    counts[at + j] += above[j][at];
                }

                for (var at = 0; at < row[j - 1].Length; at++)
                {
                    counts[at] += row[j - 1][at];
                }

                row[j] = counts;
            }

            above = row;
        }

        var all = above[m];
        var extreme = (int)Math.Min(u, (n * m) - u);
        double total = 0, tail = 0;
        for (var at = 0; at < all.Length; at++)
        {
            total += all[at];
            tail += at <= extreme ? all[at] : 0;
        }

        return Math.Min(1, 2 * tail / total);
    }
}
