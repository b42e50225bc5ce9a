using System.Buffers;
using CsCheck;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Blocks;

public sealed class SummaryCodecTests
{
    private static readonly Gen<double> Values = Gen.OneOf(
        Gen.Int[-1000, 1000].Select(static i => (double)i), Gen.Double, Gen.Const(double.NaN), Gen.Const(double.PositiveInfinity), Gen.Const(-0.0), Gen.Int.Select(static i => i / 100.0));

    [Fact]
    public void Summaries_come_back_bit_for_bit() =>
        Gen.Select(Values.Array[1, 300], Gen.Int[1, 90]).Sample(static (values, seconds) =>
        {
            using var column = Summarise(values, seconds * 1000);
            Assert.Equal(Rows(column), RoundTrip(column, out _));
        });

    [Fact]
    public void Columns_that_belong_to_no_samples_come_back_bit_for_bit_too() =>
        Gen.Select(Values, Values, Values, Gen.Long[0, 1L << 60], Values, Values).Array[1, 100].Sample(static rows =>
        {
            using var column = new SummaryColumn();
            for (var i = 0; i < rows.Length; i++)
            {
                var (min, max, sum, count, last, increase) = rows[i];
                column.Add(new Summary(i, min, max, sum, count, last, increase));
            }

            Assert.Equal(Rows(column), RoundTrip(column, out _));
        });

    [Fact]
    public void Buckets_of_one_sample_cost_hardly_more_than_the_samples()
    {
        var random = new Random(5);
        double[] values = [.. Enumerable.Range(0, 5000).Select(_ => Math.Round(random.NextDouble() * 1000, 2))];
        using var column = Summarise(values, 10_000, stepMs: 15_000);
        var samples = new ArrayBufferWriter<byte>();
        ValueColumn.Encode(values, samples);

        RoundTrip(column, out var bytes);

        Assert.InRange(bytes, samples.WrittenCount, samples.WrittenCount + 100);
    }

    [Fact]
    public void A_counter_costs_less_than_its_columns_one_by_one()
    {
        var random = new Random(6);
        var total = 0L;
        double[] values = [.. Enumerable.Range(0, 6000).Select(_ => (double)(total += random.Next(1000)))];
        using var column = Summarise(values, 60_000, stepMs: 15_000);
        var alone = new ArrayBufferWriter<byte>();
        ValueColumn.Encode(column.Last, alone);
        ValueColumn.Encode(column.Min, alone);
        ValueColumn.Encode(column.Sum, alone);

        RoundTrip(column, out var bytes);

        Assert.True(bytes < alone.WrittenCount, $"{bytes} bytes instead of {alone.WrittenCount}");
    }

    private static SummaryColumn Summarise(double[] values, long resolutionMs, long stepMs = 1000)
    {
        var column = new SummaryColumn();
        var summariser = new Summariser(resolutionMs);
        summariser.Begin();
        summariser.Add([.. Enumerable.Range(0, values.Length).Select(i => i * stepMs)], values, column);
        summariser.Flush(column);
        return column;
    }

    private static List<(long, long, long, long, long, long)> RoundTrip(SummaryColumn column, out int bytes)
    {
        var payload = new ArrayBufferWriter<byte>();
        SummaryCodec.Encode(column, 0, column.Count, payload, new ArrayBufferWriter<byte>());
        bytes = payload.WrittenCount;
        using var read = new SummaryColumn();
        var into = read.Extend(column.Count);
        column.Timestamps.CopyTo(into.Timestamps);
        SummaryCodec.Decode(payload.WrittenSpan, into);
        return Rows(read);
    }

    private static List<(long, long, long, long, long, long)> Rows(SummaryColumn column) =>
        [.. Enumerable.Range(0, column.Count).Select(i => column[i]).Select(static row => (Bits(row.Min), Bits(row.Max), Bits(row.Sum), row.Count, Bits(row.Last), Bits(row.Increase)))];

    private static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);
}
