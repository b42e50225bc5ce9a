using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Toka.Core.Errors;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpBench;

namespace Toka.Engines.Tests.Protocols.Otlp;

public sealed class OtlpJsonTests
{
    private readonly OtlpBench _bench = new();

    [Fact]
    public void The_published_example_gives_its_series()
    {
        var folder = Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA");
        if (folder is null)
        {
            Assert.Skip("TOKA_REFERENCE_DATA is not set: the published OTLP examples are not here.");
        }

        var result = _bench.Decoder.DecodeJson(File.ReadAllBytes(Path.Combine(folder, "otlp", "metrics.json")), _bench.Batch);
        Assert.Equal((4, 0, true), (result.Accepted, result.Rejected, result.HasDeltas));
        const string shared = """job="my.service",""";
        const string scope = """otel_scope_my_scope_attribute="some scope attribute",otel_scope_name="my.library",otel_scope_version="1.0.0"}""";
        Assert.Equal(
            [
                $$"""my_counter_total{{{shared}}my_counter_attr="some value",{{scope}} 5 @1544712660300""",
                $$"""my_gauge_ratio{{{shared}}my_gauge_attr="some value",{{scope}} 10 @1544712660300""",
                $$"""my_histogram_count{{{shared}}my_histogram_attr="some value",{{scope}} 2 @1544712660300""",
                $$"""my_histogram_sum{{{shared}}my_histogram_attr="some value",{{scope}} 2 @1544712660300""",
                $$"""my_histogram_bucket{{{shared}}le="1",my_histogram_attr="some value",{{scope}} 1 @1544712660300""",
                $$"""my_histogram_bucket{{{shared}}le="+Inf",my_histogram_attr="some value",{{scope}} 2 @1544712660300""",
            ], _bench.Rows());
        var native = Assert.Single(_bench.Batch.Histograms);
        Assert.Equal(
            $$"""my_exponential_histogram{{{shared}}my_exponential_histogram_attr="some value",{{scope}}""",
            Core.Labels.LabelSet.FromEncoded(_bench.Batch.LabelsOf(native.Series)).ToString());
        Assert.Equal((1, 3, 10, 2), (native.Histogram.ZeroCount, native.Histogram.Count, native.Histogram.Sum, Assert.Single(native.Histogram.Buckets.ToArray())));
        Assert.Equal([new Core.Samples.HistogramSpan(3, 1)], native.Histogram.Layout.PositiveSpans.ToArray());
    }

    [Fact]
    public void Json_and_protobuf_of_the_same_message_give_the_same_rows() =>
        Messages.Sample(metrics =>
        {
            var fromProtobuf = new OtlpBench();
            var fromJson = new OtlpBench();
            var a = fromProtobuf.Decode(Request([.. metrics.Select(ToProto)]));
            var b = fromJson.Decoder.DecodeJson(Encoding.UTF8.GetBytes(ToJson(metrics)), fromJson.Batch);
            Assert.Equal(a, b);
            Assert.Equal(metrics.Sum(m => m.Points.Length), a.Accepted + a.Rejected);
            Assert.Equal(fromProtobuf.Rows(), fromJson.Rows());
            Assert.Equal(fromProtobuf.Batch.Metadata, fromJson.Batch.Metadata);
        }, iter: 300);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"resourceMetrics":{}}""")]
    [InlineData("""{"resourceMetrics":[5]}""")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":5}]}]}]}""")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":"soon"}]}}]}]}]}""")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":"1.5"}]}}]}]}]}""")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"\ud800"}]}]}]}""")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":"SOMETIMES"}}]}]}]}""")]
    [InlineData("""{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":{"bytesValue":"*"}}]}}]}""")]
    [InlineData("""{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":{"bytesValue":5}}]}}]}""")]
    public void Json_that_is_not_otlp_is_refused_by_name(string json)
    {
        var e = Assert.Throws<BadInputException>(() => _bench.Decoder.DecodeJson(Encoding.UTF8.GetBytes(json), _bench.Batch));
        Assert.Contains("OTLP", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_fields_nulls_and_numbers_in_quotes_are_fine()
    {
        const string json = """
            {"new":{"x":[1,{}]},"resourceMetrics":[{"resource":null,"scopeMetrics":[{"metrics":[{"na\u006de":"g","gauge":{"dataPoints":[
            {"timeUnixNano":1700000000123000000,"asDouble":"NaN","later":true},
            {"timeUnixNano":"1700000000124000000","asInt":-3},
            {"timeUnixNano":"1700000000125000000","asDouble":"1.5"}]}}]}]}]}
            """;
        _bench.Decoder.DecodeJson(Encoding.UTF8.GetBytes(json), _bench.Batch);
        Assert.Equal(["g NaN @1700000000123", "g -3 @1700000000124", "g 1.5 @1700000000125"], _bench.Rows());
    }

    [Fact]
    public void Names_of_the_schema_and_of_enumerations_are_fine_and_so_is_any_base64()
    {
        const string json = """
            {"resource_metrics":[{"scope_metrics":[{"schema_url":"u","metrics":[{"name":"c","sum":{"is_monotonic":true,"aggregation_temporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","data_points":[
            {"time_unix_nano":"1700000000123000000","start_time_unix_nano":"1700000000000000000","as_int":"5","attributes":[{"key":"a","value":{"bytes_value":"-_8"}},{"key":"b","value":{"bytesValue":"+/8="}},{"key":"c","value":{"string_value":"x"}}],
            "exemplars":[{"trace_id":"0102","span_id":"03","as_double":1,"time_unix_nano":1700000000100000000,"filtered_attributes":[]}]}]}},
            {"name":"h","histogram":{"aggregationTemporality":"2","dataPoints":[{"timeUnixNano":1,"count":2,"bucket_counts":[1,1],"explicit_bounds":["Infinity"],"sum":"-Infinity"}]}},
            {"name":"s","summary":{"dataPoints":[{"timeUnixNano":1,"quantile_values":[{"quantile":0.5,"value":"NaN"}]}]}}]}]}]}
            """;
        Assert.Equal(3, _bench.Decoder.DecodeJson(Encoding.UTF8.GetBytes(json), _bench.Batch).Accepted);
        Assert.Equal(
            [
                """c_total{a="+/8=",b="+/8=",c="x"} 5 @1700000000123""",
                "h_count 2 @0", "h_sum -Infinity @0", """h_bucket{le="+Inf"} 2 @0""",
                "s_count 0 @0", "s_sum 0 @0", """s{quantile="0.5"} NaN @0""",
            ], _bench.Rows());
        Assert.Single(_bench.Batch.Exemplars);
        Assert.Single(_bench.Batch.Created);
    }

    private sealed record Point(ulong TimeNs, long? Int, double? Double, ulong[] Counts, double[] Bounds, (string Key, string Value)[] Attributes, bool IsStale);

    private sealed record Message(string Name, string Unit, int Kind, int Temporality, bool Monotonic, Point[] Points);

    private static readonly string[] Units = ["s", "By", "1", "{x}", "a/b", ""];

    private static readonly Gen<string> Word = Gen.String[Gen.Char["ab.é_1\"\\\n"], 0, 6];

    private static readonly Gen<Point> PointGen =
        from time in Gen.ULong[0, 4].Select(t => t * 1_500_000)
        from integer in Gen.Long
        from real in Gen.Double
        from which in Gen.Int[0, 2]
        from counts in Gen.ULong[0, 9].Array[0, 3]
        from bounds in Gen.Double[-5, 5].Array[0, 2]
        from attributes in Gen.Select(Word, Word).Array[0, 3]
        from stale in Gen.Int[0, 9]
        select new Point(time, which == 0 ? integer : null, which == 1 ? real : null, counts, bounds, attributes, stale == 0);

    private static readonly Gen<Message[]> Messages =
        (from name in Word
         from unit in Gen.Int[0, 5].Select(i => Units[i])
         from kind in Gen.Int[0, 2].Select(i => 5 + (2 * i))
         from temporality in Gen.Int[0, 2]
         from monotonic in Gen.Bool
         from points in PointGen.Array[0, 4]
         select new Message(name, unit, kind, temporality, monotonic, points)).Array[0, 4];

    private static Proto ToProto(Message message)
    {
        var data = Points([.. message.Points.Select(p => ToProto(p, message.Kind))]);
        if (message.Kind != 5)
        {
            data.Varint(2, (ulong)message.Temporality);
        }

        return Metric(message.Name, message.Unit, message.Kind, message.Kind == 7 ? data.Varint(3, message.Monotonic ? 1u : 0) : data);
    }

    private static Proto ToProto(Point point, int kind)
    {
        var proto = new Proto().Fixed(3, point.TimeNs).Varint(kind == 9 ? 10 : 8, point.IsStale ? 1u : 0);
        foreach (var (key, value) in point.Attributes)
        {
            proto.Attribute(kind == 9 ? 9 : 7, key, value);
        }

        if (kind == 9)
        {
            return proto.Fixed(4, 9).Packed(6, point.Counts).Packed(7, point.Bounds.Select(BitConverter.DoubleToUInt64Bits));
        }

        return point.Int is { } i ? proto.Fixed(6, (ulong)i) : point.Double is { } d ? proto.Double(4, d) : proto;
    }

    private static string ToJson(Message[] messages) => new JsonObject
    {
        ["resourceMetrics"] = new JsonArray(new JsonObject
        {
            ["scopeMetrics"] = new JsonArray(new JsonObject { ["metrics"] = new JsonArray([.. messages.Select(ToJson)]) }),
        }),
    }.ToJsonString();

    private static JsonObject ToJson(Message message)
    {
        var data = new JsonObject { ["dataPoints"] = new JsonArray([.. message.Points.Select(p => ToJson(p, message.Kind))]) };
        if (message.Kind != 5)
        {
            data["aggregationTemporality"] = message.Temporality;
        }

        if (message.Kind == 7)
        {
            data["isMonotonic"] = message.Monotonic;
        }

        return new JsonObject { ["unit"] = message.Unit, [message.Kind == 5 ? "gauge" : message.Kind == 7 ? "sum" : "histogram"] = data, ["name"] = message.Name };
    }

    private static JsonObject ToJson(Point point, int kind)
    {
        var json = new JsonObject
        {
            ["timeUnixNano"] = point.TimeNs.ToString(CultureInfo.InvariantCulture),
            ["flags"] = point.IsStale ? 1 : 0,
            ["attributes"] = new JsonArray([.. point.Attributes.Select(a => new JsonObject { ["key"] = a.Key, ["value"] = new JsonObject { ["stringValue"] = a.Value } })]),
        };
        if (kind == 9)
        {
            json["count"] = "9";
            json["bucketCounts"] = new JsonArray([.. point.Counts.Select(c => JsonValue.Create(c.ToString(CultureInfo.InvariantCulture)))]);
            json["explicitBounds"] = new JsonArray([.. point.Bounds.Select(b => JsonValue.Create(b))]);
        }
        else if (point.Int is { } i)
        {
            json["asInt"] = i.ToString(CultureInfo.InvariantCulture);
        }
        else if (point.Double is { } d)
        {
            json["asDouble"] = double.IsFinite(d) ? d : double.IsNaN(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity";
        }

        return json;
    }
}
