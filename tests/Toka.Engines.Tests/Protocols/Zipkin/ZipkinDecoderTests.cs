using System.Text;
using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Engines.Tests.Protocols.Otlp;
using Toka.Protocols.Events;
using Toka.Protocols.Zipkin;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Protocols.Zipkin;

[Collection(FuzzCollection.Name)]
public sealed class ZipkinDecoderTests
{
    private const string Whole = """
        [{"traceId":"5982FE77008310cc80f1da5e10147517","parentId":"05e3ac9a4f6e3b90","id":"e457b5a2e4d86bd1","kind":"CLIENT","name":"get \"cart\"","timestamp":1700000000000001,
        "duration":42,"debug":true,"localEndpoint":{"serviceName":"shop","ipv4":"10.0.0.1","port":8080},"remoteEndpoint":{"serviceName":"carts","ipv6":"2001:db8::c001","ipv4":"10.0.0.2","port":80},
        "annotations":[{"timestamp":1700000000000002,"value":"ws"},{"value":"w\u0001r","timestamp":1700000000000003}],
        "tags":{"http.method":"GET","error":"timeout","other.code":500},"unknown":[{"a":null}]}]
        """;

    private readonly SpanBatch _batch = new();
    private ZipkinDecoder _decoder = new(new EventLimits());

    [Fact]
    public void Everything_that_a_span_says_is_in_its_row()
    {
        Assert.Equal(new EventDecodeResult(1, 0, null), Decode(Whole));
        var span = Assert.Single(Spans());
        Assert.Equal(
            "5982fe77008310cc80f1da5e10147517 e457b5a2e4d86bd1 05e3ac9a4f6e3b90 1700000000000001000+42000 Client Error \"get \"cart\"\" \"timeout\" \"\" f0 d0 "
            + """{"http.method":"GET","other.code":"500","peer.service":"carts","network.peer.address":"2001:db8::c001","network.peer.port":80,"network.local.address":"10.0.0.1","network.local.port":8080} """
            + """[{"n":"ws","t":1700000000000002000},{"n":"w\u0001r","t":1700000000000003000}]  of shop {"service.name":"shop"}   """,
            OtlpSpans.TextOf(span));
        OtlpSpans.AssertReadable(span);
        Assert.Equal([(1700000000000002000, "ws"), (1700000000000003000, "w\u0001r")], SpanEvent.Read(span.Events.Span).Select(e => (e.TimeNs, e.Name)));
    }

    [Fact]
    public void Ids_of_64_bits_are_filled_with_zeros_and_no_parent_is_a_root()
    {
        Assert.Equal(2, Decode("""[{"traceId":"ABC","id":"1","timestamp":1},{"traceId":"00000000000000000000000000000abc","id":"2","parentId":null,"timestamp":1e3,"duration":null}]""").Accepted);
        Assert.All(Spans(), s => Assert.Equal(("00000000000000000000000000000abc", true, SpanKind.Internal), (s.TraceId.ToString(), s.ParentId.IsEmpty, s.Kind)));
        Assert.Equal([1000, 1_000_000], Spans().Select(s => s.StartNs));
        Assert.All(Spans(), s => Assert.Equal(Origin.UnknownService, s.Origin.Service));
    }

    [Fact]
    public void The_servers_half_of_a_shared_span_is_a_child_of_the_clients_and_has_its_services_spans_for_children()
    {
        Decode("""
            [{"traceId":"a","id":"1","kind":"CLIENT","timestamp":1,"localEndpoint":{"serviceName":"front"}},
            {"traceId":"a","id":"2","parentId":"1","timestamp":3,"localEndpoint":{"serviceName":"back"}},
            {"traceId":"a","id":"1","kind":"SERVER","shared":true,"timestamp":2,"localEndpoint":{"serviceName":"back"}},
            {"traceId":"a","id":"3","parentId":"1","timestamp":3,"localEndpoint":{"serviceName":"front"}}]
            """);
        var spans = Spans();
        var half = spans[2].SpanId;
        Assert.NotEqual(spans[0].SpanId, half);
        Assert.Equal([default, half, new SpanId(1), new SpanId(1)], spans.Select(s => s.ParentId));
        Decode("""[{"traceId":"a","id":"1","kind":"SERVER","shared":true,"timestamp":2,"localEndpoint":{"serviceName":"back"}}]""");
        Assert.Equal(half, Assert.Single(Spans()).SpanId);
    }

    [Theory]
    [InlineData("""{"error":"true"}""", SpanStatus.Error, "", "")]
    [InlineData("""{"error":""}""", SpanStatus.Error, "", "")]
    [InlineData("""{"error":"no \"such\" cart"}""", SpanStatus.Error, "no \"such\" cart", "")]
    [InlineData("""{"error":"false"}""", SpanStatus.Unset, "", """{"error":"false"}""")]
    [InlineData("""{"otel.status_code":"OK","a":"b"}""", SpanStatus.Ok, "", """{"a":"b"}""")]
    [InlineData("""{"error":"why","otel.status_code":"ERROR"}""", SpanStatus.Error, "why", "")]
    [InlineData("{}", SpanStatus.Unset, "", "")]
    public void Tags_say_the_status(string tags, SpanStatus status, string message, string attributes)
    {
        Decode($$"""[{"traceId":"1","id":"1","timestamp":1,"tags":{{tags}}}]""");
        var span = Assert.Single(Spans());
        Assert.Equal((status, message, attributes), (span.Status, span.StatusMessage, OtlpSpans.Text(span.Attributes)));
    }

    [Fact]
    public void A_tag_wins_over_an_endpoint()
    {
        Decode("""[{"traceId":"1","id":"1","timestamp":1,"tags":{"peer.service":"db"},"remoteEndpoint":{"serviceName":"x","port":5}}]""");
        Assert.Equal("""{"peer.service":"db","network.peer.port":5}""", OtlpSpans.Text(Assert.Single(Spans()).Attributes));
    }

    [Fact]
    public void A_span_without_a_time_began_with_its_first_annotation()
    {
        Decode("""[{"traceId":"1","id":"1","annotations":[{"timestamp":7,"value":"b"},{"timestamp":5,"value":"a"}]}]""");
        Assert.Equal(5000, Assert.Single(Spans()).StartNs);
    }

    [Theory]
    [InlineData("bad_trace_id", """{"id":"1","timestamp":1}""")]
    [InlineData("bad_trace_id", """{"traceId":"000","id":"1","timestamp":1}""")]
    [InlineData("bad_trace_id", """{"traceId":"x","id":"1","timestamp":1}""")]
    [InlineData("bad_span_id", """{"traceId":"1","id":"12345678901234567","timestamp":1}""")]
    [InlineData("bad_parent_id", """{"traceId":"1","id":"1","parentId":"y","timestamp":1}""")]
    [InlineData("no_time", """{"traceId":"1","id":"1"}""")]
    [InlineData("time_range", """{"traceId":"1","id":"1","timestamp":10000000000000000}""")]
    [InlineData("time_range", """{"traceId":"1","id":"1","timestamp":1,"duration":9223372036854775}""")]
    [InlineData("malformed", """{"traceId":1}""")]
    [InlineData("malformed", """{"traceId":"1","id":"1","timestamp":"1"}""")]
    [InlineData("malformed", """{"traceId":"1","id":"1","timestamp":1,"tags":{"a":{}}}""")]
    [InlineData("malformed", """{"traceId":"1","id":"1","timestamp":1,"tags":{"a":"\ud800"}}""")]
    [InlineData("malformed", "5")]
    public void A_bad_span_is_refused_with_its_reason_and_its_neighbours_are_kept(string reason, string span)
    {
        const string Good = """{"traceId":"1","id":"1","timestamp":1,"name":"n"}""";
        var result = Decode($"[{Good},{span},{Good}]");
        Assert.Equal((2, 1), (result.Accepted, result.Rejected));
        Assert.Equal(["n", "n"], Spans().Select(s => s.Name));
        Assert.Equal(1, Dropped("spans", reason));
    }

    [Fact]
    public void A_list_has_a_bound_and_so_many_malformed_spans_make_a_malformed_request()
    {
        _decoder = new ZipkinDecoder(new EventLimits { PerRequestMax = 1, MalformedMax = 1 });
        Assert.Equal((1, 1), Decode("""[{"traceId":"1","id":"1","timestamp":1},{"traceId":"1","id":"1","timestamp":1}]""") is var r ? (r.Accepted, r.Rejected) : default);
        Assert.Equal(1, Dropped("spans", "count_limit"));
        Assert.Equal(1, Decode("[1]").Rejected);
        _decoder = new ZipkinDecoder(new EventLimits { MalformedMax = 1 });
        Assert.Throws<BadInputException>(() => Decode("[1,2]"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[{}")]
    [InlineData("[] []")]
    [InlineData("[{\"a\":}]")]
    public void What_is_no_list_is_refused_by_name(string json) => Assert.Contains("Zipkin", Assert.Throws<BadInputException>(() => Decode(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Decoding_leaves_no_garbage_once_the_buffers_have_grown()
    {
        var json = Encoding.UTF8.GetBytes(Whole);
        var before = 0L;
        for (var i = 0; i < 12; i++)
        {
            before = i == 2 ? GC.GetAllocatedBytesForCurrentThread() : before;
            _batch.Clear();
            _decoder.Decode(json, _batch);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Any_list_is_read_or_refused()
    {
        var corpus = FuzzMutator.Texts(Whole, """[{"traceId":"1","id":"1","kind":"SERVER","shared":true,"timestamp":1},{"id":1}]""", "[]");
        var pieces = FuzzMutator.Texts("{", "}", "[", "]", "\"", ",", ":", "\\u0000", "\\ud800", "null", "true", "1e309", "-", "\"shared\":true,", "\"tags\":{\"\":\"\"},", "18446744073709551616", "é");
        new FuzzRun(FuzzTarget.Zipkin) { Corpus = corpus, Pieces = pieces, AllocatedMax = 1 << 20 }.Run((bytes, _) =>
        {
            _batch.Clear();
            try
            {
                var result = _decoder.Decode(bytes, _batch);
                Assert.Equal(result.Accepted, _batch.Count);
                Assert.Equal(result.Rejected == 0, result.Reasons is null);
                Assert.All(Spans(), OtlpSpans.AssertReadable);
                return true;
            }
            catch (BadInputException e)
            {
                Assert.Contains("Zipkin", e.Message, StringComparison.Ordinal);
                return false;
            }
        });
    }

    private EventDecodeResult Decode(string json)
    {
        _batch.Clear();
        return _decoder.Decode(Encoding.UTF8.GetBytes(json), _batch);
    }

    private IReadOnlyList<SpanRecord> Spans() => OtlpSpans.SpansOf(_batch);

    private double Dropped(string signal, string reason)
    {
        var metrics = new SelfMetrics();
        _decoder.CountRefusals(new IngestTally(metrics, "zipkin"));
        return metrics.Read()
            .Where(m => m.Labels["__name__"] == "toka_dropped_total" && m.Labels["signal"] == signal && m.Labels["reason"] == reason).Sum(m => m.Value);
    }
}
