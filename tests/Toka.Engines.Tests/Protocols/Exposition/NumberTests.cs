using System.Globalization;
using System.Text;
using CsCheck;
using Toka.Protocols.Exposition;

namespace Toka.Engines.Tests.Protocols.Exposition;

public sealed class NumberTests
{
    [Theory]
    [InlineData("0", 0.0)]
    [InlineData("-0", -0.0)]
    [InlineData("+1.", 1.0)]
    [InlineData(".5", 0.5)]
    [InlineData("1e-400", 0.0)]
    [InlineData("00000000000000000000000000000000001.2e-1", 0.12)]
    [InlineData("9007199254740993", 9007199254740992.0)]
    [InlineData("9223372036854775808", 9223372036854775808.0)]
    [InlineData("18446744073709551616", 18446744073709551616.0)]
    [InlineData("0.1e1", 1.0)]
    [InlineData("1E+2", 100.0)]
    [InlineData("+inf", double.PositiveInfinity)]
    [InlineData("INF", double.PositiveInfinity)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    [InlineData("NaN", double.NaN)]
    [InlineData("nan", double.NaN)]
    public void Every_form_of_a_number_is_taken(string text, double expected)
    {
        Assert.True(ExpositionNumber.TryParse(Encoding.UTF8.GetBytes(text), out var value));
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("0x1")]
    [InlineData("1_0")]
    [InlineData("1,0")]
    [InlineData("+NaN")]
    [InlineData("--1")]
    [InlineData("1.1.1")]
    [InlineData("infinit")]
    [InlineData("1e400")]
    [InlineData("١")]
    public void What_is_no_number_is_refused(string text) => Assert.False(ExpositionNumber.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_number_ends_at_a_blank()
    {
        Assert.Equal(NumberOutcome.Good, ExpositionNumber.Read("1.5\t2"u8, out var value, out var length));
        Assert.Equal((1.5, 3), (value, length));
        Assert.Equal(NumberOutcome.Bad, ExpositionNumber.Read("x y"u8, out _, out length));
        Assert.Equal(1, length);
    }

    [Fact]
    public void Every_float_reads_back_to_the_last_bit() =>
        Gen.Select(Gen.ULong.Select(BitConverter.UInt64BitsToDouble).Where(double.IsFinite), Gen.Int[0, 3].Select(static i => new[] { "R", "E16", "E20", "F20" }[i])).Sample(
            static (value, format) =>
            {
                var text = value.ToString(format, CultureInfo.InvariantCulture);
                return ExpositionNumber.TryParse(Encoding.UTF8.GetBytes(text), out var read)
                    && BitConverter.DoubleToInt64Bits(read) == BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture));
            },
            iter: 20_000);

    [Fact]
    public void Decimal_numbers_are_rounded_as_the_platform_does() =>
        Gen.Select(Gen.Long, Gen.Int[0, 25], Gen.Int[-30, 30]).Sample(
            static (digits, point, exponent) =>
            {
                var all = digits.ToString(CultureInfo.InvariantCulture);
                var text = $"{(all.Length > point ? all.Insert(all.Length - point, ".") : all)}e{exponent}".Replace("-.", "-0.", StringComparison.Ordinal);
                return ExpositionNumber.TryParse(Encoding.UTF8.GetBytes(text), out var read)
                    && BitConverter.DoubleToInt64Bits(read) == BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture));
            },
            iter: 20_000);
}
