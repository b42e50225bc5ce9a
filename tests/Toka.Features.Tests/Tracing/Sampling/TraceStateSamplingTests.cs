using System.Text;
using CsCheck;
using Toka.Core.Spans;
using Toka.Tracing.Sampling;

namespace Toka.Features.Tests.Tracing.Sampling;

public sealed class TraceStateSamplingTests
{
    [Theory]
    [InlineData("", 0.5, "ot=th:8")]
    [InlineData("ot=rv:0123456789abcd", 0.25, "ot=th:c;rv:0123456789abcd")]
    [InlineData("vendor=a:b,ot=p:4;th:8;x:1,other=2", 0.75, "ot=th:4;x:1,vendor=a:b,other=2")]
    [InlineData("a=1", 1, "ot=th:0,a=1")]
    public void A_threshold_stands_first_and_all_else_stays(string before, double ratio, string after) =>
        Assert.Equal(after, TraceStateSampling.WithThreshold(Encoding.UTF8.GetBytes(before), TraceStateSampling.ThresholdOf(ratio)));

    [Fact]
    public void What_was_written_is_read_again_and_the_count_is_one_over_the_share() => Gen.Double[0.0001, 1].Sample(static ratio =>
    {
        var threshold = TraceStateSampling.ThresholdOf(ratio);
        var text = Encoding.UTF8.GetBytes(TraceStateSampling.WithThreshold("vendor=1"u8, threshold));
        Assert.Equal(threshold, TraceStateSampling.Threshold(text));
        Assert.Equal(1 / ratio, TraceStateSampling.AdjustedCount(text), 6);
    });

    [Fact]
    public void The_random_value_is_that_of_the_member_or_the_end_of_the_traces_id()
    {
        var trace = new TraceId(new UInt128(1, 0xFF00_0000_0000_0007));
        Assert.Equal(7UL, TraceStateSampling.RandomValue(trace, default));
        Assert.Equal(0x0123456789abcdUL, TraceStateSampling.RandomValue(trace, "x=1, ot=rv:0123456789abcd"u8));
        Assert.Equal(7UL, TraceStateSampling.RandomValue(trace, "ot=rv:12"u8));
    }

    [Fact]
    public void Any_text_says_something_or_nothing() => Gen.String.Sample(static text =>
    {
        Assert.True(TraceStateSampling.AdjustedCount(Encoding.UTF8.GetBytes(text)) >= 1);
        Assert.True(TraceStateSampling.AdjustedCount(Encoding.UTF8.GetBytes("ot=th:" + text)) >= 1);
    });
}
