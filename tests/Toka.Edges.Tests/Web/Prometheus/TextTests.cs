using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class TextTests
{
    [Theory]
    [InlineData("1700000000", 1_700_000_000_000)]
    [InlineData("1700000000.1239", 1_700_000_000_124)]
    [InlineData("-1.5", -1500)]
    [InlineData("1.7e9", 1_700_000_000_000)]
    [InlineData("99999999999999", 99_999_999_999_999_000)]
    [InlineData("2023-11-14T22:13:20Z", 1_700_000_000_000)]
    [InlineData("2023-11-14T23:13:20.250+01:00", 1_700_000_000_250)]
    [InlineData("-292273086-05-16T16:47:06Z", TimeText.FirstMs)]
    [InlineData("+292277025-08-18T07:12:54.999999999Z", TimeText.LastMs)]
    public void Times_are_read(string text, long expectedMs)
    {
        Assert.True(TimeText.TryTime(text, out var ms));
        Assert.Equal(expectedMs, ms);
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2023-11-14")]
    [InlineData("2023-11-14T22:13:20")]
    [InlineData("14/11/2023 22:13:20 Z")]
    [InlineData("NaN")]
    [InlineData("Inf")]
    [InlineData("1e300")]
    [InlineData(" 1")]
    [InlineData("1\n")]
    public void What_is_no_time_is_refused(string text) => Assert.False(TimeText.TryTime(text, out _));

    [Theory]
    [InlineData("15", 15_000)]
    [InlineData("0.5", 500)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("1y2w3d4h5m6s7ms", 31_536_000_000 + 1_209_600_000 + 259_200_000 + 14_400_000 + 300_000 + 6_007)]
    public void Durations_are_read(string text, long expectedMs)
    {
        Assert.True(TimeText.TryDuration(text, out var ms));
        Assert.Equal(expectedMs, ms);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("5x")]
    [InlineData("1m1h")]
    [InlineData("1m1m")]
    [InlineData("1.5m")]
    [InlineData("99999999999999999999s")]
    [InlineData("9999999999999y")]
    [InlineData("-5m")]
    [InlineData(" 5")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(TimeText.TryDuration(text, out _));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("U__my_2e_metric", "my.metric")]
    [InlineData("U__a__b", "a_b")]
    [InlineData("U__caf_e9_", "café")]
    [InlineData("U___1f600_", "😀")]
    [InlineData("U__broken_2e", "U__broken_2e")]
    [InlineData("U__bad_zz_x", "U__bad_zz_x")]
    [InlineData("U__surrogate_d800_", "U__surrogate_d800_")]
    [InlineData("U__", "U__")]
    public void Escaped_names_are_read(string escaped, string expected) => Assert.Equal(expected, EscapedName.Unescape(escaped));
}
