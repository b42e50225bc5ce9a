using System.Buffers;
using CsCheck;
using Toka.Core.Samples;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

public sealed class ColumnTests
{
    private static readonly Gen<double> s_anyValue = Gen.OneOf(
        Gen.ULong.Select(BitConverter.UInt64BitsToDouble),
        Gen.Double,
        Gen.Int[-1000, 1000].Select(static n => (double)n),
        Gen.Long.Select(static n => n / 100.0),
        Fixture.AnyOf(double.NaN, -0.0, 0, BitConverter.UInt64BitsToDouble(StaleMarker.Bits), BitConverter.UInt64BitsToDouble(0xfff0_0000_0000_0001), double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon));

    private static readonly Gen<long> s_anyNumber = Gen.OneOf(
        Gen.Long, Gen.Long[-100, 100], Gen.Int.Select(static n => 4096L * n), Fixture.AnyOf(long.MinValue, long.MaxValue, 0, -1));

    [Fact]
    public void Every_bit_of_any_floats_comes_back() => s_anyValue.Array[0, 300].Sample(static values => Shapes.RoundTrip(values));

    [Fact]
    public void Any_integers_come_back() => s_anyNumber.Array[0, 300].Sample(static values => Shapes.RoundTrip(values));

    [Fact]
    public void Columns_of_every_shape_come_back() =>
        Shapes.AnyColumn.Sample(static column =>
        {
            Shapes.RoundTrip(column);
            Shapes.RoundTrip(column.Select(static n => n / 100.0).ToArray());
            Shapes.RoundTrip(column.Select(static n => (double)n).ToArray());
            Shapes.RoundTrip(column.Select(static n => Math.Sqrt(n)).ToArray());
        }, iter: 300);
}
