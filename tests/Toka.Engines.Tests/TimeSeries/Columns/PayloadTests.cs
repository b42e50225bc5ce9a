using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Columns;

namespace Toka.Engines.Tests.TimeSeries.Columns;

public sealed class PayloadTests
{
    [Fact]
    public void Histograms_of_any_layouts_come_back_to_the_bit() => Samples.Run.Sample(static run =>
    {
        using var column = Samples.Column(run);
        using var back = Decode(Encode(column));
        Assert.Equal(run, Samples.ListOf(back));
    });

    [Fact]
    public void A_counting_histogram_takes_few_bytes_though_its_layout_grows()
    {
        var run = Samples.Counting(1000);
        using var column = Samples.Column(run);
        var payload = Encode(column);
        using var back = Decode(payload);
        Assert.Equal(run, Samples.ListOf(back));
        Assert.True(run.Select(r => r.Histogram.Layout).Distinct().Count() > 10, "The layout does not grow; the test shows nothing.");
        Assert.True(payload.Length < 20 * run.Count, $"{payload.Length} bytes for {run.Count} histograms of some 40 buckets.");
    }

    [Fact]
    public void More_than_a_payload_holds_goes_into_several()
    {
        var layout = new HistogramLayout(8, 0, [new HistogramSpan(0, 8000)], [], []);
        var wide = Samples.Make(layout, HistogramResetHint.Unknown, 0, 1, [.. Enumerable.Range(0, 8000).Select(static i => (double)i)]);
        var run = Enumerable.Range(0, 100).Select(i => ((long)i, wide)).ToList();
        using var column = Samples.Column(run);
        var sink = new KeptPayloads();
        PayloadMerge.Write(column, sink);
        Assert.True(sink.All.Count > 1);
        using var back = new HistogramColumn();
        foreach (var payload in sink.All)
        {
            Assert.Equal(PayloadKind.Histograms, payload.Kind);
            Assert.Equal(back.Count, payload.MinMs);
            HistogramPayload.Decode(payload.Bytes, long.MinValue, long.MaxValue, back);
            Assert.Equal(back.Count - 1, payload.MaxMs);
        }

        Assert.Equal(run, Samples.ListOf(back));
    }

    [Fact]
    public void A_range_of_histograms_is_cut_at_its_ends_inclusive() => Gen.Select(Samples.Run, Gen.Int, Gen.Int).Sample(static (run, a, b) =>
    {
        using var column = Samples.Column(run);
        long from = a % 600_000, to = b % 3_000_000;
        using var back = new HistogramColumn();
        HistogramPayload.Decode(Encode(column), from, to, back);
        Assert.Equal(run.Where(r => r.Time >= from && r.Time <= to), Samples.ListOf(back));
    });

    [Fact]
    public void Exemplars_come_back_to_the_bit() => Samples.Exemplars.Sample(static exemplars =>
    {
        using var column = Samples.Column(exemplars);
        Assert.Equal(column.Count, ExemplarPayload.Encode(column, 0, out var payload));
        using var back = new ExemplarColumn();
        ExemplarPayload.Decode(payload, long.MinValue, long.MaxValue, back);
        Assert.Equal(Samples.ListOf(column), Samples.ListOf(back));
    });

    [Fact]
    public void Trace_ids_take_half_their_length()
    {
        var random = new Random(3);
        using var column = new ExemplarColumn();
        for (var i = 0; i < 500; i++)
        {
            var id = new byte[16];
            random.NextBytes(id);
            var hex = Convert.ToHexStringLower(id);
            column.Add(1_700_000_000_000 + (i * 30_000L), i, Core.Labels.LabelSet.Of(("trace_id", hex), ("span_id", hex[..16])).Encoded);
        }

        Assert.Equal(500, ExemplarPayload.Encode(column, 0, out var payload));
        Assert.True(payload.Length < 27 * 500, $"{payload.Length} bytes for 500 exemplars with ids of 24 bytes.");
    }

    [Fact]
    public void Begins_of_counters_come_back_and_hold_from_the_begin_of_a_range()
    {
        using var column = new CreatedColumn();
        column.Add(100, 50);
        column.Add(200, 50);
        column.Add(300, 290);
        column.Add(400, 390);
        Assert.Equal(3, CreatedPayload.Encode(column, 0, out var payload));
        using var back = new CreatedColumn();
        CreatedPayload.Decode(payload, long.MinValue, long.MaxValue, back);
        Assert.Equal([(100, 50), (300, 290), (400, 390)], Samples.ListOf(back));
        back.Clear();
        CreatedPayload.Decode(payload, 250, 350, back);
        Assert.Equal([(250, 50), (300, 290)], Samples.ListOf(back));
        back.Clear();
        CreatedPayload.Decode(payload, 500, 600, back);
        Assert.Equal([(500, 390)], Samples.ListOf(back));
        Assert.Equal((null, 390), (back.At(499), back.At(500)));
        back.Clear();
        CreatedPayload.Decode(payload, 10, 99, back);
        Assert.Equal(0, back.Count);
    }

    [Fact]
    public void Damaged_payloads_are_told_or_give_something_and_never_more_than_a_payload_holds()
    {
        var seeds = Gen.OneOf(
            Samples.Run.Select(static run => Of(Samples.Column(run))),
            Samples.Exemplars.Select(static exemplars => Of(Samples.Column(exemplars))),
            Gen.Long[0, 1_000_000].Array[1, 30].Select(static begins => Of(begins)));
        Gen.Select(seeds, Gen.Select(Gen.Int, Gen.Byte).Array[1, 4], Gen.Int[0, 20]).Sample(static (seed, changes, cut) =>
        {
            var (kind, bytes) = seed;
            bytes = bytes[..Math.Max(1, cut == 0 ? bytes.Length / 2 : bytes.Length)];
            foreach (var (at, value) in changes)
            {
                bytes[(int)((uint)at % bytes.Length)] = value;
            }

            using var merge = new PayloadMerge();
            merge.Begin(kind, long.MinValue, long.MaxValue);
            var sink = new KeptPayloads();
            try
            {
                merge.Add(bytes);
                merge.Finish(sink);
                Assert.True(sink.All.Sum(p => p.Count) <= HistogramPayload.SamplesMax);
            }
            catch (CodecException)
            {
                merge.Finish(sink);
                Assert.Empty(sink.All);
            }
        }, iter: 6_000);
    }

    [Fact]
    public void Numbers_on_disk_are_as_they_were()
    {
        Assert.Equal(["Histograms=2", "Exemplars=3", "Created=4"], Enum.GetValues<PayloadKind>().Select(k => $"{k}={(int)k}"));
        Assert.Equal(["Plain=0", "Constant=1", "Hex=2"], Enum.GetValues<ExemplarPayload.TextForm>().Select(k => $"{k}={(int)k}"));
        Assert.Equal(["Unknown=0", "Reset=1", "NoReset=2", "Gauge=3"], Enum.GetValues<HistogramResetHint>().Select(k => $"{k}={(int)k}"));
        Assert.Equal(1, PayloadOutput.Version);
    }

    internal static byte[] Encode(HistogramColumn column)
    {
        Assert.Equal(column.Count, HistogramPayload.Encode(column, 0, out var payload));
        return payload.ToArray();
    }

    private static HistogramColumn Decode(byte[] payload)
    {
        var column = new HistogramColumn();
        HistogramPayload.Decode(payload, long.MinValue, long.MaxValue, column);
        return column;
    }

    private static (PayloadKind, byte[]) Of(HistogramColumn column)
    {
        HistogramPayload.Encode(column, 0, out var payload);
        column.Dispose();
        return (PayloadKind.Histograms, payload.ToArray());
    }

    private static (PayloadKind, byte[]) Of(ExemplarColumn column)
    {
        ExemplarPayload.Encode(column, 0, out var payload);
        column.Dispose();
        return (PayloadKind.Exemplars, payload.ToArray());
    }

    private static (PayloadKind, byte[]) Of(long[] begins)
    {
        using var column = new CreatedColumn();
        for (var i = 0; i < begins.Length; i++)
        {
            column.Add(2_000_000 + (i * 1000), begins[i]);
        }

        CreatedPayload.Encode(column, 0, out var payload);
        return (PayloadKind.Created, payload.ToArray());
    }
}
