using CsCheck;
using Toka.Analysis.Statistics;

namespace Toka.Engines.Tests.Analysis;

public sealed class StatisticsTests
{
    private static readonly double[] Mouse1 = [94, 197, 16, 38, 99, 141, 23];

    [Fact]
    public void Mann_Whitney_gives_the_published_chances()
    {
        // The example of SciPy's documentation of mannwhitneyu: exact and U of the other sample.
        double[] males = [19, 22, 16, 29, 24], females = [20, 11, 17, 12];
        var result = MannWhitney.Test(females, males);
        Assert.Equal(17, result.U);
        Assert.Equal(1 / 9.0, result.P, 12);
        Assert.Equal(0.85, result.Superiority, 12);

        // Mann and Whitney 1947, table I: n = m = 4, U = 1 has a one-sided chance of 0.029.
        Assert.Equal(2 * 0.0286, MannWhitney.Test([1, 2, 3, 5], [4, 6, 7, 8]).P, 3);
    }

    [Fact]
    public void The_approximation_is_near_the_exact_chance_and_ties_are_corrected_for()
    {
        var gen = new Random(3);
        var first = Enumerable.Range(0, 20).Select(_ => gen.NextDouble()).ToArray();
        var second = Enumerable.Range(0, 20).Select(_ => gen.NextDouble() + 0.2).ToArray();
        var exact = MannWhitney.Test(first, second).P;
        var approximate = MannWhitney.Test([.. first, 1e9], [.. second, -1e9]).P;
        Assert.InRange(approximate, exact / 2, exact * 4);
        Assert.Equal(1, MannWhitney.Test([1, 1, 1], [1, 1, 1, 1]).P);
    }

    [Fact]
    public void Mann_Whitney_is_the_same_seen_from_either_side() => Gen.Select(Gen.Int[0, 9].Array[1, 30], Gen.Int[0, 9].Array[1, 30]).Sample(static (first, second) =>
    {
        double[] a = [.. first.Select(static value => (double)value)], b = [.. second.Select(static value => (double)value)];
        var (there, back) = (MannWhitney.Test(a, b), MannWhitney.Test(b, a));
        Assert.Equal(there.P, back.P, 9);
        Assert.InRange(there.P, 0, 1);
        Assert.Equal(1, there.Superiority + back.Superiority, 9);
        Assert.Equal(a.Sum(x => b.Sum(y => y > x ? 1 : y == x ? 0.5 : 0)), there.U, 9);
    });

    [Fact]
    public void Equal_distributions_are_told_apart_no_more_often_than_the_chance_says()
    {
        var random = new Random(7);
        var found = Enumerable.Range(0, 1000).Count(_ =>
            MannWhitney.Test([.. Enumerable.Range(0, 30).Select(_ => random.NextDouble())], [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble())]).P <= 0.05);
        Assert.InRange(found, 25, 75);
    }

    [Fact]
    public void Benjamini_and_Hochberg_reject_what_their_paper_does()
    {
        double[] chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000];
        var adjusted = BenjaminiHochberg.Adjust(chances);
        Assert.Equal(4, adjusted.Count(static chance => chance <= 0.05));
        Assert.Equal(0.0095 * 15 / 4, adjusted[3], 12);
        Assert.Equal(1, adjusted[^1]);
        Assert.Equal(adjusted.Reverse(), BenjaminiHochberg.Adjust([.. chances.Reverse()]));
    }

    [Fact]
    public void The_bootstrap_finds_the_published_standard_errors()
    {
        // Efron and Tibshirani 1993, tables 2.1 and 2.2: 23.36 for the mean, 37.83 for the median of the treated mice.
        Assert.Equal(23.36, Deviation(Bootstrap.Distribution(Mouse1, static values => values.Average(), 1, 20_000)), 0.5);
        Assert.Equal(37.83, Deviation(Bootstrap.Distribution(Mouse1, Bootstrap.Median, 2, 20_000)), 1.0);
    }

    [Fact]
    public void The_interval_of_a_difference_holds_it_and_is_the_same_for_a_seed()
    {
        double[] control = [52, 104, 146, 10, 51, 30, 40, 27, 46];
        var difference = Bootstrap.Difference(control, Mouse1, static values => values.Average(), 5);
        Assert.Equal(30.63, difference.Value, 0.01);
        Assert.InRange(difference.Low, -30, 0);
        Assert.InRange(difference.High, 70, 95);
        Assert.Equal(difference, Bootstrap.Difference(control, Mouse1, static values => values.Average(), 5));
        Assert.True(double.IsNaN(Bootstrap.Difference([], control, Bootstrap.Median, 1).Value));
    }

    [Fact]
    public void Fishers_exact_test_gives_the_published_chances()
    {
        // The lady tasting tea, and Agresti's table of criminal twins (Fisher 1935): 0.0005367 two-sided.
        Assert.Equal(34 / 70.0, new ContingencyTable(3, 1, 1, 3).FisherExact(), 12);
        Assert.Equal(0.0005367, new ContingencyTable(2, 15, 10, 3).FisherExact(), 7);
        Assert.Equal(1, new ContingencyTable(0, 10, 0, 20).FisherExact(), 9);
    }

    [Fact]
    public void Log_odds_are_above_zero_where_it_holds_more_often_in_the_second()
    {
        var odds = new ContingencyTable(10, 90, 50, 50).LogOddsRatio;
        Assert.InRange(odds.Value, 2.0, 2.3);
        Assert.True(odds.Low > 0 && odds.High > odds.Value);
        Assert.Equal(-odds.Value, new ContingencyTable(50, 50, 10, 90).LogOddsRatio.Value, 12);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1.959963984540054, 0.05)]
    [InlineData(2.5758293035489004, 0.01)]
    [InlineData(3.290526731491926, 0.001)]
    [InlineData(-6, 1.9731752900753e-9)]
    public void The_normal_distribution_has_its_known_values(double z, double chance) => Assert.Equal(1, Normal.TwoSided(z) / chance, 9);

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }
}
