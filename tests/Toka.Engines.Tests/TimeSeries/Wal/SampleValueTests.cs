using CsCheck;
using Toka.Core.Samples;
using Toka.TimeSeries.Wal;

namespace Toka.Engines.Tests.TimeSeries.Wal;

public sealed class SampleValueTests
{
    private static readonly Gen<ulong> s_anyBits = Gen.OneOf(
        Gen.ULong,
        Gen.Double.Select(BitConverter.DoubleToUInt64Bits),
        Gen.Int[-100_000, 100_000].Select(static n => BitConverter.DoubleToUInt64Bits(n)),
        Gen.Long.Select(static n => BitConverter.DoubleToUInt64Bits(n)),
        Gen.Int.Select(static n => BitConverter.DoubleToUInt64Bits(n / 100.0)),
        Gen.Long[-9_007_199_000_000_000, 9_007_199_000_000_000].Select(static n => BitConverter.DoubleToUInt64Bits(n / 1e9)),
        Fixture.AnyOf<ulong>(StaleMarker.Bits, 0UL, 0x8000_0000_0000_0000, 0x7ff8_0000_0000_0001, 0xfff0_0000_0000_0000, ulong.MaxValue, 1UL));

    [Fact]
    public void Every_bit_of_any_value_after_any_other_comes_back() =>
        Gen.Select(s_anyBits, s_anyBits).Sample(static (last, bits) => RoundTrip(last, bits) <= SampleValue.BytesMax);

    [Fact]
    public void Walks_of_whole_numbers_hundredths_and_nanoseconds_come_back() =>
        Gen.Select(Gen.Int[-500_000, 500_000], Fixture.AnyOf(1.0, 100.0, 1e6, 1e9)).Array[1, 50].Sample(static steps =>
        {
            var number = 0L;
            ulong last = 0;
            foreach (var (step, divisor) in steps)
            {
                var bits = BitConverter.DoubleToUInt64Bits((number += step) / divisor);
                RoundTrip(last, bits);
                last = bits;
            }
        });

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(123456789.25, 123456789.25, 0)]
    [InlineData(1e15, 1e15 + 100, 1)]
    [InlineData(1e15, 1e15 + 1_000_000, 3)]
    [InlineData(4711.05, 4711.06, 2)]
    [InlineData(0.123456789, 0.123456999, 3)]
    [InlineData(0.1, double.NaN, 2)]
    public void Steps_take_few_bytes(double last, double value, int bytes) =>
        Assert.Equal(bytes, RoundTrip(BitConverter.DoubleToUInt64Bits(last), BitConverter.DoubleToUInt64Bits(value)));

    [Fact]
    public void No_bytes_of_any_form_make_the_reader_fail() =>
        Gen.Select(Gen.Byte.Array[0, 12], Gen.Int[0, 15], s_anyBits).Sample(static (bytes, form, value) =>
        {
            ReadOnlySpan<byte> from = bytes;
            if (SampleValue.TryDecode(ref from, form, ref value))
            {
                Assert.InRange(form, 0, SampleValue.DecimalStep);
            }
        });

    private static int RoundTrip(ulong last, ulong bits)
    {
        Span<byte> buffer = stackalloc byte[16];
        var form = SampleValue.Encode(buffer, last, bits, out var length);
        ReadOnlySpan<byte> from = buffer[..length];
        var value = last;
        Assert.True(SampleValue.TryDecode(ref from, form, ref value));
        Assert.Equal(bits, value);
        Assert.True(from.IsEmpty);
        return length;
    }
}
