using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Samples;
using Toka.Protocols.Otlp;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpBench;

namespace Toka.Engines.Tests.Protocols.Otlp;

public sealed class OtlpDecoderTests
{
    private readonly OtlpBench _bench = new();

    [Fact]
    public void A_gauge_becomes_one_row_at_the_millisecond_below()
    {
        var result = _bench.Decode(Request(Gauge("room.temperature", "Cel", Number(21.5).Attribute(7, "room.name", "kitchen"))));
        Assert.Equal(new OtlpDecodeResult(1, 0, null, false), result);
        Assert.Equal(["""room_temperature_celsius{room_name="kitchen"} 21.5 @1700000000123"""], _bench.Rows());
        Assert.Equal([new MetricMetadata("room_temperature_celsius", MetricType.Gauge, "", "celsius")], _bench.Batch.Metadata);
    }

    [Fact]
    public void Cumulative_sums_become_counters_and_gauges()
    {
        var result = _bench.Decode(Request(
            Sum("requests", "", 2, true, new Proto().Fixed(3, TimeNs).Fixed(6, unchecked((ulong)-7L))),
            Sum("queue", "{item}", 2, false, Number(3))));
        Assert.Equal(2, result.Accepted);
        Assert.Equal([$"requests_total -7 @{TimeMs}", $"queue 3 @{TimeMs}"], _bench.Rows());
        Assert.Equal([MetricType.Counter, MetricType.Gauge], _bench.Batch.Metadata.Select(m => m.Type));
    }

    [Fact]
    public void A_histogram_becomes_cumulative_buckets_with_sum_and_count()
    {
        var point = new Proto().Fixed(3, TimeNs).Fixed(4, 6).Double(5, 12.5)
            .Packed(6, [1, 2, 3]).Packed(7, [BitConverter.DoubleToUInt64Bits(0.005), BitConverter.DoubleToUInt64Bits(1)]);
        var result = _bench.Decode(Request(Metric("d", "s", 9, Points(point).Varint(2, 2))));
        Assert.Equal(1, result.Accepted);
        Assert.Equal(
            [
                $"d_seconds_count 6 @{TimeMs}",
                $"d_seconds_sum 12.5 @{TimeMs}",
                $$"""d_seconds_bucket{le="0.005"} 1 @{{TimeMs}}""",
                $$"""d_seconds_bucket{le="1"} 3 @{{TimeMs}}""",
                $$"""d_seconds_bucket{le="+Inf"} 6 @{{TimeMs}}""",
            ], _bench.Rows());
    }

    [Fact]
    public void A_histogram_without_sum_or_with_unpacked_buckets_is_read_too()
    {
        var point = new Proto().Fixed(3, TimeNs).Fixed(4, 3).Fixed(6, 1).Fixed(6, 2).Double(7, 10);
        _bench.Decode(Request(Metric("d", "", 9, Points(point).Varint(2, 2))));
        Assert.Equal([$"d_count 3 @{TimeMs}", $$"""d_bucket{le="10"} 1 @{{TimeMs}}""", $$"""d_bucket{le="+Inf"} 3 @{{TimeMs}}"""], _bench.Rows());
    }

    [Fact]
    public void A_summary_becomes_quantiles_with_sum_and_count()
    {
        var point = new Proto().Fixed(3, TimeNs).Fixed(4, 9).Double(5, 4.5).Message(6, new Proto().Double(1, 0.5).Double(2, 7));
        _bench.Decode(Request(Metric("s", "", 11, Points(point))));
        Assert.Equal([$"s_count 9 @{TimeMs}", $"s_sum 4.5 @{TimeMs}", $$"""s{quantile="0.5"} 7 @{{TimeMs}}"""], _bench.Rows());
    }

    [Fact]
    public void A_point_without_recorded_value_becomes_a_stale_marker()
    {
        _bench.Decode(Request(Gauge("g", "", new Proto().Fixed(3, TimeNs).Varint(8, 1))));
        Assert.Equal([$"g stale @{TimeMs}"], _bench.Rows());
    }

    [Fact]
    public void Resource_and_scope_become_labels_and_target_info()
    {
        var resource = new Proto().Attribute(1, "service.name", "shop").Attribute(1, "service.namespace", "eu")
            .Attribute(1, "service.instance.id", "i-1").Attribute(1, "host.name", "web1");
        var scope = new Proto().Text(1, "lib").Text(2, "1.2").Attribute(3, "tier", "a");
        _bench.Decode(RequestOf(resource, scope, Gauge("g", "", Number(1).Attribute(7, "job", "of the point"))));
        Assert.Equal(
            [
                $$"""g{instance="i-1",job="eu/shop",otel_scope_name="lib",otel_scope_tier="a",otel_scope_version="1.2"} 1 @{{TimeMs}}""",
                $$"""target_info{host_name="web1",instance="i-1",job="eu/shop"} 1 @{{TimeMs}}""",
            ], _bench.Rows());
    }

    [Fact]
    public void Attributes_whose_names_become_the_same_are_joined_in_the_order_of_their_keys()
    {
        _bench.Decode(Request(Gauge("g", "", Number(1).Attribute(7, "a_b", "2").Attribute(7, "a.b", "1").Attribute(7, "c", "3"))));
        Assert.Equal([$$"""g{a_b="1;2",c="3"} 1 @{{TimeMs}}"""], _bench.Rows());
    }

    [Fact]
    public void Attribute_values_of_every_type_become_text()
    {
        static Proto Any(string key, Proto value) => new Proto().Text(1, key).Message(2, value);
        var list = new Proto().Message(1, new Proto().Text(1, "x\"y")).Message(1, new Proto().Varint(3, 5)).Message(1, new Proto().Double(4, 0.5)).Message(1, new Proto());
        var map = new Proto().Message(1, Any("k", new Proto().Varint(2, 1))).Message(1, Any("b", new Proto().Bytes(7, [1, 2, 250])));
        _bench.Decode(Request(Gauge("g", "", Number(1)
            .Message(7, Any("a", new Proto().Varint(2, 1)))
            .Message(7, Any("b", new Proto().Varint(3, unchecked((ulong)-12L))))
            .Message(7, Any("c", new Proto().Double(4, 2.5)))
            .Message(7, Any("d", new Proto().Message(5, list)))
            .Message(7, Any("e", new Proto().Message(6, map)))
            .Message(7, Any("f", new Proto().Bytes(7, [255, 255])))
            .Message(7, Any("g", new Proto())))));
        var row = Core.Labels.LabelSet.FromEncoded(_bench.Batch.LabelsOf(_bench.Batch.Rows[0]));
        Assert.Equal(
            ["g", "true", "-12", "2.5", """["x\"y",5,0.5,null]""", """{"k":true,"b":"AQL6"}""", "//8="],
            row.ToPairs().Select(p => p.Value));
    }

    [Fact]
    public void One_bad_point_never_loses_the_good_ones_beside_it()
    {
        var coarse = new Proto().Fixed(3, TimeNs).Varint(6, 9); // Scale −5.
        var exponential = Metric("e", "", 10, Points(coarse, coarse).Varint(2, 2));
        var mismatch = Metric("h", "", 9, Points(new Proto().Fixed(3, TimeNs).Packed(6, [1]).Double(7, 1)).Varint(2, 2));
        var result = _bench.Decode(Request(
            Gauge("g", "", Number(1), new Proto().Fixed(3, TimeNs), new Proto().Double(4, 1), Number(4, TimeNs + 1_000_000)),
            exponential,
            mismatch,
            Sum("t", "", 0, true, Number(1)),
            Gauge("...", "", Number(1))));
        Assert.Equal((2, 7), (result.Accepted, result.Rejected));
        Assert.Equal([$"g 1 @{TimeMs}", $"g 4 @{TimeMs + 1}"], _bench.Rows());
        Assert.Contains("2 points refused, the first of metric \"e\": an exponential histogram's scale is below -4", result.Reasons, StringComparison.Ordinal);

        Assert.Equal(0, _bench.Dropped("no_value"));
        _bench.Decoder.CountRefusals(_bench.Tally);
        Assert.Equal(
            (2, 1, 1, 1, 1, 1),
            (_bench.Dropped("exponential_scale"), _bench.Dropped("no_value"), _bench.Dropped("no_time"),
                _bench.Dropped("bad_buckets"), _bench.Dropped("no_temporality"), _bench.Dropped("bad_metric_name")));
    }

    [Fact]
    public void Metadata_is_given_once_a_request_and_exemplars_without_value_are_counted()
    {
        for (var request = 0; request < 2; request++)
        {
            _bench.Decode(Request(Gauge("g", "s", Number(1).Message(5, new Proto()), Number(2, TimeNs + 5_000_000))));
            _bench.Decoder.CountRefusals(_bench.Tally);
            Assert.Equal([new MetricMetadata("g_seconds", MetricType.Gauge, "", "seconds")], _bench.Batch.Metadata);
        }

        Assert.Equal(2, _bench.Dropped("no_value"));
    }

    [Fact]
    public void Limits_refuse_points_and_name_themselves()
    {
        var bench = new OtlpBench(new OtlpLimits { AttributesMax = 2, NameBytesMax = 20, LabelValueBytesMax = 30, BucketsMax = 2, NestingMax = 1, PointsPerRequestMax = 7 });
        var deep = new Proto().Message(5, new Proto().Message(1, new Proto().Message(5, new Proto().Message(1, new Proto().Message(5, new Proto())))));
        var result = bench.Decode(Request(
            Gauge("ok", "", Number(1)),
            Gauge("many", "", Number(1).Attribute(7, "a", "1").Attribute(7, "b", "2").Attribute(7, "c", "3")),
            Gauge("key", "", Number(1).Attribute(7, new string('k', 21), "1")),
            Gauge("value", "", Number(1).Attribute(7, "a", new string('v', 31))),
            Gauge("deep", "", Number(1).Message(7, new Proto().Text(1, "a").Message(2, deep))),
            Gauge(new string('n', 21), "", Number(1)),
            Metric("h", "", 9, Points(new Proto().Fixed(3, TimeNs).Packed(6, [1, 1, 1, 1]).Packed(7, [1, 2, 3])).Varint(2, 2)),
            Gauge("late", "", Number(1))));
        bench.Decoder.CountRefusals(bench.Tally);
        Assert.Equal((1, 7), (result.Accepted, result.Rejected));
        foreach (var (reason, count) in new[] { ("attributes_limit", 1), ("name_bytes_limit", 2), ("label_value_bytes_limit", 1), ("nesting_limit", 1), ("buckets_limit", 1), ("points_limit", 1) })
        {
            Assert.Equal(count, bench.Dropped(reason));
        }
    }

    [Fact]
    public void What_a_request_expands_to_is_bounded()
    {
        var bench = new OtlpBench(new OtlpLimits { SamplesPerRequestMax = 5 });
        var point = new Proto().Fixed(3, TimeNs).Fixed(4, 3).Packed(6, [1, 2]).Packed(7, [BitConverter.DoubleToUInt64Bits(1)]);
        var result = bench.Decode(Request(Metric("h", "", 9, Points(point, point).Varint(2, 2))));
        Assert.Equal((1, 1, 3), (result.Accepted, result.Rejected, bench.Batch.Count));
        bench = new OtlpBench(new OtlpLimits { LabelBytesPerRequestMax = 1000 });
        result = bench.Decode(Request(Gauge("g", "", [.. Enumerable.Range(0, 100).Select(i => Number(i).Attribute(7, "a", new string('x', 100)))])));
        Assert.InRange(result.Accepted, 1, 10);
        Assert.Equal(100, result.Accepted + result.Rejected);
    }

    [Fact]
    public void Deltas_are_summed_up_and_repeats_are_refused()
    {
        const ulong second = 1_000_000_000;
        var first = Request(Sum("c", "", 1, true, Number(5, TimeNs, TimeNs - second)));
        Assert.True(_bench.Decode(first).HasDeltas);
        Assert.Equal(1, _bench.Decode(first).Rejected);
        _bench.Decode(Request(Sum("c", "", 1, true, Number(2, TimeNs + second, TimeNs))));
        Assert.Equal([$"c_total 7 @{TimeMs + 1000}"], _bench.Rows());

        _bench.Deltas.Forget(_bench.Batch);
        _bench.Decode(Request(Sum("c", "", 1, true, Number(2, TimeNs + second, TimeNs))));
        Assert.Equal([$"c_total 2 @{TimeMs + 1000}"], _bench.Rows());
        Assert.Equal(1, _bench.Decode(Request(Sum("u", "", 1, false, Number(2)))).Rejected);
    }

    [Fact]
    public void Delta_series_are_bounded_and_idle_ones_make_room()
    {
        var time = new FakeTimeProvider();
        var bench = new OtlpBench(new OtlpLimits { DeltaSeriesMax = 2, DeltaIdleSeconds = 60 }, time);
        Proto Point(string a) => Number(1).Attribute(7, "a", a);
        var result = bench.Decode(Request(Sum("c", "", 1, true, Point("1"), Point("2"), Point("3"))));
        Assert.Equal((2, 1, 2), (result.Accepted, result.Rejected, bench.Deltas.Count));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, bench.Decode(Request(Sum("c", "", 1, true, Point("3")))).Accepted);
        Assert.Equal(1, bench.Deltas.Count);
    }

    [Fact]
    public void Responses_tell_of_partial_success()
    {
        var result = new OtlpDecodeResult(1, 2, "why", false);
        Assert.Equal("""{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"why"}}""", Encoding.UTF8.GetString(OtlpResponses.ExportJson(result)));
        Assert.Equal("{}", Encoding.UTF8.GetString(OtlpResponses.ExportJson(new OtlpDecodeResult(1, 0, null, false))));
        Assert.Empty(OtlpResponses.ExportProtobuf(new OtlpDecodeResult(1, 0, null, false)));
        var more = result.WithRefusedSamples(5, "too old");
        Assert.Equal((0, 3), (more.Accepted, more.Rejected));
    }

    [Theory]
    [InlineData("gauge")]
    [InlineData("sum")]
    [InlineData("delta")]
    [InlineData("histogram")]
    [InlineData("summary")]
    public void A_point_costs_no_garbage_once_the_buffers_have_grown(string kind)
    {
        // The batch's own lists grow by doubling; a request more of the same size shows what a point costs.
        var few = Garbage(Of(10));
        var many = Garbage(Of(1000));
        Assert.InRange(many - few, long.MinValue, 100);

        byte[] Of(int points) => Request(kind switch
        {
            "gauge" => Gauge("g", "s", Each(points, i => Number(i).Attribute(7, "http.method", $"m{i}").Attribute(7, "b", "c"))),
            "sum" => Sum("s", "s", 2, true, Each(points, i => Number(i, TimeNs, TimeNs - 1).Attribute(7, "http.method", $"m{i}"))),
            "delta" => Sum("c", "", 1, true, Each(points, i => Number(i, TimeNs + (ulong)i + 1).Attribute(7, "a", "b"))),
            "histogram" => Metric("h", "s", 9, Points(Each(points, i => new Proto().Fixed(3, TimeNs).Fixed(4, 6).Double(5, 1).Packed(6, [1, 2, 3])
                .Packed(7, [BitConverter.DoubleToUInt64Bits(0.005), BitConverter.DoubleToUInt64Bits(1)]).Attribute(9, "http.method", $"m{i}"))).Varint(2, 2)),
            _ => Metric("q", "s", 11, Points(Each(points, i => new Proto().Fixed(3, TimeNs).Fixed(4, 9).Double(5, 4.5).Message(6, new Proto().Double(1, 0.5).Double(2, 7)).Attribute(7, "a.b", $"m{i}")))),
        });

        static Proto[] Each(int points, Func<int, Proto> make) => [.. Enumerable.Range(0, points).Select(make)];

        long Garbage(byte[] request)
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(0, _bench.Decode(request).Rejected);
                _bench.Deltas.Forget(_bench.Batch);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            _bench.Decode(request);
            var spent = GC.GetAllocatedBytesForCurrentThread() - before;
            _bench.Deltas.Forget(_bench.Batch);
            return spent;
        }
    }
}
