using Toka.Core.Samples;
using Toka.Query.PromQL.Histograms;

namespace Toka.Engines.Tests.Query.Histograms;

public sealed class HistogramStatisticsTests
{
    private const string Both = "{{count:10 sum:7 z_bucket:2 z_bucket_w:0.5 offset:1 buckets:[2 2] n_offset:1 n_buckets:[2 2]}}";
    private const string Custom = "{{schema:-53 count:10 sum:7 custom_values:[5 10] buckets:[2 4 4]}}";

    [Theory]
    [InlineData(Both, 0, -4)]
    [InlineData(Both, 0.1, -2.8284271247461903)]
    [InlineData(Both, 0.3, -1.4142135623730951)]
    [InlineData(Both, 0.45, -0.25)]
    [InlineData(Both, 0.5, 0)]
    [InlineData(Both, 0.7, 1.4142135623730951)]
    [InlineData(Both, 0.9, 2.8284271247461903)]
    [InlineData(Both, 1, 4)]
    [InlineData(Both, -0.1, double.NegativeInfinity)]
    [InlineData(Both, 1.1, double.PositiveInfinity)]
    [InlineData(Both, double.NaN, double.NaN)]
    [InlineData("{{z_bucket_w:1}}", 0.5, double.NaN)]
    [InlineData("{{count:4 z_bucket:2 z_bucket_w:1 offset:1 buckets:[2]}}", 0.25, 0.5)]
    [InlineData("{{count:4 z_bucket:2 z_bucket_w:1 n_offset:1 n_buckets:[2]}}", 0.75, -0.5)]
    [InlineData(Custom, 0.1, 2.5)]
    [InlineData(Custom, 0.4, 7.5)]
    [InlineData(Custom, 0.9, 10)]
    [InlineData("{{schema:-53 count:2 custom_values:[-5] buckets:[1 1]}}", 0.1, -5)]
    [InlineData("{{count:2 buckets:[0 0 2 0 0]}}", 1, 4)]
    public void Quantiles_are_interpolated(string text, double q, double expected)
    {
        Assert.Equal(expected, HistogramStatistics.Quantile(q, HistogramText.Parse(text).View, out var notes), 12);
        Assert.Equal(HistogramQuantileNotes.None, notes);
    }

    [Theory]
    [InlineData(1, double.NaN, HistogramQuantileNotes.NaNResult)]
    [InlineData(0.81, double.NaN, HistogramQuantileNotes.NaNResult)]
    [InlineData(0.8, 2, HistogramQuantileNotes.NaNSkew)]
    [InlineData(0.4, 1.4142135623730951, HistogramQuantileNotes.NaNSkew)]
    internal void Observations_of_NaN_are_above_all_others(double q, double expected, HistogramQuantileNotes expectedNotes)
    {
        var h = HistogramText.Parse("{{count:10 sum:NaN offset:1 buckets:[8]}}");
        Assert.Equal(expected, HistogramStatistics.Quantile(q, h.View, out var notes), 12);
        Assert.Equal(expectedNotes, notes);
    }

    [Fact]
    public void A_sum_of_NaN_from_infinities_alone_skews_nothing()
    {
        var h = HistogramText.Parse("{{count:8 sum:NaN offset:1 buckets:[8]}}");
        Assert.Equal(2, HistogramStatistics.Quantile(1, h.View, out var notes), 12);
        Assert.Equal(HistogramQuantileNotes.None, notes);
        Assert.Equal(1, HistogramStatistics.Fraction(1, 2, h.View, out var hasNaNs));
        Assert.False(hasNaNs);
    }

    [Theory]
    [InlineData(Both, double.NegativeInfinity, double.PositiveInfinity, 1)]
    [InlineData(Both, double.NegativeInfinity, 0, 0.5)]
    [InlineData(Both, -0.25, 0.25, 0.1)]
    [InlineData(Both, 1, 1.4142135623730951, 0.1)]
    [InlineData(Both, -2.8284271247461903, -1, 0.3)]
    [InlineData(Both, 2, 2, 0)]
    [InlineData(Both, 3, 2, 0)]
    [InlineData(Both, double.NaN, 2, double.NaN)]
    [InlineData(Custom, double.NegativeInfinity, 7.5, 0.4)]
    [InlineData(Custom, 10, double.PositiveInfinity, 0.4)]
    [InlineData(Custom, 20, 30, 0)]
    [InlineData("{{}}", 1, 2, double.NaN)]
    public void Fractions_are_interpolated(string text, double lower, double upper, double expected) =>
        Assert.Equal(expected, HistogramStatistics.Fraction(lower, upper, HistogramText.Parse(text).View, out _), 12);

    [Fact]
    public void Observations_of_NaN_are_in_no_fraction()
    {
        var h = HistogramText.Parse("{{count:10 sum:NaN offset:1 buckets:[8]}}");
        Assert.Equal(0.8, HistogramStatistics.Fraction(double.NegativeInfinity, double.PositiveInfinity, h.View, out var hasNaNs), 12);
        Assert.True(hasNaNs);
    }

    [Theory]
    [InlineData("{{count:2 sum:4 offset:1 buckets:[1 1]}}", 2, 0.5147186257614291)]
    [InlineData("{{count:2 sum:-4 n_offset:1 n_buckets:[1 1]}}", -2, 0.5147186257614291)]
    [InlineData("{{count:2 sum:0 z_bucket:2 z_bucket_w:0.5}}", 0, 0)]
    [InlineData("{{schema:-53 count:2 sum:10 custom_values:[2 4 6] buckets:[0 1 1]}}", 5, 2)]
    [InlineData("{{}}", double.NaN, double.NaN)]
    public void Mean_and_variance_are_those_of_the_middles(string text, double mean, double variance)
    {
        var h = HistogramText.Parse(text);
        Assert.Equal(mean, HistogramStatistics.Mean(h.View), 12);
        Assert.Equal(variance, HistogramStatistics.StandardVariance(h.View), 12);
    }

    [Theory]
    [InlineData(Both, 2, "{{count:8 sum:-5.6568542494923806 z_bucket:2 z_bucket_w:0.5 offset:1 buckets:[2] n_offset:1 n_buckets:[2 2]}}", "{{count:2 sum:5.6568542494923806 z_bucket_w:0.5 offset:2 buckets:[2]}}")]
    [InlineData(Both, 0.25, "{{count:5.5 sum:-8.672781374238571 z_bucket:1.5 z_bucket_w:0.5 n_offset:1 n_buckets:[2 2]}}", "{{count:4.5 sum:8.672781374238571 z_bucket:0.5 z_bucket_w:0.5 offset:1 buckets:[2 2]}}")]
    [InlineData(Both, double.PositiveInfinity, Both, "{{z_bucket_w:0.5}}")]
    [InlineData(Both, double.NegativeInfinity, "{{z_bucket_w:0.5}}", Both)]
    [InlineData(Custom, 7.5, "{{schema:-53 count:4 sum:17.5 custom_values:[5 10] buckets:[2 2]}}", "{{schema:-53 count:6 sum:57.5 custom_values:[5 10] offset:1 buckets:[2 4]}}")]
    [InlineData(Custom, 2.5, "{{schema:-53 count:1 sum:1.25 custom_values:[5 10] buckets:[1]}}", "{{schema:-53 count:9 sum:73.75 custom_values:[5 10] buckets:[1 4 4]}}")]
    [InlineData(Custom, 20, "{{schema:-53 count:6 sum:35 custom_values:[5 10] buckets:[2 4]}}", "{{schema:-53 count:4 sum:80 custom_values:[5 10] offset:2 buckets:[4]}}")]
    public void A_histogram_is_cut_at_a_bound(string text, double bound, string below, string above)
    {
        var h = HistogramText.Parse(text);
        var upper = HistogramArithmetic.TrimUpper(h.View, bound);
        var lower = HistogramArithmetic.TrimLower(h.View, bound);
        Assert.True(HistogramArithmetic.AreAlmostEqual(HistogramText.Parse(below).View, upper.View, 1e-9), HistogramText.Write(upper));
        Assert.True(HistogramArithmetic.AreAlmostEqual(HistogramText.Parse(above).View, lower.View, 1e-9), HistogramText.Write(lower));
    }

    [Fact]
    public void Buckets_have_the_bounds_and_rules_of_the_query_API()
    {
        var buckets = new List<HistogramBucket>();
        foreach (var bucket in HistogramBuckets.Enumerate(HistogramText.Parse("{{count:9 z_bucket:2 z_bucket_w:0.75 buckets:[1 0 3] n_offset:1 n_buckets:[3]}}")))
        {
            buckets.Add(bucket);
        }

        Assert.Equal([(1, -2, -1, 3), (3, -0.75, 0.75, 2), (0, 0.75, 1, 1), (0, 2, 4, 3)], buckets.Select(b => (b.Boundaries, b.Lower, b.Upper, b.Count)));
        buckets.Clear();
        foreach (var bucket in HistogramBuckets.Enumerate(HistogramText.Parse(Custom)))
        {
            buckets.Add(bucket);
        }

        Assert.Equal(
            [(3, double.NegativeInfinity, 5, 2), (0, 5, 10, 4), (0, 10, double.PositiveInfinity, 4)],
            buckets.Select(b => (b.Boundaries, b.Lower, b.Upper, b.Count)));
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, -1074, double.Epsilon)]
    [InlineData(0, 1024, double.MaxValue)]
    [InlineData(0, 1025, double.PositiveInfinity)]
    [InlineData(8, 262144, double.MaxValue)]
    [InlineData(8, 1, 1.0027112750502025)]
    [InlineData(8, -1, 0.99729605608547012)]
    [InlineData(-4, 1, 65536)]
    [InlineData(-4, 64, double.MaxValue)]
    [InlineData(-4, 65, double.PositiveInfinity)]
    [InlineData(-4, int.MinValue, 0)]
    public void Bounds_are_exact_powers_and_end_at_the_largest_number(int schema, int index, double bound) =>
        Assert.Equal(bound, HistogramBuckets.UpperBound(schema, index));
}
