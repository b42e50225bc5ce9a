using CsCheck;
using Toka.Core.Samples;

namespace Toka.Core.Tests.Samples;

public sealed class GrowingHistogramTests
{
    private static readonly Gen<double> Value = Gen.Frequency(
        (4, Gen.Double[0, 1000]), (2, Gen.Double[-10, 10]), (1, Gen.Const(0.0)), (1, Gen.ULong.Select(BitConverter.UInt64BitsToDouble).Where(double.IsFinite)));

    [Fact]
    public void Any_observations_make_a_histogram_that_a_store_takes() => Value.Array[1, 400].Sample(
        static values =>
        {
            var histogram = new GrowingHistogram();
            foreach (var value in values)
            {
                histogram.Add(value, 1);
            }

            var made = histogram.ToHistogram(new ExponentialHistogram());
            var fault = HistogramRule.Check(made.View);
            Assert.True(fault == HistogramFault.None || !double.IsFinite(made.Sum), fault.ToString());
            Assert.Equal(values.Length, made.Count);
            Assert.Equal(values.Length, made.ZeroCount + Sum(made.Buckets));
        },
        iter: 500);

    [Fact]
    public void Shares_of_observations_add_up_within_what_a_store_takes() =>
        Gen.Select(Gen.Double[0.001, 1000], Gen.Double[0.01, 1]).Array[1, 300].Sample(
            static values =>
            {
                var histogram = new GrowingHistogram();
                foreach (var (value, rate) in values)
                {
                    histogram.Add(value, 1 / rate);
                }

                Assert.Equal(HistogramFault.None, HistogramRule.Check(histogram.ToHistogram(new ExponentialHistogram()).View));
            },
            iter: 500);

    [Fact]
    public void A_value_lies_in_its_bucket_at_every_schema() => Gen.Select(Gen.Double[1e-30, 1e30], Gen.Int[-4, 8]).Sample(
        static (value, schema) =>
        {
            var index = GrowingHistogram.IndexOf(value, schema);
            Assert.True(value <= ExponentialBuckets.UpperBound(index, schema) && value > ExponentialBuckets.UpperBound(index - 1, schema));
        });

    [Fact]
    public void Many_different_values_make_coarser_buckets_and_not_more()
    {
        var histogram = new GrowingHistogram();
        for (var i = 1; i <= 100_000; i++)
        {
            histogram.Add(i / 7.0, 1);
        }

        var made = histogram.ToHistogram(new ExponentialHistogram());
        Assert.Equal(100_000, made.Count);
        Assert.InRange(made.Layout.BucketCount, 50, GrowingHistogram.BucketsMax);
        Assert.InRange(made.Layout.Schema, 3, GrowingHistogram.SchemaFirst);
    }

    private static double Sum(ReadOnlySpan<double> counts)
    {
        var sum = 0.0;
        foreach (var count in counts)
        {
            sum += count;
        }

        return sum;
    }
}
