using CsCheck;
using Toka.Core.Samples;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

public sealed class ColumnTests
{
    private static readonly double s_stale = BitConverter.UInt64BitsToDouble(StaleMarker.Bits);

    private static readonly Gen<double> s_anyValue = Gen.OneOf(
        Gen.ULong.Select(BitConverter.UInt64BitsToDouble),
        Gen.Double,
        Gen.Int[-1000, 1000].Select(static n => (double)n),
        Gen.Long.Select(static n => n / 100.0),
        Fixture.AnyOf(double.NaN, -0.0, 0, s_stale, BitConverter.UInt64BitsToDouble(0xfff0_0000_0000_0001), double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon));

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
            Shapes.RoundTrip(Shapes.As(column, static n => n));
            Shapes.RoundTrip(Shapes.As(column, static n => n / 100.0));
            Shapes.RoundTrip(Shapes.As(column, static n => n * 1e-3));
            Shapes.RoundTrip(Shapes.As(column, static n => Math.Sqrt(n)));
        }, iter: 200);

    [Fact]
    public void A_few_strange_values_in_a_decimal_column_come_back() =>
        Gen.Select(Shapes.AnyColumn, Gen.Select(Gen.Int[0, 2999], s_anyValue).Array[0, 60]).Sample(static (column, strange) =>
        {
            var values = Shapes.As(column, static n => n / 10.0);
            foreach (var (at, value) in strange)
            {
                values[at % values.Length] = value;
            }

            Shapes.RoundTrip(values);
        }, iter: 200);

    [Fact]
    public void Times_at_an_even_pace_and_with_jitter_come_back_and_take_little()
    {
        var random = new Random(3);
        var even = Enumerable.Range(0, 8192).Select(static i => 1_767_225_600_000 + (1000L * i)).ToArray();
        var jitter = even.Select(t => t + random.Next(3)).ToArray();

        Assert.InRange(Shapes.RoundTrip(even).Length, 1, 10);
        Assert.InRange(Shapes.RoundTrip(jitter).Length, 1, 8192 * 3 / 8);
    }

    [Theory]
    [InlineData((int)IntForm.Constant, 3)]
    [InlineData((int)IntForm.Line, 6)]
    [InlineData((int)IntForm.Runs, 120)]
    [InlineData((int)IntForm.Coded, 1300)]
    [InlineData((int)IntForm.Packed, 8500)]
    [InlineData((int)IntForm.Planes, 1000)]
    [InlineData((int)IntForm.Dictionary, 2300)]
    [InlineData((int)IntForm.Raw, 65_600)]
    public void Each_form_is_taken_for_the_shape_that_it_is_for(int number, int bytesMax)
    {
        var form = (IntForm)number;
        var column = Shapes.For(form);

        var bytes = Shapes.RoundTrip(column);

        Assert.Equal(form, (IntForm)bytes[0]);
        Assert.InRange(bytes.Length, 1, bytesMax);
    }

    [Fact]
    public void A_stale_marker_and_infinities_do_not_spoil_a_decimal_column()
    {
        var values = Shapes.As(Shapes.For(IntForm.Coded), static n => n / 100.0);
        var clean = Shapes.RoundTrip(values).Length;
        values[0] = s_stale;
        values[4000] = double.NaN;
        values.AsSpan(5000, 100).Fill(double.PositiveInfinity);

        var bytes = Shapes.RoundTrip(values);

        Assert.Equal(ValueShape.Patched, (ValueShape)(bytes[0] >> 4));
        Assert.InRange(bytes.Length, 1, clean + 120);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-9)]
    public void Counts_times_a_rounded_fraction_take_little_more_than_the_counts(double unit)
    {
        var column = Shapes.For(IntForm.Coded);

        var bytes = Shapes.RoundTrip(Shapes.As(column, n => n * unit));

        Assert.Equal(ValueShape.Decimal, (ValueShape)(bytes[0] >> 4));
        Assert.InRange(bytes.Length, 1, Shapes.RoundTrip(column).Length + 8);
    }

    [Fact]
    public void Multiples_of_a_page_take_no_more_than_the_pages()
    {
        var random = new Random(5);
        var pages = Enumerable.Range(0, 4000).Select(_ => 200_000L + random.Next(64)).ToArray();

        Assert.InRange(Shapes.RoundTrip([.. pages.Select(static p => p * 4096)]).Length, 1, Shapes.RoundTrip(pages).Length + 8);
    }

    [Fact]
    public void Columns_are_coded_on_many_threads_at_once() =>
        Parallel.For(0, 16, static seed =>
        {
            for (var kind = 0; kind < Shapes.Kinds; kind++)
            {
                var column = Shapes.Column(1000, kind, 12, new Random(seed));
                Shapes.RoundTrip(column);
                Shapes.RoundTrip(Shapes.As(column, static n => n / 100.0));
            }
        });
}
