using Toka.Core.Samples;
using Toka.Protocols.Otlp;
using Toka.Protocols.Otlp.Naming;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpBench;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>What the options of translation change, one by one.</summary>
public sealed class OtlpTranslationTests
{
    private readonly OtlpBench _bench = new();

    [Theory]
    [InlineData("system.cpu.time", "s", MetricKind.Counter, "system_cpu_time", "system.cpu.time_seconds_total")]
    [InlineData("requests_total", "", MetricKind.Counter, "requests_total", "requests_total")]
    [InlineData("requests.total", "", MetricKind.Counter, "requests_total", "requests_total")]
    [InlineData("total", "", MetricKind.Counter, "total", "total_total")]
    [InlineData("network.io", "By/s", MetricKind.Gauge, "network_io", "network.io_bytes_per_second")]
    [InlineData("network.io.bytes.per_second", "By/s", MetricKind.Gauge, "network_io_bytes_per_second", "network.io.bytes_per_second")]
    [InlineData("memory.bytes", "By", MetricKind.UpDownCounter, "memory_bytes", "memory.bytes")]
    [InlineData("cpu.utilization", "1", MetricKind.Gauge, "cpu_utilization", "cpu.utilization_ratio")]
    [InlineData("cpu.ratio", "1", MetricKind.Gauge, "cpu_ratio", "cpu_ratio")]
    [InlineData("queue", "{item}", MetricKind.UpDownCounter, "queue", "queue")]
    [InlineData("area", "m^2", MetricKind.Gauge, "area", "area_m^2")]
    [InlineData("größe", "", MetricKind.Gauge, "gr_e", "größe")]
    [InlineData("a__b..c", "", MetricKind.Gauge, "a__b_c", "a__b..c")]
    [InlineData("_a_", "", MetricKind.Gauge, "_a_", "_a_")]
    [InlineData("2xx", "", MetricKind.Counter, "_2xx", "2xx_total")]
    [InlineData("...", "", MetricKind.Gauge, "", "...")]
    [InlineData("", "s", MetricKind.Counter, "", "")]
    internal void Names_follow_the_strategy(string name, string unit, MetricKind kind, string withoutSuffixes, string unescaped)
    {
        Assert.Equal(withoutSuffixes, MetricNames.Translate(name, unit, kind, OtlpTranslationStrategy.UnderscoreEscapingWithoutSuffixes));
        Assert.Equal(unescaped, MetricNames.Translate(name, unit, kind, OtlpTranslationStrategy.NoUTF8EscapingWithSuffixes));
        Assert.Equal(name, MetricNames.Translate(name, unit, kind, OtlpTranslationStrategy.NoTranslation));
    }

    [Theory]
    [InlineData(OtlpTranslationStrategy.UnderscoreEscapingWithSuffixes, """http_requests_seconds_total{gr__e="1",http_method="GET"}""")]
    [InlineData(OtlpTranslationStrategy.UnderscoreEscapingWithoutSuffixes, """http_requests{gr__e="1",http_method="GET"}""")]
    [InlineData(OtlpTranslationStrategy.NoUTF8EscapingWithSuffixes, """{"http.requests_seconds_total","größe"="1","http.method"="GET"}""")]
    [InlineData(OtlpTranslationStrategy.NoTranslation, """{"http.requests","größe"="1","http.method"="GET"}""")]
    public void Labels_follow_the_strategy(OtlpTranslationStrategy strategy, string expected)
    {
        var request = Request(Sum("http.requests", "s", 2, true, Number(1).Attribute(7, "http.method", "GET").Attribute(7, "größe", "1")));
        _bench.Decode(request);
        _bench.Decoder.Translation = new OtlpTranslationOptions { Strategy = strategy };
        _bench.Decode(request);
        Assert.Equal(expected, LabelsOf(0));
    }

    [Theory]
    [InlineData(true, true, "a___b", "key_c", "__d", "key_1")]
    [InlineData(false, true, "a___b", "_c", "__d", "key_1")]
    [InlineData(true, false, "a_b", "key_c", "key_d", "key_1")]
    [InlineData(false, false, "a_b", "_c", "_d", "key_1")]
    public void Underscores_of_label_names_follow_their_options(bool sanitizes, bool preserves, params string[] expected)
    {
        var options = new OtlpTranslationOptions { LabelNameUnderscoreSanitization = sanitizes, LabelNamePreserveMultipleUnderscores = preserves };
        string[] keys = ["a.__b", "_c", "__d", "1"];
        Assert.Equal(expected, keys.Select(key =>
        {
            var name = new byte[50];
            return System.Text.Encoding.UTF8.GetString(name, 0, LabelNames.Write(System.Text.Encoding.UTF8.GetBytes(key), name, options));
        }));
    }

    [Fact]
    public void Promoted_attributes_become_labels_of_every_series_and_lose_against_its_own()
    {
        _bench.Decoder.Translation = new OtlpTranslationOptions { PromoteResourceAttributes = ["host.name", "service.name", "region", "not.there"] };
        _bench.Decode(Promoting());
        Assert.Equal(
            [
                """g{host_name="web1",instance="i",job="shop",region="of the point",service_name="shop"}""",
                """target_info{host_name="web1",instance="i",job="shop",region="eu"}""",
            ], [LabelsOf(0), LabelsOf(1)]);
    }

    [Fact]
    public void All_attributes_are_promoted_but_those_that_are_ignored()
    {
        _bench.Decoder.Translation = new OtlpTranslationOptions { PromoteAllResourceAttributes = true, IgnoreResourceAttributes = ["host.name", "service.instance.id"] };
        _bench.Decode(Promoting());
        Assert.Equal("""g{instance="i",job="shop",region="of the point",service_name="shop"}""", LabelsOf(0));
    }

    [Fact]
    public void Identifying_attributes_stay_in_target_info_where_they_are_kept()
    {
        _bench.Decoder.Translation = new OtlpTranslationOptions { KeepIdentifyingResourceAttributes = true };
        _bench.Decode(Promoting());
        Assert.Equal("""target_info{host_name="web1",instance="i",job="shop",region="eu",service_instance_id="i",service_name="shop"}""", LabelsOf(1));
    }

    [Fact]
    public void Resources_are_known_by_the_keys_they_come_with()
    {
        _bench.Decode(RequestOf(new Proto().Attribute(1, "service_name", "x").Attribute(1, "service.name", "shop").Attribute(1, "job", "y"), new Proto(), Gauge("g", "", Number(1))));
        Assert.Equal(["""g{job="shop"}""", """target_info{job="shop",service_name="x"}"""], [LabelsOf(0), LabelsOf(1)]);
    }

    [Fact]
    public void The_scope_is_left_out_where_it_is_not_promoted_and_then_cannot_be_wrong()
    {
        _bench.Decoder.Translation = OtlpTranslationOptions.Prometheus;
        Assert.Equal(1, _bench.Decode(RequestOf(new Proto(), new Proto().Text(1, new string('x', 5000)), Gauge("g", "", Number(1)))).Accepted);
        Assert.Equal("g", LabelsOf(0));
    }

    [Fact]
    public void The_type_that_a_metric_had_in_Prometheus_is_its_type_again()
    {
        static Proto Typed(Proto metric, string type) => metric.Attribute(12, "other", "info").Attribute(12, "prometheus.type", type);
        _bench.Decode(Request(
            Typed(Gauge("a", "1", Number(1)), "unknown"),
            Typed(Sum("b", "", 2, false, Number(1)), "info"),
            Typed(Sum("c", "", 2, false, Number(1)), "stateset"),
            Typed(Sum("d", "", 2, true, Number(1)), "info"),
            Typed(Gauge("e", "", Number(1)), "gauge")));
        Assert.Equal(
            [("a_ratio", MetricType.Unknown), ("b", MetricType.Info), ("c", MetricType.StateSet), ("d_total", MetricType.Counter), ("e", MetricType.Gauge)],
            _bench.Batch.Metadata.Select(m => (m.Family, m.Type)));
    }

    [Fact]
    public void Points_of_many_times_find_target_info_at_each_of_them()
    {
        const ulong minute = 60_000_000_000;
        byte[] Of(ulong minutes) => RequestOf(
            new Proto().Attribute(1, "service.name", "shop").Attribute(1, "a", "b"), new Proto(), Gauge("g", "", Number(1, TimeNs), Number(2, TimeNs + (minutes * minute))));
        _bench.Decode(Of(6));
        Assert.Equal([0, 150_000, 300_000, 360_000], Times());
        _bench.Decode(Of(60 * 24 * 365));
        Assert.Equal(289, Times().Count);

        List<long> Times() => [.. _bench.Batch.Rows.ToArray().Skip(2).Select(row => row.TimestampMs - TimeMs)];
    }

    [Fact]
    public void Explicit_buckets_become_a_native_histogram_with_custom_bounds()
    {
        _bench.Decoder.Translation = new OtlpTranslationOptions { ConvertHistogramsToNhcb = true };
        var result = _bench.Decode(Request(Metric("h", "s", 9, Points(
            Histogram([1, 2.5], [1, 0, 3], 4, 10),
            Histogram([double.NegativeInfinity, 1, double.PositiveInfinity], [1, 2, 3, 4], 10, null),
            Histogram([], [], 2, 1),
            Histogram([1], [1, 1], 5, 1),
            new Proto().Fixed(3, TimeNs).Varint(10, 1)).Varint(2, 2))));
        Assert.Equal((4, 1), (result.Accepted, result.Rejected));
        Assert.Empty(_bench.Batch.Rows.ToArray());
        var histograms = _bench.Batch.Histograms.Select(h => h.Histogram).ToArray();
        Assert.Equal([1, 2.5], histograms[0].Layout.CustomValues.ToArray());
        Assert.Equal([1, 0, 3], histograms[0].Buckets.ToArray());
        Assert.Equal((4, 10), (histograms[0].Count, histograms[0].Sum));
        Assert.Equal([1], histograms[1].Layout.CustomValues.ToArray());
        Assert.Equal([3, 7], histograms[1].Buckets.ToArray());
        Assert.True(double.IsNaN(histograms[1].Sum));
        Assert.Equal([2], histograms[2].Buckets.ToArray());
        Assert.True(histograms[3].IsStale);
        Assert.Equal("h_seconds", Core.Labels.LabelSet.FromEncoded(_bench.Batch.LabelsOf(_bench.Batch.Histograms[0].Series)).ToString());
    }

    [Fact]
    public void Deltas_with_custom_bounds_are_summed_up_until_the_bounds_change()
    {
        _bench.Decoder.Translation = new OtlpTranslationOptions { ConvertHistogramsToNhcb = true };
        const ulong second = 1_000_000_000;
        NativeHistogram Send(ulong at, double bound)
        {
            var point = Histogram([bound], [1, 2], 3, 4, TimeNs + (at * second), TimeNs + ((at - 1) * second)).Message(8, new Proto().Fixed(2, TimeNs).Double(3, 7));
            Assert.Equal(1, _bench.Decode(Request(Metric("h", "", 9, Points(point).Varint(2, 1)))).Accepted);
            Assert.Equal("h", Core.Labels.LabelSet.FromEncoded(_bench.Batch.LabelsOf(Assert.Single(_bench.Batch.Exemplars).Series)).ToString());
            return Assert.Single(_bench.Batch.Histograms).Histogram;
        }

        Assert.Equal([1, 2], Send(1, 5).Buckets.ToArray());
        Assert.Equal((6, 8), (Send(2, 5) is var two ? two.Count : 0, two.Sum));
        Assert.Equal(TimeMs, Assert.Single(_bench.Batch.Created).CreatedMs);
        Assert.Equal([1, 2], Send(3, 6).Buckets.ToArray());
        Assert.Equal(TimeMs + 2000, Assert.Single(_bench.Batch.Created).CreatedMs);
    }

    private static Proto Histogram(double[] bounds, ulong[] counts, ulong count, double? sum, ulong timeNs = TimeNs, ulong startNs = 0)
    {
        var point = new Proto().Fixed(2, startNs).Fixed(3, timeNs).Fixed(4, count).Packed(6, counts).Packed(7, bounds.Select(BitConverter.DoubleToUInt64Bits));
        return sum is null ? point : point.Double(5, sum.Value);
    }

    private static byte[] Promoting() => RequestOf(
        new Proto().Attribute(1, "service.name", "shop").Attribute(1, "service.instance.id", "i").Attribute(1, "host.name", "web1").Attribute(1, "region", "eu"),
        new Proto(),
        Gauge("g", "", Number(1).Attribute(7, "region", "of the point")));

    private string LabelsOf(int row) => Core.Labels.LabelSet.FromEncoded(_bench.Batch.LabelsOf(_bench.Batch.Rows[row])).ToString();
}
