using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Core.Tests.Samples;

public sealed class NativeHistogramTests
{
    private static readonly HistogramSpan[] s_one = [new(0, 1)];

    [Theory]
    [InlineData(-5, HistogramFault.Schema)]
    [InlineData(9, HistogramFault.Schema)]
    [InlineData(-52, HistogramFault.Schema)]
    [InlineData(-4, HistogramFault.None)]
    [InlineData(8, HistogramFault.None)]
    public void Schemas_are_those_of_native_histograms(int schema, HistogramFault fault) =>
        Assert.Equal(fault, HistogramRule.Check(new HistogramLayout(schema, 0, s_one, [], [])));

    [Theory]
    [InlineData(-1e-9)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_zero_bucket_has_a_width(double threshold) =>
        Assert.Equal(HistogramFault.ZeroThreshold, HistogramRule.Check(new HistogramLayout(0, threshold, s_one, [], [])));

    [Fact]
    public void Custom_bounds_rise_and_stand_alone()
    {
        static HistogramFault Check(double zero, HistogramSpan[] positive, HistogramSpan[] negative, params double[] values) =>
            HistogramRule.Check(new HistogramLayout(HistogramLayout.SchemaCustom, zero, positive, negative, values));
        Assert.Equal(HistogramFault.None, Check(0, [new(0, 3)], [], -1, 0, 2.5));
        Assert.Equal(HistogramFault.None, Check(0, [new(2, 1)], [], 1, 2));
        Assert.Equal(HistogramFault.Spans, Check(0, [new(3, 1)], [], 1, 2));
        Assert.Equal(HistogramFault.Spans, Check(0, [new(-1, 1)], [], 1, 2));
        Assert.Equal(HistogramFault.Spans, Check(0, s_one, s_one, 1, 2));
        Assert.Equal(HistogramFault.CustomValues, Check(0, s_one, [], 2, 2));
        Assert.Equal(HistogramFault.CustomValues, Check(0, s_one, [], 1, double.PositiveInfinity));
        Assert.Equal(HistogramFault.ZeroThreshold, Check(1, s_one, [], 1));
        Assert.Equal(HistogramFault.CustomValues, HistogramRule.Check(new HistogramLayout(0, 0, s_one, [], [1])));
        var zero = new NativeHistogram(new HistogramLayout(HistogramLayout.SchemaCustom, 0, s_one, [], [1]), HistogramResetHint.Unknown, 1, 2, 0, [1]);
        Assert.Equal(HistogramFault.NegativeCount, HistogramRule.Check(zero.View));
    }

    [Fact]
    public void Spans_follow_each_other_within_the_range()
    {
        static HistogramFault Check(params HistogramSpan[] spans) => HistogramRule.Check(new HistogramLayout(0, 0, spans, [], []));
        Assert.Equal(HistogramFault.None, Check(new(-300, 2), new(0, 1), new(5, 0)));
        Assert.Equal(HistogramFault.Spans, Check(new(0, 1), new(-1, 1)));
        Assert.Equal(HistogramFault.Spans, Check(new HistogramSpan(0, -1)));
        Assert.Equal(HistogramFault.Spans, Check(new HistogramSpan(int.MaxValue, 1)));
        Assert.Equal(HistogramFault.Spans, Check(new(0, 1), new(int.MaxValue, 1)));
        Assert.Equal(HistogramFault.TooManyBuckets, Check(new(0, int.MaxValue), new(0, int.MaxValue)));
        Assert.Equal(HistogramFault.TooManyBuckets, Check(new HistogramSpan(0, HistogramLayout.BucketsMax + 1)));
        Assert.Equal(HistogramFault.None, Check(new HistogramSpan(0, HistogramLayout.BucketsMax)));
    }

    [Theory]
    [InlineData(1, 3, 6, 0.0, HistogramFault.CountMismatch)]
    [InlineData(1, 3, 4, 0.0, HistogramFault.None)]
    [InlineData(1, 3, 5, double.NaN, HistogramFault.None)]
    [InlineData(1, 3, 3, double.NaN, HistogramFault.CountMismatch)]
    [InlineData(-1, 3, 2, 0.0, HistogramFault.NegativeCount)]
    [InlineData(1, -1, 0, 0.0, HistogramFault.NegativeCount)]
    [InlineData(1, double.NaN, 4, 0.0, HistogramFault.NegativeCount)]
    [InlineData(1, double.PositiveInfinity, double.PositiveInfinity, 0.0, HistogramFault.NegativeCount)]
    [InlineData(0.1, 0.2, 0.3, 0.0, HistogramFault.None)]
    [InlineData(0.1, 0.2, 0.301, 0.0, HistogramFault.CountMismatch)]
    public void Counts_add_up(double zero, double bucket, double count, double sum, HistogramFault fault)
    {
        var histogram = new NativeHistogram(new HistogramLayout(0, 0, s_one, [], []), HistogramResetHint.Unknown, zero, count, sum, [bucket]);
        Assert.Equal(fault, HistogramRule.Check(histogram.View));
        Assert.NotEmpty(HistogramRule.Sentence(fault));
    }

    [Fact]
    public void A_count_for_each_bucket_is_asked_for()
    {
        var layout = new HistogramLayout(0, 0, s_one, s_one, []);
        Assert.Throws<ArgumentException>(() => new NativeHistogram(layout, HistogramResetHint.Unknown, 0, 1, 1, [1]));
        Assert.Equal(HistogramFault.BucketCount, HistogramRule.Check(new HistogramView(layout, HistogramResetHint.Unknown, 0, 1, 1, [1])));
        Assert.Equal(HistogramFault.None, HistogramRule.Check(NativeHistogram.Stale.View));
        Assert.True(NativeHistogram.Stale.IsStale);
    }

    [Fact]
    public void Histograms_are_equal_where_every_bit_is()
    {
        static NativeHistogram Make(double sum, double bucket = 1, HistogramResetHint hint = default, int offset = 0) =>
            new(new HistogramLayout(0, 0, [new HistogramSpan(offset, 1)], [], []), hint, 0, bucket, sum, [bucket]);
        Assert.Equal(Make(double.NaN), Make(double.NaN));
        Assert.Equal(Make(1).GetHashCode(), Make(1).GetHashCode());
        Assert.NotEqual(Make(0.0), Make(-0.0));
        Assert.NotEqual(Make(1), Make(1, 2));
        Assert.NotEqual(Make(1), Make(1, hint: HistogramResetHint.Gauge));
        Assert.NotEqual(Make(1), Make(1, offset: 1));
    }

    [Fact]
    public void Scaling_down_loses_no_observation_and_moves_none_out_of_its_bounds() =>
        Gen.Select(Gen.Int[-4, 8], Gen.Int[-400, 400].Array[1, 50], Gen.Int[0, 12]).Sample(static (schema, indexes, levels) =>
        {
            var histogram = new ExponentialHistogram { Schema = schema };
            foreach (var index in indexes.Order())
            {
                histogram.Positive.Append(index, 1);
            }

            histogram.ReduceTo(Math.Max(-4, schema - levels));
            levels = schema - histogram.Schema;
            var expected = indexes.GroupBy(i => (int)Math.Ceiling(i / Math.Pow(2, levels))).OrderBy(g => g.Key);
            Assert.Equal(expected.Select(g => (g.Key, (double)g.Count())), histogram.Positive.Indexes.ToArray().Zip(histogram.Positive.Counts.ToArray()));
        });

    [Fact]
    public void Adding_keeps_every_observation_whatever_the_scales_and_zero_buckets() =>
        Gen.Select(AnyHistogram, AnyHistogram).Sample(static (a, b) =>
        {
            var sum = new ExponentialHistogram();
            var other = new ExponentialHistogram();
            sum.Set(a);
            other.Set(b);
            sum.Add(other);
            var total = sum.ToHistogram(HistogramLayout.BucketsMax);
            Assert.Equal(HistogramFault.None, HistogramRule.Check(total.View));
            Assert.Equal(a.Count + b.Count, total.Count);
            Assert.True(total.Layout.Schema <= Math.Min(a.Layout.Schema, b.Layout.Schema));
            Assert.True(total.Layout.ZeroThreshold >= Math.Max(a.Layout.ZeroThreshold, b.Layout.ZeroThreshold));
        });

    [Fact]
    public void Too_many_buckets_make_it_coarser()
    {
        var histogram = new ExponentialHistogram { Schema = 8, Count = 1000 };
        for (var i = 0; i < 1000; i++)
        {
            histogram.Positive.Append(i, 1);
        }

        var coarse = histogram.ToHistogram(320);
        Assert.Equal((6, 1000), (coarse.Layout.Schema, coarse.Count));
        Assert.InRange(coarse.Buckets.Length, 1, 320);
        Assert.Equal(HistogramFault.None, HistogramRule.Check(coarse.View));
    }

    [Fact]
    public void A_column_gives_back_what_was_added_and_shrinks()
    {
        using var column = new HistogramColumn(1);
        var random = new Random(5);
        var added = new List<NativeHistogram>();
        for (var i = 0; i < 200; i++)
        {
            var buckets = Enumerable.Range(0, random.Next(5)).Select(_ => (double)random.Next(9)).ToArray();
            added.Add(new NativeHistogram(new HistogramLayout(0, 0, [new HistogramSpan(i, buckets.Length)], [], []), HistogramResetHint.Unknown, 0, buckets.Sum(), i, buckets));
            column.Add(i, added[i]);
        }

        Assert.Equal(added, Enumerable.Range(0, 200).Select(i => column[i].ToHistogram()));
        column.Truncate(50);
        Assert.Equal((50, added.Take(50).Sum(a => a.Buckets.Length)), (column.Count, column.BucketCount));
        column.Add(50, added[60]);
        Assert.Equal(added[60], column[50].ToHistogram());
    }

    private static readonly Gen<NativeHistogram> AnyHistogram = Gen.Select(
        Gen.Int[-4, 8], Gen.Int[-60, 60].Array[0, 30], Gen.Int[-60, 60].Array[0, 30], Gen.Select(Gen.Int[0, 4], Gen.Int[-20, 20])).Select(static (schema, positive, negative, zero) =>
        {
            var histogram = new ExponentialHistogram { Schema = schema, ZeroCount = zero.Item1 };
            histogram.Count = positive.Length + negative.Length + zero.Item1;
            foreach (var index in positive.Order())
            {
                histogram.Positive.Append(index, 1);
            }

            foreach (var index in negative.Order())
            {
                histogram.Negative.Append(index, 1);
            }

            // A zero bucket that ends within a bucket would count some of it twice; it begins at the lowest one's begin or below.
            var lowest = positive.Concat(negative).DefaultIfEmpty(0).Min();
            histogram.ZeroThreshold = zero.Item1 == 0 ? 0 : ExponentialBuckets.UpperBound(Math.Min(lowest, zero.Item2) - 1, schema);
            return histogram.ToHistogram(HistogramLayout.BucketsMax);
        });
}
