using System.Globalization;
using System.Text;
using CsCheck;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class GoNumberTests
{
    // The right column is what Go's strconv.FormatFloat gives with 'f' (or 'e' outside 1e-6 … 1e21) and precision -1.
    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1.0, "1")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e-5, "0.00001")]
    [InlineData(1.25e-6, "0.00000125")]
    [InlineData(1e-6, "0.000001")]
    [InlineData(9.5e-7, "9.5e-07")]
    [InlineData(-1e-7, "-1e-07")]
    [InlineData(1e15, "1000000000000000")]
    [InlineData(-1.2345e15, "-1234500000000000")]
    [InlineData(1234567890123456.7, "1234567890123456.8")]
    [InlineData(12345678901234567.0, "12345678901234568")]
    [InlineData(9.99e20, "999000000000000000000")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.5e100, "1.5e+100")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(1700000000.123, "1700000000.123")]
    [InlineData(0.30000000000000004, "0.30000000000000004")]
    public void Values_are_written_as_Go_writes_them(double value, string expected) => Assert.Equal(expected, Text(value));

    [Fact]
    public void Every_value_reads_back_to_the_same_bits() => Gen.Double.Sample(value =>
    {
        if (double.IsFinite(value))
        {
            var back = double.Parse(Text(value), CultureInfo.InvariantCulture);
            Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(back));
        }
    });

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1_700_000_000_000, "1700000000")]
    [InlineData(1_435_781_430_781, "1435781430.781")]
    [InlineData(1_500, "1.500")]
    [InlineData(1_007, "1.007")]
    [InlineData(-1_050, "-1.050")]
    [InlineData(-50, "-0.050")]
    public void Times_are_seconds_with_three_decimals_where_there_are_any(long timestampMs, string expected)
    {
        var text = new byte[GoNumber.MaxBytes];
        Assert.Equal(expected, Encoding.UTF8.GetString(text, 0, GoNumber.FormatSeconds(timestampMs, text)));
    }

    private static string Text(double value)
    {
        var text = new byte[GoNumber.MaxBytes];
        return Encoding.UTF8.GetString(text, 0, GoNumber.Format(value, text));
    }
}
