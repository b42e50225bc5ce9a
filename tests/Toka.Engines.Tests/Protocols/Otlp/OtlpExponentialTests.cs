using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Protocols.Otlp;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpBench;

namespace Toka.Engines.Tests.Protocols.Otlp;

public sealed class OtlpExponentialTests
{
    private const ulong Second = 1_000_000_000;

    private readonly OtlpBench _bench = new();

    [Fact]
    public void An_exponential_histogram_becomes_a_native_one_of_the_same_buckets()
    {
        var point = Point(0, count: 12, sum: 30.5).Fixed(7, 2).Double(14, 0.25)
            .Message(8, Buckets(-1, 1, 2, 0, 0, 0, 3)).Message(9, Buckets(2, 4)).Attribute(1, "a", "b");
        var result = _bench.Decode(Exponential(2, point));
        Assert.Equal(new OtlpDecodeResult(1, 0, null, false), result);
        Assert.Equal([new MetricMetadata("d_seconds", MetricType.Histogram, "", "seconds")], _bench.Batch.Metadata);
        var (labels, time, histogram) = Assert.Single(Histograms());
        Assert.Equal(("""d_seconds{a="b"}""", TimeMs), (labels, time));

        // OTLP's bucket −1 of scale 0 holds (0.5, 1], which is bucket 0 here: (2^−1, 2^0].
        Assert.Equal([new HistogramSpan(0, 2), new HistogramSpan(3, 1)], histogram.Layout.PositiveSpans.ToArray());
        Assert.Equal([new HistogramSpan(3, 1)], histogram.Layout.NegativeSpans.ToArray());
        Assert.Equal([1, 2, 3, 4], histogram.Buckets.ToArray());
        Assert.Equal((0, 0.25, 2, 12, 30.5), (histogram.Layout.Schema, histogram.Layout.ZeroThreshold, histogram.ZeroCount, histogram.Count, histogram.Sum));
        Assert.Equal(0, _bench.Batch.Count);
    }

    [Theory]
    [InlineData(8, 0, 8, 1, new double[] { 1, 2, 3, 4 })]
    [InlineData(9, 0, 8, 1, new double[] { 3, 7 })]
    [InlineData(9, 1, 8, 1, new double[] { 1, 5, 4 })]
    [InlineData(10, -2, 8, 0, new double[] { 3, 7 })]
    [InlineData(20, -3, 8, 0, new double[] { 6, 4 })]
    [InlineData(-4, 5, -4, 6, new double[] { 1, 2, 3, 4 })]
    public void A_scale_finer_than_eight_is_merged_down(int scale, int offset, int schema, int firstIndex, double[] counts)
    {
        _bench.Decode(Exponential(2, Point(scale, 10, 1).Message(8, Buckets(offset, 1, 2, 3, 4))));
        var histogram = Assert.Single(Histograms()).Histogram;
        Assert.Equal((schema, firstIndex), (histogram.Layout.Schema, histogram.Layout.PositiveSpans[0].Offset));
        Assert.Equal(counts, histogram.Buckets.ToArray());
    }

    [Fact]
    public void What_is_no_histogram_is_refused_by_name()
    {
        var bench = new OtlpBench(new OtlpLimits { ExponentialBucketsMax = 3 });
        var result = bench.Decode(Exponential(
            2,
            Point(-5, 0, 0),
            Point(0, 5, 1).Message(8, Buckets(0, 1, 2)),
            Point(0, 10, 1).Message(8, Buckets(0, 1, 2, 3, 4)),
            Point(0, 1, 1).Message(8, Buckets(int.MaxValue, 1)),
            Point(0, 1, 1).Message(8, Buckets(1 << 29, 1)),
            Point(0, 0, 1).Double(14, double.NaN)));
        bench.Decoder.CountRefusals(bench.Tally);
        Assert.Equal((0, 6), (result.Accepted, result.Rejected));
        Assert.Equal((1, 4, 1), (bench.Dropped("exponential_scale"), bench.Dropped("bad_histogram"), bench.Dropped("buckets_limit")));
        Assert.Empty(bench.Batch.Histograms);
        Assert.Equal(1, bench.Decode(Request(Metric("d", "s", 10, Points(Point(0, 0, 0))))).Rejected);
        Assert.Contains("temporality", bench.Decode(Request(Metric("d", "s", 10, Points(Point(0, 0, 0))))).Reasons, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sum_that_is_not_told_is_not_known_and_a_point_without_value_is_stale()
    {
        _bench.Decode(Exponential(
            2,
            new Proto().Fixed(3, TimeNs).Fixed(4, 1).Message(9, Buckets(0, 1)),
            new Proto().Fixed(3, TimeNs),
            new Proto().Fixed(3, TimeNs).Varint(10, 1)));
        var found = Histograms();
        Assert.Equal((true, false), (double.IsNaN(found[0].Histogram.Sum), found[0].Histogram.IsStale));
        Assert.Equal(0, found[1].Histogram.Sum);
        Assert.Equal(NativeHistogram.Stale, found[2].Histogram);
    }

    [Fact]
    public void Deltas_are_summed_up_over_scales_and_zero_buckets()
    {
        _bench.Decode(Exponential(1, Point(1, 6, 10, TimeNs, TimeNs - Second).Fixed(7, 1).Message(8, Buckets(0, 2, 3))));
        Assert.True(_bench.Decode(Exponential(1, Point(0, 5, 7, TimeNs + Second, TimeNs).Double(14, 0.5).Message(8, Buckets(-2, 1, 4)))).HasDeltas);
        var histogram = Assert.Single(Histograms()).Histogram;

        // Bucket (0.25, 0.5] lies within the wider zero bucket; the two of scale 1 are one of scale 0.
        Assert.Equal((0, 0.5, 2, 11, 17), (histogram.Layout.Schema, histogram.Layout.ZeroThreshold, histogram.ZeroCount, histogram.Count, histogram.Sum));
        Assert.Equal([new HistogramSpan(0, 2)], histogram.Layout.PositiveSpans.ToArray());
        Assert.Equal([4, 5], histogram.Buckets.ToArray());
        Assert.Equal([(TimeMs + 1000, TimeMs - 1000)], _bench.Batch.Created.Select(c => (c.TimestampMs, c.CreatedMs)));

        Assert.Equal(1, _bench.Decode(Exponential(1, Point(0, 0, 0, TimeNs + Second, TimeNs))).Rejected);
        _bench.Decode(Exponential(1, Point(0, 1, 1, TimeNs + (2 * Second), TimeNs + Second).Message(8, Buckets(5, 1))));
        Assert.Equal(12, Assert.Single(Histograms()).Histogram.Count);
        _bench.Deltas.Forget(_bench.Batch);
        _bench.Decode(Exponential(1, Point(0, 1, 1, TimeNs + (2 * Second), TimeNs + Second).Message(8, Buckets(5, 1))));
        Assert.Equal(1, Assert.Single(Histograms()).Histogram.Count);
    }

    [Fact]
    public void A_delta_that_is_no_histogram_adds_nothing_to_the_total()
    {
        _bench.Decode(Exponential(1, Point(0, 1, 1).Message(8, Buckets(0, 1))));
        Assert.Equal(1, _bench.Decode(Exponential(1, Point(0, 9, 1, TimeNs + Second).Message(8, Buckets(0, 1)))).Rejected);
        _bench.Decode(Exponential(1, Point(0, 1, 1, TimeNs + Second).Message(8, Buckets(0, 1))));
        Assert.Equal(2, Assert.Single(Histograms()).Histogram.Count);
    }

    [Fact]
    public void Totals_of_histograms_count_by_their_buckets_and_idle_ones_make_room()
    {
        var time = new FakeTimeProvider();
        var bench = new OtlpBench(new OtlpLimits { DeltaSeriesMax = 3, DeltaIdleSeconds = 60 }, time);
        var wide = Point(0, 33, 1).Message(8, Buckets(0, [.. Enumerable.Repeat(1UL, 33)]));
        Assert.Equal(1, bench.Decode(Exponential(1, wide)).Accepted);
        Assert.Equal(1, bench.Decode(Request(Sum("c", "", 1, true, Number(1)))).Rejected);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, bench.Decode(Request(Sum("c", "", 1, true, Number(1)))).Accepted);
        Assert.Equal(1, bench.Deltas.Count);
    }

    [Fact]
    public void Totals_that_grow_stay_within_the_limit_and_the_delta_that_would_not_is_refused()
    {
        var time = new FakeTimeProvider();
        var bench = new OtlpBench(new OtlpLimits { DeltaSeriesMax = 5, DeltaIdleSeconds = 60 }, time);
        byte[] At(int second, int offset) => Exponential(1, Point(8, 32, 1, TimeNs + ((ulong)second * Second), TimeNs + ((ulong)(second - 1) * Second))
            .Message(8, Buckets(offset, [.. Enumerable.Repeat(1UL, 32)])));
        Assert.Equal(1, bench.Decode(At(1, 0)).Accepted);
        Assert.Equal(1, bench.Decode(At(2, 32)).Accepted);
        var result = bench.Decode(At(3, 64));
        Assert.Equal((0, 1), (result.Accepted, result.Rejected));
        bench.Decoder.CountRefusals(bench.Tally);
        Assert.Equal(1, bench.Dropped("delta_series_limit"));
        Assert.Equal(1, bench.Decode(At(4, 0)).Accepted);
        Assert.Equal(96, Assert.Single(bench.Batch.Histograms).Histogram.Count);

        // What idles makes room for what grows, and the series that grows is not itself idle.
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, bench.Decode(At(5, 0)).Accepted);
        Assert.Equal(128, Assert.Single(bench.Batch.Histograms).Histogram.Count);
        Assert.Equal(1, bench.Decode(At(6, 96)).Rejected);
        Assert.Equal(1, bench.Deltas.Count);
    }

    [Fact]
    public void A_zero_bucket_without_a_width_has_the_one_of_the_specification()
    {
        _bench.Decode(Exponential(2, Point(0, 1, 1).Fixed(7, 1)));
        Assert.Equal(1e-128, Assert.Single(Histograms()).Histogram.Layout.ZeroThreshold);
    }

    [Fact]
    public void Buckets_count_as_samples_of_the_request()
    {
        var bench = new OtlpBench(new OtlpLimits { SamplesPerRequestMax = 5 });
        var point = Point(0, 10, 1).Message(8, Buckets(0, [.. Enumerable.Repeat(1UL, 10)]));
        var result = bench.Decode(Exponential(2, point, point));
        Assert.Equal((1, 1), (result.Accepted, result.Rejected));
    }

    [Fact]
    public void Exemplars_go_to_the_series_of_their_point_with_the_ids_as_labels()
    {
        var number = Exemplar(3.5, TimeNs + Second).Bytes(4, [1, 2, 3, 4, 5, 6, 7, 8]).Bytes(5, [.. Enumerable.Range(16, 16).Select(i => (byte)i)])
            .Attribute(7, "http.route", "/a");
        _bench.Decode(Request(
            Sum("c", "", 2, true, Number(1).Message(5, number)),
            Metric("h", "", 9, Points(new Proto().Fixed(3, TimeNs).Fixed(4, 3).Packed(6, [1, 1, 1])
                .Packed(7, [BitConverter.DoubleToUInt64Bits(1), BitConverter.DoubleToUInt64Bits(2.5)])
                .Message(8, Exemplar(1)).Message(8, Exemplar(2.25)).Message(8, new Proto().Fixed(2, TimeNs).Fixed(6, 99))).Varint(2, 2)),
            Metric("e", "", 10, Points(Point(0, 0, 0).Message(11, Exemplar(7, 0))).Varint(2, 2))));
        Assert.Equal(
            [
                $$"""c_total {http_route="/a",span_id="0102030405060708",trace_id="101112131415161718191a1b1c1d1e1f"} 3.5 @{{TimeMs + 1000}}""",
                $$"""h_bucket{le="1"} {} 1 @{{TimeMs}}""",
                $$"""h_bucket{le="2.5"} {} 2.25 @{{TimeMs}}""",
                $$"""h_bucket{le="+Inf"} {} 99 @{{TimeMs}}""",
                $$"""e {} 7 @{{TimeMs}}""",
            ], Exemplars());
    }

    [Fact]
    public void Exemplars_keep_their_ids_where_their_attributes_are_too_long_and_cost_no_point()
    {
        var bench = new OtlpBench(new OtlpLimits { ExemplarLabelBytesMax = 40, LabelBytesPerRequestMax = 300 });
        var exemplar = Exemplar(1).Bytes(5, [1, 2]).Attribute(7, "a", new string('x', 20)).Attribute(7, "b", new string('y', 20));
        var result = bench.Decode(Request(Sum("c", "", 2, true, Number(1).Message(5, exemplar).Message(5, new Proto()).Message(5, Exemplar(2)).Message(5, Exemplar(3)).Message(5, Exemplar(4)).Message(5, Exemplar(5)))));
        Assert.Equal((1, 0), (result.Accepted, result.Rejected));
        bench.Decoder.CountRefusals(bench.Tally);
        Assert.Equal(LabelSet.Of(("trace_id", "0102")), LabelSet.FromEncoded(bench.Batch.LabelsOf(bench.Batch.Exemplars[0].Labels)));
        Assert.Equal((2, 1), (bench.Metrics.Dropped("exemplar_attributes", "label_bytes_limit").Value, bench.Metrics.Dropped("exemplars", "no_value").Value));
        Assert.Equal(5, bench.Batch.Exemplars.Count + bench.Metrics.Dropped("exemplars", "label_bytes_limit").Value);
        Assert.True(bench.Batch.Exemplars.Count < 5);
    }

    [Fact]
    public void Start_times_of_counters_become_their_begins()
    {
        const ulong start = TimeNs - (5 * Second);
        _bench.Decode(Request(
            Sum("c", "", 2, true, Number(1, TimeNs, start), Number(2, TimeNs, TimeNs), Number(3, TimeNs, TimeNs + 1).Attribute(7, "a", "b")),
            Sum("up_down", "", 2, false, Number(1, TimeNs, start)),
            Gauge("g", "", Number(1, TimeNs, start)),
            Metric("h", "", 9, Points(new Proto().Fixed(2, start).Fixed(3, TimeNs).Fixed(4, 1).Double(5, 1)).Varint(2, 2)),
            Metric("s", "", 11, Points(new Proto().Fixed(2, start).Fixed(3, TimeNs))),
            Metric("e", "", 10, Points(Point(0, 0, 0, TimeNs, start)).Varint(2, 2))));
        Assert.Equal(
            ["c_total", "h_count", "s_count", "e"],
            _bench.Batch.Created.Select(c => LabelSet.FromEncoded(_bench.Batch.LabelsOf(c.Series)).ToString()));
        Assert.All(_bench.Batch.Created, c => Assert.Equal((TimeMs, TimeMs - 5000), (c.TimestampMs, c.CreatedMs)));
        _bench.Decoder.CountRefusals(_bench.Tally);
        Assert.Equal(1, _bench.Dropped("start_after_time"));
    }

    [Fact]
    public void A_total_of_deltas_began_with_its_first_one()
    {
        _bench.Decode(Request(Sum("c", "", 1, true, Number(1, TimeNs, TimeNs - Second))));
        _bench.Decode(Request(Sum("c", "", 1, true, Number(1, TimeNs + Second, TimeNs))));
        Assert.Equal((TimeMs + 1000, TimeMs - 1000), _bench.Batch.Created.Select(c => (c.TimestampMs, c.CreatedMs)).Single());
    }

    [Fact]
    public void Json_gives_the_same_as_protobuf()
    {
        var point = Point(-1, 6, 30.5, TimeNs, TimeNs - Second).Fixed(7, 1).Double(14, 0.25).Message(8, Buckets(-3, 1, 2)).Message(9, Buckets(2, 2))
            .Message(11, Exemplar(1.5).Bytes(5, [0xab, 0xcd]).Bytes(4, [0x01]).Attribute(7, "k", "v"));
        _bench.Decode(Exponential(2, point));
        var json = new OtlpBench();
        json.Decoder.DecodeJson(
            Encoding.UTF8.GetBytes(
                $$$"""
                {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"d","unit":"s","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[
                {"timeUnixNano":"{{{TimeNs}}}","startTimeUnixNano":"{{{TimeNs - Second}}}","count":"6","sum":30.5,"scale":-1,"zeroCount":1,"zeroThreshold":0.25,
                "positive":{"offset":-3,"bucketCounts":["1",2]},"negative":{"offset":2,"bucketCounts":["2"]},"min":1,"max":2,
                "exemplars":[{"timeUnixNano":"{{{TimeNs}}}","asDouble":1.5,"traceId":"ABCD","spanId":"01","filteredAttributes":[{"key":"k","value":{"stringValue":"v"}}]}]}]}}]}]}]}
                """),
            json.Batch);
        Assert.Equal(_bench.Batch.Histograms[0].Histogram, Assert.Single(json.Batch.Histograms).Histogram);
        Assert.Equal(_bench.Batch.Created[0].CreatedMs, Assert.Single(json.Batch.Created).CreatedMs);
        Assert.Equal($$"""d_seconds {k="v",span_id="01",trace_id="abcd"} 1.5 @{{TimeMs}}""", Assert.Single(Exemplars()));
        Assert.Equal(Exemplars(), ExemplarsOf(json));
    }

    [Fact]
    public void Json_ids_and_scales_that_are_none_are_told()
    {
        foreach (var (field, value) in (ReadOnlySpan<(string, string)>)[("scale", "3000000000"), ("exemplars", """[{"traceId":"xyz"}]"""), ("exemplars", """[{"traceId":5}]""")])
        {
            var body = $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"exponentialHistogram":{"dataPoints":[{"{{{field}}}":{{{value}}} }]}}]}]}]}""";
            Assert.Throws<Core.Errors.BadInputException>(() => _bench.Decoder.DecodeJson(Encoding.UTF8.GetBytes(body), _bench.Batch));
        }
    }

    private static byte[] Exponential(int temporality, params Proto[] points) => Request(Metric("d", "s", 10, Points(points).Varint(2, (ulong)temporality)));

    private static Proto Point(int scale, ulong count, double sum, ulong timeNs = TimeNs, ulong startNs = 0) =>
        new Proto().Fixed(2, startNs).Fixed(3, timeNs).Fixed(4, count).Double(5, sum).ZigZag(6, scale);

    private static Proto Buckets(int offset, params ulong[] counts) => new Proto().ZigZag(1, offset).PackedVarints(2, counts);

    private static Proto Exemplar(double value, ulong timeNs = TimeNs) => new Proto().Fixed(2, timeNs).Double(3, value);

    private List<(string Labels, long TimeMs, NativeHistogram Histogram)> Histograms() =>
        [.. _bench.Batch.Histograms.Select(h => (LabelSet.FromEncoded(_bench.Batch.LabelsOf(h.Series)).ToString(), h.TimestampMs, h.Histogram))];

    private List<string> Exemplars() => ExemplarsOf(_bench);

    private static List<string> ExemplarsOf(OtlpBench bench) =>
    [
        .. bench.Batch.Exemplars.Select(e => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{LabelSet.FromEncoded(bench.Batch.LabelsOf(e.Series))} {LabelSet.FromEncoded(bench.Batch.LabelsOf(e.Labels))} {e.Value} @{e.TimestampMs}")),
    ];
}
