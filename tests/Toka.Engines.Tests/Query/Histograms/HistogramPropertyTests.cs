using CsCheck;
using Toka.Core.Samples;
using Toka.Query.PromQL.Histograms;

namespace Toka.Engines.Tests.Query.Histograms;

public sealed class HistogramPropertyTests
{
    private const double Close = 1e-9;

    [Fact]
    public void Addition_commutes() => HistogramGen.Pair.Sample(
        pair => HistogramArithmetic.AreAlmostEqual(Sum(pair.Left, pair.Right).View, Sum(pair.Right, pair.Left).View, Close));

    [Fact]
    public void Addition_loses_no_observation() => HistogramGen.Pair.Sample(pair =>
    {
        var sum = Sum(pair.Left, pair.Right);
        return sum.Count == pair.Left.Count + pair.Right.Count && Observations(sum) == sum.Count;
    });

    [Fact]
    public void What_was_added_can_be_subtracted() => HistogramGen.Pair.Sample(pair =>
    {
        var sum = Sum(pair.Left, pair.Right);
        var back = Difference(sum, pair.Right);
        return back.Count == pair.Left.Count && Observations(back) == back.Count && back.ResetHint == HistogramResetHint.Gauge
            && Math.Abs(back.Sum - pair.Left.Sum) < Close;
    });

    [Fact]
    public void Histograms_of_one_layout_keep_it_and_come_back_whole() => HistogramGen.Alike.Sample(all =>
    {
        var sum = Sum(all[0], all[^1]);
        var back = Difference(sum, all[^1]);
        return ReferenceEquals(sum.Layout, all[0].Layout) && back.Buckets.SequenceEqual(all[0].Buckets) && back.ZeroCount == all[0].ZeroCount;
    });

    [Fact]
    public void Resolution_is_reduced_without_loss_and_in_steps() =>
        Gen.Select(HistogramGen.Exponential, Gen.Int[0, 4], Gen.Int[0, 4]).Sample((h, first, second) =>
        {
            var schema = Math.Max(HistogramLayout.SchemaMin, h.Layout.Schema - first);
            var coarser = Math.Max(HistogramLayout.SchemaMin, schema - second);
            var reduced = HistogramArithmetic.ReduceTo(h.View, schema);
            var twice = HistogramArithmetic.ReduceTo(reduced.View, coarser);
            return reduced.Layout.Schema == schema && Observations(reduced) == h.Count
                && HistogramArithmetic.AreAlmostEqual(HistogramArithmetic.ReduceTo(h.View, coarser).View, twice.View, Close);
        });

    [Fact]
    public void An_accumulator_adds_up_as_one_by_one() =>
        Gen.OneOf(HistogramGen.Exponential.Array[1, 6], HistogramGen.Custom.Array[1, 6], HistogramGen.Alike).Sample(all =>
        {
            var (sums, means, notes) = (new HistogramAccumulator(), new HistogramAccumulator(), HistogramNotes.None);
            foreach (var h in all)
            {
                Assert.True(sums.TryAdd(h.View, ref notes) && means.TryAddToMean(h.View, ref notes));
            }

            var folded = all.Aggregate(Sum);
            var mean = HistogramArithmetic.Divide(folded.View, all.Length);
            // Sums of both signs may leave next to nothing, of which adding up one by one has lost most digits.
            var lost = Close * all.Sum(static h => Math.Abs(h.Sum));
            return HistogramArithmetic.AreAlmostEqual(WithSumOf(sums.Total(), folded, lost).View, folded.View, Close)
                && HistogramArithmetic.AreAlmostEqual(WithSumOf(means.Mean(), mean, lost).View, mean.View, Close);
        });

    /// <summary>A histogram with the sum of another one, where they are near.</summary>
    private static NativeHistogram WithSumOf(NativeHistogram histogram, NativeHistogram other, double tolerance)
    {
        Assert.InRange(histogram.Sum, other.Sum - tolerance, other.Sum + tolerance);
        return new NativeHistogram(histogram.Layout, histogram.ResetHint, histogram.ZeroCount, histogram.Count, other.Sum, histogram.Buckets);
    }

    [Fact]
    public void An_accumulator_does_not_depend_on_what_it_held() =>
        Gen.Select(HistogramGen.Pair, HistogramGen.Pair).Sample((before, after) =>
        {
            var (used, fresh, notes) = (new HistogramAccumulator(), new HistogramAccumulator(), HistogramNotes.None);
            Assert.True(used.TryAdd(before.Left.View, ref notes) && used.TryAdd(before.Right.View, ref notes));
            used.Clear();
            Assert.True(used.TryAdd(after.Left.View, ref notes) && used.TryAdd(after.Right.View, ref notes));
            Assert.True(fresh.TryAdd(after.Left.View, ref notes) && fresh.TryAdd(after.Right.View, ref notes));
            return used.Total().Equals(fresh.Total());
        });

    [Fact]
    public void More_observations_are_no_reset_and_fewer_are_one() => HistogramGen.Pair.Sample(pair =>
    {
        var sum = Sum(pair.Left, pair.Right);
        return !HistogramArithmetic.IsReset(pair.Left.View, sum.View)
            && (pair.Right.Count == 0 || HistogramArithmetic.IsReset(sum.View, pair.Left.View));
    });

    [Fact]
    public void Quantiles_rise_and_lie_within_the_buckets() =>
        Gen.Select(Gen.OneOf(HistogramGen.Exponential, HistogramGen.Custom), Gen.Double[0, 1], Gen.Double[0, 1]).Sample((h, p, q) =>
        {
            // A bucket without any bound says nothing of where its observations are.
            if (h.Count == 0 || (h.Layout.IsCustom && h.Layout.CustomValues.Length == 0))
            {
                return;
            }

            var low = HistogramStatistics.Quantile(Math.Min(p, q), h.View, out _);
            var high = HistogramStatistics.Quantile(Math.Max(p, q), h.View, out _);
            var (lower, upper) = Range(h);
            Assert.InRange(low, lower - 1e-9, upper + 1e-9);
            Assert.InRange(high, low - (Math.Abs(low) * 1e-9) - 1e-9, upper + 1e-9);
        });

    [Fact]
    public void Fractions_undo_quantiles() =>
        Gen.Select(HistogramGen.Exponential, Gen.Double[0.001, 0.999]).Sample((h, q) =>
        {
            if (h.Count == 0 || (h.ZeroCount > 0 && h.Layout.ZeroThreshold == 0))
            {
                return;
            }

            var quantile = HistogramStatistics.Quantile(q, h.View, out _);
            Assert.Equal(q, HistogramStatistics.Fraction(double.NegativeInfinity, quantile, h.View, out _), 6);
        });

    [Fact]
    public void The_two_sides_of_a_bound_add_up() =>
        Gen.Select(HistogramGen.Exponential, Gen.Double[-50, 50]).Sample((h, bound) =>
        {
            var below = HistogramArithmetic.TrimUpper(h.View, bound);
            var above = HistogramArithmetic.TrimLower(h.View, bound);
            Assert.Equal(h.Count, below.Count + above.Count, 9);
            Assert.Equal(below.Count, Observations(below), 9);
            Assert.Equal(above.Count, Observations(above), 9);
        });

    [Fact]
    public void Compaction_takes_out_empty_buckets_only() =>
        Gen.OneOf(HistogramGen.Exponential, HistogramGen.Custom).Sample(h =>
        {
            var compact = HistogramArithmetic.Compact(h.View);
            return !compact.Buckets.Contains(0) && HistogramArithmetic.AreAlmostEqual(h.View, compact.View, Close)
                && ReferenceEquals(compact, HistogramArithmetic.Compact(compact)) && HistogramRule.Check(compact.View) == HistogramFault.None;
        });

    [Fact]
    public void Buckets_rise_without_overlap_and_hold_all() =>
        Gen.OneOf(HistogramGen.Exponential, HistogramGen.Custom).Sample(h =>
        {
            var (end, count) = (double.NegativeInfinity, 0.0);
            var upwards = new List<HistogramBucket>();
            foreach (var bucket in HistogramBuckets.Enumerate(h))
            {
                Assert.True(bucket.Lower >= end && bucket.Upper >= bucket.Lower && bucket.Count > 0);
                (end, count) = (bucket.Upper, count + bucket.Count);
                upwards.Add(bucket);
            }

            var downwards = new List<HistogramBucket>();
            foreach (var bucket in new BucketEnumerator(h.View, isDescending: true, withEmpty: false))
            {
                downwards.Add(bucket);
            }

            downwards.Reverse();
            Assert.Equal(upwards, downwards);
            Assert.Equal(h.Count, count);
        });

    [Fact]
    public void Nothing_that_the_types_can_hold_breaks_the_arithmetic() =>
        Gen.Select(HistogramGen.Hostile, Gen.OneOf(HistogramGen.Hostile, HistogramGen.Exponential, HistogramGen.Custom), Gen.Double).Sample((a, b, number) =>
        {
            var notes = HistogramNotes.None;
            var accumulator = new HistogramAccumulator();
            foreach (var (left, right) in ((NativeHistogram, NativeHistogram)[])[(a, b), (b, a)])
            {
                Assert.Equal(left.Layout.IsCustom == right.Layout.IsCustom, HistogramArithmetic.TryAdd(left.View, right.View, ref notes, out _));
                HistogramArithmetic.TrySubtract(left.View, right.View, ref notes, out _);
                HistogramArithmetic.IsReset(left.View, right.View);
                HistogramArithmetic.AreEqual(left.View, right.View);
                HistogramArithmetic.AreAlmostEqual(left.View, right.View, Close);
                accumulator.TryAddToMean(left.View, ref notes);
            }

            accumulator.Mean();
            HistogramArithmetic.Compact(a.View);
            HistogramArithmetic.ReduceTo(a.View, 0);
            HistogramArithmetic.TrimLower(a.View, number);
            HistogramArithmetic.TrimUpper(a.View, number);
            HistogramStatistics.Quantile(0.3, a.View, out _);
            HistogramStatistics.Quantile(0.9, a.View, out _);
            HistogramStatistics.Fraction(-1, number, a.View, out _);
            HistogramStatistics.StandardVariance(a.View);
        });

    [Fact]
    public void Custom_buckets_are_added_whatever_zero_threshold_their_layout_has()
    {
        var wide = Custom(double.PositiveInfinity, 1);
        var plain = Custom(0, 3);
        foreach (var (left, right) in ((NativeHistogram, NativeHistogram)[])[(wide, plain), (plain, wide)])
        {
            Assert.Equal([2.0, 1.0, 1.0], Sum(left, right).Buckets.ToArray());
        }

        static NativeHistogram Custom(double threshold, int buckets) => new(
            new HistogramLayout(HistogramLayout.SchemaCustom, threshold, [new(0, buckets)], [], [1, 2]),
            HistogramResetHint.Unknown, 0, buckets, 0, [.. Enumerable.Repeat(1.0, buckets)]);
    }

    private static NativeHistogram Sum(NativeHistogram left, NativeHistogram right)
    {
        var notes = HistogramNotes.None;
        Assert.True(HistogramArithmetic.TryAdd(left.View, right.View, ref notes, out var sum));
        return sum;
    }

    private static NativeHistogram Difference(NativeHistogram left, NativeHistogram right)
    {
        var notes = HistogramNotes.None;
        Assert.True(HistogramArithmetic.TrySubtract(left.View, right.View, ref notes, out var difference));
        return difference;
    }

    private static double Observations(NativeHistogram h)
    {
        var count = h.ZeroCount;
        foreach (var bucket in h.Buckets)
        {
            count += bucket;
        }

        return count;
    }

    private static (double Lower, double Upper) Range(NativeHistogram h)
    {
        var range = (Lower: double.PositiveInfinity, Upper: double.NegativeInfinity);
        foreach (var bucket in HistogramBuckets.Enumerate(h))
        {
            range = (Math.Min(range.Lower, bucket.Lower), Math.Max(range.Upper, bucket.Upper));
        }

        return range;
    }
}
