using CsCheck;
using Toka.Core.Samples;
using Toka.Engines.Tests.TimeSeries.Columns;
using Toka.TimeSeries.Wal;

namespace Toka.Engines.Tests.TimeSeries.Wal;

public sealed class SideRecordsTests
{
    [Fact]
    public void Any_histogram_comes_back_to_the_bit() => Samples.Histogram.Sample(static histogram =>
    {
        var bytes = Write(histogram);
        ReadOnlySpan<byte> from = [.. bytes, 77];
        Assert.True(SideRecords.TryReadHistogram(ref from, out var back));
        Assert.Equal(histogram, back);
        Assert.Equal([77], from.ToArray());
    });

    [Fact]
    public void Any_exemplar_comes_back_to_the_bit() => Samples.Exemplars.Sample(static exemplars =>
    {
        foreach (var exemplar in exemplars)
        {
            var labels = exemplar.Labels.Encoded;
            Span<byte> bytes = new byte[SideRecords.BytesMaxOf(labels)];
            ReadOnlySpan<byte> from = bytes[..SideRecords.WriteExemplar(bytes, exemplar.Value, labels)];
            Assert.True(SideRecords.TryReadExemplar(ref from, out var value, out var back));
            Assert.True(from.IsEmpty && back.SequenceEqual(labels));
            Assert.Equal(BitConverter.DoubleToUInt64Bits(exemplar.Value), BitConverter.DoubleToUInt64Bits(value));
        }
    });

    [Fact]
    public void Any_begin_of_a_counter_comes_back() => Gen.Select(Gen.Long, Gen.Long).Sample(static (time, created) =>
    {
        Span<byte> bytes = new byte[10];
        ReadOnlySpan<byte> from = bytes[..SideRecords.WriteCreated(bytes, time, created)];
        return SideRecords.TryReadCreated(ref from, time, out var back) && back == created && from.IsEmpty;
    });

    [Fact]
    public void Bytes_that_no_writer_wrote_never_make_the_reader_fail_nor_give_a_histogram_against_the_rule() =>
        Gen.Select(Samples.Histogram, Gen.Select(Gen.Int, Gen.Byte).Array[0, 4], Gen.Int).Sample(static (histogram, changes, cut) =>
        {
            var bytes = Write(histogram);
            foreach (var (at, value) in changes)
            {
                bytes[(int)((uint)at % bytes.Length)] = value;
            }

            ReadOnlySpan<byte> from = bytes.AsSpan(0, (int)((uint)cut % (bytes.Length + 1)));
            if (SideRecords.TryReadHistogram(ref from, out var back))
            {
                Assert.Equal(HistogramFault.None, HistogramRule.Check(back!.View));
            }

            from = bytes;
            SideRecords.TryReadExemplar(ref from, out _, out _);
            SideRecords.TryReadCreated(ref from, 0, out _);
        }, iter: 10_000);

    private static byte[] Write(NativeHistogram histogram)
    {
        var bytes = new byte[SideRecords.BytesMaxOf(histogram)];
        return bytes[..SideRecords.WriteHistogram(bytes, histogram)];
    }
}
