using Toka.Core.Samples;
using Toka.Query.PromQL.Histograms;

namespace Toka.Engines.Tests.Query.Histograms;

public sealed class HistogramArithmeticTests
{
    private const double Close = 1e-9;

    [Theory]
    [InlineData("{{count:3 sum:4 buckets:[1 2]}}", "{{count:4 sum:9 offset:1 buckets:[1 3]}}", "{{count:7 sum:13 buckets:[1 3 3]}}")]
    [InlineData("{{count:3 sum:4 n_buckets:[1 2]}}", "{{count:1 sum:9 n_offset:5 n_buckets:[1]}}", "{{count:4 sum:13 n_buckets:[1 2 0 0 0 1]}}")]
    [InlineData("{{schema:-1 count:1 offset:1 buckets:[1]}}", "{{schema:0 count:4 offset:1 buckets:[2 2]}}", "{{schema:-1 count:5 offset:1 buckets:[5]}}")]
    [InlineData("{{schema:1 count:4 offset:-1 buckets:[1 1 1 1]}}", "{{count:1 buckets:[1]}}", "{{count:5 buckets:[3 2]}}")]
    public void Histograms_of_different_layouts_are_added(string left, string right, string sum)
    {
        foreach (var (first, second) in ((string, string)[])[(left, right), (right, left)])
        {
            var added = Add(first, second, out var notes);
            Assert.Equal(HistogramNotes.None, notes);
            Assert.Equal(Observations(HistogramText.Parse(first)) + Observations(HistogramText.Parse(second)), Observations(added));
            AssertClose(sum, added);
        }
    }

    [Fact]
    public void A_sum_tells_that_it_grows_with_buckets_that_it_had_not()
    {
        var (sum, notes) = (new HistogramAccumulator(), HistogramNotes.None);
        Assert.True(sum.TryAdd(HistogramText.Parse("{{count:3 sum:4 buckets:[1 2]}}").View, ref notes));
        var small = sum.Bytes;
        Assert.True(sum.TryAdd(HistogramText.Parse("{{count:1 sum:9 offset:500 buckets:[1]}}").View, ref notes));
        Assert.True(sum.TryAdd(HistogramText.Parse("{{count:40 sum:4 buckets:[1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1]}}").View, ref notes));

        Assert.InRange(small, 2 * 2 * sizeof(double), long.MaxValue);
        Assert.InRange(sum.Bytes, small + (2 * 30 * sizeof(double)), long.MaxValue);
    }

    [Fact]
    public void A_zero_bucket_takes_in_what_begins_within_it()
    {
        var added = Add("{{z_bucket_w:0.5}}", "{{z_bucket:1 count:3 z_bucket_w:0.125 offset:-1 buckets:[1 1]}}", out _);
        AssertClose("{{z_bucket:2 count:3 z_bucket_w:0.5 buckets:[1]}}", added);
    }

    [Fact]
    public void A_zero_bucket_grows_to_the_end_of_a_bucket_with_observations()
    {
        var added = Add("{{z_bucket_w:0.3}}", "{{count:4 offset:-3 buckets:[1 0 1 1] n_offset:1 n_buckets:[1]}}", out _);
        AssertClose("{{z_bucket:2 count:4 z_bucket_w:0.5 buckets:[1] n_offset:1 n_buckets:[1]}}", added);
    }

    [Fact]
    public void Custom_bounds_that_differ_are_reduced_to_those_both_have()
    {
        var added = Add(
            "{{schema:-53 sum:55 count:15 custom_values:[2 4 6] buckets:[1 2 5 7]}}",
            "{{schema:-53 sum:10 count:21 custom_values:[1 2 3 6 7] buckets:[1 2 3 4 5 6]}}", out var notes);
        Assert.Equal(HistogramNotes.BoundsReconciled, notes);
        AssertClose("{{schema:-53 sum:65 count:36 custom_values:[2 6] buckets:[4 14 18]}}", added);
    }

    [Fact]
    public void Without_a_bound_in_common_one_bucket_is_left()
    {
        var added = Add(
            "{{schema:-53 count:3 custom_values:[2] buckets:[1 2]}}", "{{schema:-53 count:7 custom_values:[3] buckets:[3 4]}}", out var notes);
        Assert.Equal(HistogramNotes.BoundsReconciled, notes);
        AssertClose("{{schema:-53 count:10 buckets:[10]}}", added);
    }

    [Fact]
    public void Custom_bounds_and_exponential_ones_are_not_joined()
    {
        var notes = HistogramNotes.None;
        var exponential = HistogramText.Parse("{{count:1 buckets:[1]}}");
        var custom = HistogramText.Parse("{{schema:-53 count:1 custom_values:[1] buckets:[1]}}");
        Assert.False(HistogramArithmetic.TryAdd(exponential.View, custom.View, ref notes, out _));
        Assert.False(HistogramArithmetic.TrySubtract(custom.View, exponential.View, ref notes, out _));
        var accumulator = new HistogramAccumulator();
        Assert.True(accumulator.TryAdd(exponential.View, ref notes));
        Assert.False(accumulator.TryAdd(custom.View, ref notes));
        Assert.Equal(1, accumulator.Count);
        Assert.Equal(exponential, accumulator.Total());
    }

    [Theory]
    [InlineData(HistogramResetHint.Gauge, HistogramResetHint.Reset, HistogramResetHint.Gauge, false)]
    [InlineData(HistogramResetHint.Unknown, HistogramResetHint.Reset, HistogramResetHint.Unknown, false)]
    [InlineData(HistogramResetHint.NoReset, HistogramResetHint.NoReset, HistogramResetHint.NoReset, false)]
    [InlineData(HistogramResetHint.NoReset, HistogramResetHint.Reset, HistogramResetHint.Unknown, true)]
    public void Hints_are_joined(HistogramResetHint left, HistogramResetHint right, HistogramResetHint joined, bool isCollision)
    {
        var h = HistogramText.Parse("{{count:1 buckets:[1]}}");
        foreach (var (first, second) in ((HistogramResetHint, HistogramResetHint)[])[(left, right), (right, left)])
        {
            var notes = HistogramNotes.None;
            Assert.True(HistogramArithmetic.TryAdd(h.WithHint(first).View, h.WithHint(second).View, ref notes, out var sum));
            Assert.Equal(joined, sum.ResetHint);
            Assert.Equal(isCollision, notes == HistogramNotes.ResetHintCollision);
            Assert.True(HistogramArithmetic.TrySubtract(h.WithHint(first).View, h.WithHint(second).View, ref notes, out var difference));
            Assert.Equal(HistogramResetHint.Gauge, difference.ResetHint);
        }
    }

    [Fact]
    public void A_sum_tells_of_colliding_hints_that_are_not_neighbours()
    {
        var h = HistogramText.Parse("{{count:1 buckets:[1]}}");
        var accumulator = new HistogramAccumulator();
        var notes = HistogramNotes.None;
        foreach (var hint in (HistogramResetHint[])[HistogramResetHint.Reset, HistogramResetHint.Gauge, HistogramResetHint.NoReset])
        {
            Assert.Equal(HistogramNotes.None, notes);
            Assert.True(accumulator.TryAdd(h.WithHint(hint).View, ref notes));
        }

        Assert.Equal(HistogramNotes.ResetHintCollision, notes);
        Assert.Equal(HistogramResetHint.Gauge, accumulator.Total().ResetHint);
    }

    [Fact]
    public void Scaling_keeps_the_layout_and_a_negative_factor_makes_a_gauge()
    {
        var h = HistogramText.Parse("{{count:6 sum:3 z_bucket:1 z_bucket_w:0.1 buckets:[2] n_buckets:[3]}}");
        AssertClose("{{count:12 sum:6 z_bucket:2 z_bucket_w:0.1 buckets:[4] n_buckets:[6]}}", HistogramArithmetic.Multiply(h.View, 2));
        AssertClose("{{count:3 sum:1.5 z_bucket:0.5 z_bucket_w:0.1 buckets:[1] n_buckets:[1.5]}}", HistogramArithmetic.Divide(h.View, 2));
        Assert.Equal(HistogramResetHint.Unknown, HistogramArithmetic.Multiply(h.View, 0).ResetHint);
        Assert.Equal(HistogramResetHint.Gauge, HistogramArithmetic.Multiply(h.View, -1).ResetHint);
        Assert.Equal(HistogramResetHint.Gauge, HistogramArithmetic.Divide(h.View, -1).ResetHint);
        Assert.Same(h.Layout, HistogramArithmetic.Multiply(h.View, 2).Layout);
    }

    [Fact]
    public void Division_by_zero_leaves_no_bucket_but_the_zero_bucket()
    {
        var h = HistogramText.Parse("{{count:6 sum:0 z_bucket:1 z_bucket_w:0.1 buckets:[2] n_buckets:[3]}}");
        AssertClose("{{count:Inf sum:NaN z_bucket:Inf z_bucket_w:0.1}}", HistogramArithmetic.Divide(h.View, 0));
        var custom = HistogramText.Parse("{{schema:-53 count:6 sum:-1 custom_values:[1] buckets:[6]}}");
        AssertClose("{{schema:-53 count:Inf sum:-Inf custom_values:[1]}}", HistogramArithmetic.Divide(custom.View, 0));
    }

    [Fact]
    public void Sums_keep_what_large_numbers_would_swallow()
    {
        var accumulator = new HistogramAccumulator();
        var mean = new HistogramAccumulator();
        var notes = HistogramNotes.None;
        foreach (var text in (string[])["{{count:1 sum:1e100 buckets:[1e100 1 1]}}", "{{count:1 sum:1 buckets:[1 1]}}", "{{count:2 sum:-1e100 buckets:[-1e100]}}", "{{count:1 sum:1 buckets:[1 1 1 1]}}"])
        {
            Assert.True(accumulator.TryAdd(HistogramText.Parse(text).View, ref notes));
            Assert.True(mean.TryAddToMean(HistogramText.Parse(text).View, ref notes));
        }

        AssertClose("{{count:5 sum:2 buckets:[2 3 2 1]}}", accumulator.Total());
        AssertClose("{{count:1.25 sum:0.5 buckets:[0.5 0.75 0.5 0.25]}}", mean.Mean());
    }

    [Fact]
    public void A_mean_goes_on_where_a_sum_overflows()
    {
        var mean = new HistogramAccumulator();
        var sum = new HistogramAccumulator();
        var notes = HistogramNotes.None;
        foreach (var text in (string[])["{{count:1.7e308 sum:1 buckets:[1.7e308]}}", "{{count:1.7e308 sum:3 buckets:[1.7e308]}}", "{{count:3 sum:5 offset:4 buckets:[3]}}"])
        {
            Assert.True(mean.TryAddToMean(HistogramText.Parse(text).View, ref notes));
            Assert.True(sum.TryAdd(HistogramText.Parse(text).View, ref notes));
        }

        AssertClose("{{count:1.1333333333333333e308 sum:3 buckets:[1.1333333333333333e308 0 0 0 1]}}", mean.Mean());
        AssertClose("{{count:Inf sum:9 buckets:[Inf 0 0 0 3]}}", sum.Total());
        Assert.Throws<InvalidOperationException>(mean.Total);
        Assert.Throws<InvalidOperationException>(new HistogramAccumulator().Mean);
    }

    [Fact]
    public void Adding_up_histograms_of_known_buckets_allocates_nothing()
    {
        var notes = HistogramNotes.None;
        var whole = HistogramText.Parse("{{count:45 buckets:[1 2 3 4 5 6 7 8 9]}}");
        var part = HistogramText.Parse("{{schema:1 count:3 offset:5 buckets:[1 2]}}");
        var accumulator = new HistogramAccumulator();
        accumulator.TryAddToMean(whole.View, ref notes);
        accumulator.TryAddToMean(part.View, ref notes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            accumulator.TryAddToMean(whole.View, ref notes);
            accumulator.TryAdd(part.View, ref notes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("{{count:4 buckets:[1 2 1]}}", "{{count:5 buckets:[1 1 3]}}", true)]
    [InlineData("{{count:4 buckets:[1 2 1]}}", "{{count:4 buckets:[1 2 0 1]}}", true)]
    [InlineData("{{count:4 buckets:[1 2 1]}}", "{{count:3 buckets:[1 2 1]}}", true)]
    [InlineData("{{count:4 buckets:[1 2 1 0 0]}}", "{{count:4 buckets:[1 2 1]}}", false)]
    [InlineData("{{count:4 buckets:[1 2 1]}}", "{{count:1 buckets:[1] counter_reset_hint:not_reset}}", false)]
    [InlineData("{{count:1 buckets:[1]}}", "{{count:4 buckets:[2 2] counter_reset_hint:reset}}", true)]
    [InlineData("{{count:1 buckets:[1]}}", "{{schema:1 count:4 offset:-1 buckets:[2 2]}}", true)]
    [InlineData("{{schema:1 count:3 offset:-1 buckets:[1 2]}}", "{{count:3 buckets:[3]}}", false)]
    [InlineData("{{schema:1 count:3 offset:-1 buckets:[1 2]}}", "{{count:3 z_bucket:1 buckets:[2]}}", true)]
    [InlineData("{{count:3 z_bucket:1 z_bucket_w:0.1 buckets:[2]}}", "{{count:4 z_bucket:1 z_bucket_w:0.01 buckets:[3]}}", true)]
    [InlineData("{{count:3 z_bucket:1 z_bucket_w:0.1 buckets:[1 1]}}", "{{count:3 z_bucket:2 z_bucket_w:1 offset:1 buckets:[1]}}", false)]
    [InlineData("{{count:3 z_bucket:1 z_bucket_w:0.1 buckets:[1 1]}}", "{{count:3 z_bucket:1 z_bucket_w:1 offset:1 buckets:[2]}}", true)]
    [InlineData("{{count:3 z_bucket:1 z_bucket_w:0.1 buckets:[1 1]}}", "{{count:3 z_bucket:3 z_bucket_w:1.5}}", true)]
    [InlineData("{{count:1 buckets:[1]}}", "{{schema:-53 count:1 custom_values:[1] buckets:[1]}}", true)]
    [InlineData("{{schema:-53 count:1 custom_values:[1] buckets:[1]}}", "{{count:1 buckets:[1]}}", true)]
    [InlineData("{{schema:-53 count:15 custom_values:[2 4 6] buckets:[1 2 5 7]}}", "{{schema:-53 count:16 custom_values:[2 3 4 6] buckets:[1 0 2 5 8]}}", false)]
    [InlineData("{{schema:-53 count:15 custom_values:[2 4 6] buckets:[1 2 5 7]}}", "{{schema:-53 count:15 custom_values:[2 3 4 6] buckets:[1 0 1 5 8]}}", true)]
    [InlineData("{{schema:-53 count:9 custom_values:[2 4] buckets:[1 2 6]}}", "{{schema:-53 count:9 custom_values:[2 5] buckets:[2 2 5]}}", true)]
    public void Resets_are_seen(string previous, string current, bool isReset) =>
        Assert.Equal(isReset, HistogramArithmetic.IsReset(HistogramText.Parse(previous).View, HistogramText.Parse(current).View));

    [Fact]
    public void Equal_are_histograms_of_the_same_buckets_however_their_spans_are_cut()
    {
        static NativeHistogram Make(double last, params HistogramSpan[] spans) =>
            new(new HistogramLayout(0, 0, spans, [], []), HistogramResetHint.Unknown, 0, 3, double.NaN, [1, 0, last]);
        var whole = Make(2, new HistogramSpan(1, 3));
        var cut = Make(2, new(1, 1), new(0, 0), new(0, 2)).WithHint(HistogramResetHint.Gauge);
        var apart = Make(2, new(1, 2), new(1, 1));
        var close = Make(2.0000001, new HistogramSpan(1, 3));
        Assert.True(HistogramArithmetic.AreEqual(whole.View, cut.View));
        Assert.False(HistogramArithmetic.AreEqual(whole.View, apart.View));
        Assert.False(HistogramArithmetic.AreEqual(whole.View, close.View));
        Assert.False(HistogramArithmetic.AreEqual(whole.View, HistogramArithmetic.Compact(whole).View));
        Assert.True(HistogramArithmetic.AreAlmostEqual(whole.View, HistogramArithmetic.Compact(whole).View, Close));
        Assert.True(HistogramArithmetic.AreAlmostEqual(whole.View, close.View, 1e-6));
        Assert.False(HistogramArithmetic.AreAlmostEqual(whole.View, close.View, Close));
        Assert.False(HistogramArithmetic.AreAlmostEqual(whole.View, apart.View, Close));
    }

    private static NativeHistogram Add(string left, string right, out HistogramNotes notes)
    {
        notes = HistogramNotes.None;
        Assert.True(HistogramArithmetic.TryAdd(HistogramText.Parse(left).View, HistogramText.Parse(right).View, ref notes, out var sum));
        return sum;
    }

    private static double Observations(NativeHistogram h) => h.ZeroCount + h.Buckets.ToArray().Sum();

    private static void AssertClose(string expected, NativeHistogram h) =>
        Assert.True(HistogramArithmetic.AreAlmostEqual(HistogramText.Parse(expected).View, h.View, Close), HistogramText.Write(h));
}
