using CsCheck;
using Toka.Core.Searching;

namespace Toka.Core.Tests.Searching;

public sealed class EventBucketsTests
{
    [Fact]
    public void A_number_is_above_the_lower_bound_of_its_bucket_and_not_above_the_upper()
    {
        Gen.Double[1e-300, 1e300].Sample(value =>
        {
            var bucket = EventBuckets.Of(value);
            return value > EventBuckets.LowerBound(bucket) && value <= EventBuckets.UpperBound(bucket);
        });
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(2.0, 8)]
    [InlineData(1024.0, 80)]
    [InlineData(0.0, EventBuckets.Zero)]
    [InlineData(-5.0, EventBuckets.Zero)]
    public void Powers_of_two_are_the_largest_of_their_buckets(double value, int bucket)
    {
        Assert.Equal(bucket, EventBuckets.Of(value));
    }

    [Fact]
    public void A_quantile_is_within_a_bucket_of_the_number_of_its_rank()
    {
        Gen.Double[1, 1e9].Array[1, 200].Select(Gen.Double[0, 1]).Sample((values, quantile) =>
        {
            var buckets = values.GroupBy(EventBuckets.Of).OrderBy(group => group.Key).Select(group => KeyValuePair.Create(group.Key, (long)group.Count())).ToList();
            Array.Sort(values);
            var exact = values[Math.Clamp((int)Math.Ceiling(quantile * values.Length) - 1, 0, values.Length - 1)];
            return Math.Abs((EventBuckets.Quantile(buckets, quantile) / exact) - 1) <= 0.0906;
        });
    }

    [Fact]
    public void A_quantile_of_nothing_is_no_number()
    {
        Assert.True(double.IsNaN(EventBuckets.Quantile([], 0.5)));
    }
}
