using CsCheck;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

public sealed class FormatTests
{
    [Fact]
    public void The_numbers_of_forms_and_shapes_are_frozen()
    {
        Assert.Equal("Constant 1, Line 2, Packed 3, Coded 4, Planes 5, Runs 6, Dictionary 7, Raw 8", Numbered<IntForm>());
        Assert.Equal("Integers 0, Whole 1, Decimal 2, Patched 3, Bits 4, Xor 5", Numbered<ValueShape>());
    }

    /// <summary>Bytes of the first version: what they hold must be read forever.</summary>
    [Theory]
    [InlineData("0154", new long[] { 42, 42, 42, 42 })]
    [InlineData("02C801D00F", new long[] { 100, 1100, 2100, 3100 })]
    public void Integers_lie_as_the_format_says(string hex, long[] values)
    {
        Assert.Equal(hex, Convert.ToHexString(Shapes.Encode(values)));
        var back = new long[values.Length];
        IntColumn.Decode(Convert.FromHexString(hex), back);
        Assert.Equal(values, back);
    }

    [Theory]
    [InlineData("1154", new[] { 42.0, 42, 42 })]
    [InlineData("2102EE18", new[] { 15.91, 15.91, 15.91 })]
    [InlineData("22010A14", new[] { 0.5, 1.5, 2.5, 3.5 })]
    public void Floats_lie_as_the_format_says(string hex, double[] values)
    {
        Assert.Equal(hex, Convert.ToHexString(Shapes.Encode(values)));
        var back = new double[values.Length];
        ValueColumn.Decode(Convert.FromHexString(hex), back);
        Assert.Equal(values, back);
    }

    [Fact]
    public void Classes_and_the_bits_below_them_hold_any_number() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 63]).Sample(static (any, shift) =>
        {
            var number = any >> shift;
            var @class = Classes.Of(number);
            Assert.InRange(@class, 0, Classes.Count - 1);
            Assert.Equal(number, Classes.Least(@class) + (Classes.Below(number, @class) << 1));
        });

    [Fact]
    public void Shares_of_any_counts_fill_the_table_and_its_bytes_come_back() =>
        Gen.Select(Gen.Select(Gen.Int[0, 255], Gen.Int[1, 10_000]).Array[1, 400], Gen.Int[EntropyTable.SharesLogMin, EntropyTable.SharesLogMax]).Sample(static (occurrences, sharesLog) =>
        {
            var (counts, weights, back, shares) = (new int[Classes.Count], new byte[Classes.Count], new byte[Classes.Count], new int[Classes.Count]);
            foreach (var (@class, count) in occurrences)
            {
                counts[@class] += count;
            }

            EntropyTable.Weigh(counts, weights);
            var bytes = new byte[EntropyTable.BytesMax];
            var length = EntropyTable.Write(weights, bytes);
            var reader = new ByteReader(bytes.AsSpan(0, length));
            EntropyTable.Read(ref reader, back);
            Assert.Equal(weights, back);
            Assert.Equal(0, reader.Rest.Length);
            EntropyTable.Share(weights, sharesLog, shares);
            Assert.Equal(1 << sharesLog, shares.Sum());
            Assert.All(counts.Zip(shares), static pair => Assert.Equal(pair.First > 0, pair.Second > 0));
        });

    private static string Numbered<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(static v => $"{v} {Convert.ToInt32(v)}"));
}
