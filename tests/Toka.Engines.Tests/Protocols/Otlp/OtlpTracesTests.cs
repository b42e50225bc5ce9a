using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpSpans;

namespace Toka.Engines.Tests.Protocols.Otlp;

public sealed class OtlpTracesTests
{
    /// <summary>A span that uses every field.</summary>
    internal static Proto Whole => Span("GET /\"cart\"").Bytes(4, ParentIdBytes).Text(3, "a=b").Varint(6, 3)
        .Message(9, Attribute("text", new Proto().Text(1, "a\n\"b\"\\ü\u0001")))
        .Message(9, Attribute("yes", new Proto().Varint(2, 1)))
        .Message(9, Attribute("no", new Proto().Varint(2, 0)))
        .Message(11, new Proto().Fixed(1, StartNs + 1).Text(2, "exception").Message(3, Attribute("exception.type", new Proto().Text(1, "E"))).Varint(4, 2))
        .Message(9, Attribute("int", new Proto().Varint(3, unchecked((ulong)-5))))
        .Message(9, Attribute("double", new Proto().Double(4, 2)))
        .Message(9, Attribute("nan", new Proto().Double(4, double.NaN)))
        .Varint(10, 1).Varint(12, 2).Varint(14, 4)
        .Message(9, Attribute("list", new Proto().Message(5, new Proto().Message(1, new Proto().Text(1, "x")).Message(1, new Proto().Varint(3, 1)))))
        .Message(13, new Proto().Bytes(1, TraceIdBytes).Bytes(2, ParentIdBytes).Text(3, "c=d").Attribute(4, "why", "retry").Varint(5, 1).Fixed32(6, 1))
        .Message(11, new Proto().Fixed(1, StartNs + 2).Text(2, "done"))
        .Message(9, Attribute("map", new Proto().Message(6, new Proto().Message(1, Attribute("k", new Proto().Double(4, 0.5))))))
        .Message(9, Attribute("bytes", new Proto().Bytes(7, [1, 2])))
        .Message(9, Attribute("nothing", new Proto()))
        .Message(15, new Proto().Text(2, "broken").Varint(3, 2))
        .Fixed32(16, 0x301);

    private const string WholeText =
        "5b8efff798038103d269b633813fc60c eee19b7ec3c1b174 eee19b7ec3c1b173 1700000000000000000+5 Client Error \"GET /\"cart\"\" \"broken\" \"a=b\" f769 d7 "
        + """{"text":"a\n\"b\"\\ü\u0001","yes":true,"no":false,"int":-5,"double":2.0,"nan":{"$double":"NaN"},"list":["x",1],"map":{"k":0.5},"bytes":{"$bytes":"AQI="},"nothing":null} """
        + """[{"t":1700000000000000001,"n":"exception","a":{"exception.type":"E"},"d":2},{"t":1700000000000000002,"n":"done"}] """
        + """[{"i":"5b8efff798038103d269b633813fc60c","s":"eee19b7ec3c1b173","w":"c=d","f":1,"a":{"why":"retry"},"d":1}] """
        + """of shop {"service.name":"shop"} lib 1.0 """;

    [Fact]
    public void Everything_that_a_span_says_is_in_its_row()
    {
        using var bench = new OtlpSpans();
        Assert.Equal(new EventDecodeResult(1, 0, null), bench.Decode(Request(Whole)));
        var span = Assert.Single(bench.Spans());
        Assert.Equal(WholeText, TextOf(span));
        AssertReadable(span);
        Assert.True(AttributeJson.TryFind(span.Attributes.Span, "text"u8, out var text));
        Assert.Equal("a\n\"b\"\\ü\u0001", text.Text);
    }

    [Fact]
    public void Json_says_the_same_as_protobuf()
    {
        using var bench = new OtlpSpans();
        var result = bench.DecodeJson(Json);
        Assert.Equal(new EventDecodeResult(1, 0, null), result);
        Assert.Equal(WholeText, TextOf(Assert.Single(bench.Spans())));
    }

    internal const string Json = """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"unknown":[1,{"a":2}],
        "scopeSpans":[{"scope":{"name":"lib","version":"1.0"},"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174",
        "parentSpanId":"EEE19B7EC3C1B173","traceState":"a=b","name":"GET /\"cart\"","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"1700000000000000000",
        "endTimeUnixNano":1700000000000000005,"droppedAttributesCount":1,"droppedEventsCount":2,"droppedLinksCount":4,"flags":769,
        "status":{"message":"broken","code":"STATUS_CODE_ERROR"},
        "attributes":[{"key":"text","value":{"stringValue":"a\n\"b\"\\\u00fc\u0001"}},{"key":"yes","value":{"boolValue":true}},{"key":"no","value":{"boolValue":false}},
        {"key":"int","value":{"intValue":"-5"}},{"key":"double","value":{"doubleValue":2}},{"key":"nan","value":{"doubleValue":"NaN"}},
        {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":1}]}}},
        {"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"doubleValue":0.5}}]}}},{"key":"bytes","value":{"bytesValue":"AQI="}},{"key":"nothing","value":{}}],
        "events":[{"timeUnixNano":"1700000000000000001","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"E"}}],"droppedAttributesCount":2},
        {"timeUnixNano":"1700000000000000002","name":"done"}],
        "links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b173","traceState":"c=d","attributes":[{"key":"why","value":{"stringValue":"retry"}}],
        "droppedAttributesCount":1,"flags":1}]}]}]}]}
        """;

    [Fact]
    public void A_bad_span_is_refused_with_its_reason_and_its_neighbours_are_kept()
    {
        (string Reason, Proto Span)[] bad =
        [
            ("bad_trace_id", new Proto().Bytes(1, new byte[15]).Bytes(2, SpanIdBytes).Fixed(7, 1)),
            ("bad_trace_id", new Proto().Bytes(1, new byte[16]).Bytes(2, SpanIdBytes).Fixed(7, 1)),
            ("bad_trace_id", new Proto()),
            ("bad_span_id", new Proto().Bytes(1, TraceIdBytes).Bytes(2, new byte[8]).Fixed(7, 1)),
            ("bad_span_id", new Proto().Bytes(1, TraceIdBytes).Bytes(2, TraceIdBytes).Fixed(7, 1)),
            ("bad_parent_id", Span("s").Bytes(4, [1])),
            ("no_time", Span("s", 0)),
            ("time_range", Span("s", 1UL << 63)),
            ("time_range", Span("s", 1, ulong.MaxValue)),
            ("malformed", Span("s").Bytes(9, [0x0a, 0x7f])),
        ];
        foreach (var (reason, span) in bad)
        {
            using var bench = new OtlpSpans();
            var result = bench.Decode(Request(Span("before"), span, Span("after")));
            Assert.Equal((2, 1), (result.Accepted, result.Rejected));
            Assert.StartsWith("1 span refused, the first of service \"shop\": ", result.Reasons, StringComparison.Ordinal);
            Assert.Equal(["before", "after"], bench.Spans().Select(s => s.Name));
            Assert.Equal(1, bench.Dropped("spans", reason));
        }
    }

    [Fact]
    public void A_span_of_json_with_a_field_of_a_wrong_type_is_refused_alone()
    {
        foreach (var wrong in (string[])["\"startTimeUnixNano\":true", "\"traceId\":\"xyz\"", "\"kind\":\"SERVER\"", "\"attributes\":{}", "\"name\":5", "\"flags\":4294967296", "\"name\":\"\\ud800\""])
        {
            using var bench = new OtlpSpans();
            const string Good = "\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\",\"startTimeUnixNano\":1,\"endTimeUnixNano\":\"3\"";
            var result = bench.DecodeJson($$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{{Good}}},{"name":"x",{{wrong}}},{{{Good}},"name":"after"},5]}]}]}""");
            Assert.Equal((2, 2), (result.Accepted, result.Rejected));
            Assert.Contains("OTLP JSON", result.Reasons, StringComparison.Ordinal);
            Assert.Equal(["", "after"], bench.Spans().Select(s => s.Name));
            Assert.Equal(2, bench.Dropped("spans", "malformed"));
        }
    }

    [Fact]
    public void So_many_malformed_spans_make_a_malformed_request()
    {
        using var bench = new OtlpSpans(new EventLimits { MalformedMax = 2 });
        var bad = Span("s").Bytes(9, [0x0a, 0x7f]);
        Assert.Equal(2, bench.Decode(Request(bad, bad)).Rejected);
        Assert.Throws<BadInputException>(() => bench.Decode(Request(bad, bad, bad)));
        Assert.Throws<BadInputException>(() => bench.DecodeJson("""{"resourceSpans":[{"scopeSpans":[{"spans":[1,2,3]}]}]}"""));
    }

    [Theory]
    [InlineData(StartNs - 1)]
    [InlineData(0)]
    public void A_span_that_ends_before_it_begins_or_never_is_kept_without_a_duration_and_counted(ulong endNs)
    {
        using var bench = new OtlpSpans();
        Assert.Equal(1, bench.Decode(Request(Span("s", endNs: endNs))).Accepted);
        Assert.Equal(0, Assert.Single(bench.Spans()).DurationNs);
        Assert.Equal(1, bench.Dropped("span_parts", "end_before_start"));
    }

    [Fact]
    public void A_root_may_have_no_parent_or_one_of_zeros_and_a_span_need_have_no_name()
    {
        using var bench = new OtlpSpans();
        Assert.Equal(2, bench.Decode(Request(Span("").Bytes(4, new byte[8]), Span("").Bytes(4, []))).Accepted);
        Assert.All(bench.Spans(), s => Assert.True(s.ParentId.IsEmpty && s.Name.Length == 0));
    }

    [Fact]
    public void What_is_too_much_of_a_span_is_left_out_or_cut_counted_and_told_in_the_span()
    {
        var limits = new EventLimits { AttributesMax = 2, ValueBytesMax = 4, KeyBytesMax = 3, EventsMax = 1, LinksMax = 1, NestingMax = 1, NameBytesMax = 5 };
        (string Reason, uint Dropped, Proto Span, string Expected)[] cases =
        [
            ("attributes_limit", 1, Span("s").Attribute(9, "a", "1").Attribute(9, "b", "2").Attribute(9, "c", "3"), """{"a":"1","b":"2"}"""),
            ("value_bytes_limit", 1, Span("s").Attribute(9, "a", "abcdef"), """{"a":"abcd"}"""),
            ("value_bytes_limit", 1, Span("s").Attribute(9, "a", "abcüü"), """{"a":"abc"}"""),
            ("value_bytes_limit", 1, Span("s").Message(9, Attribute("a", new Proto().Bytes(7, new byte[5]))).Attribute(9, "b", "2"), """{"b":"2"}"""),
            ("key_bytes_limit", 1, Span("s").Attribute(9, "abcd", "1").Attribute(9, "b", "2"), """{"b":"2"}"""),
            ("bad_attribute_key", 1, Span("s").Attribute(9, "", "1"), ""),
            ("nesting_limit", 1, Span("s").Message(9, Attribute("a", new Proto().Message(5, new Proto().Message(1, new Proto().Message(5, new Proto()))))), ""),
            ("bad_utf8", 0, Span("s").Message(9, Attribute("a", new Proto().Bytes(1, [0x61, 0xff, 0x22]))), "{\"a\":\"a\ufffd\\\"\"}"),
            ("events_limit", 1, Span("s").Message(11, new Proto().Fixed(1, 1)).Message(11, new Proto().Fixed(1, 2)), ""),
            ("time_range", 1, Span("s").Message(11, new Proto().Fixed(1, ulong.MaxValue)), ""),
            ("bad_trace_id", 1, Span("s").Message(13, new Proto().Bytes(2, SpanIdBytes)), ""),
            ("links_limit", 1, Span("s").Message(13, new Proto().Bytes(1, TraceIdBytes).Bytes(2, SpanIdBytes)).Message(13, new Proto()), ""),
            ("name_bytes_limit", 0, Span("abcdefg"), ""),
        ];
        foreach (var (reason, dropped, span, expected) in cases)
        {
            using var bench = new OtlpSpans(limits);
            var result = bench.Decode(RequestOf(new Proto(), new Proto(), span));
            Assert.Equal((1, 0), (result.Accepted, result.Rejected));
            var record = Assert.Single(bench.Spans());
            AssertReadable(record);
            Assert.Equal((reason, dropped, expected), (reason, record.Dropped, Text(record.Attributes)));
            Assert.True(bench.Dropped("span_parts", reason) == 1, reason);
        }
    }

    [Fact]
    public void A_request_has_limits_of_spans_and_of_texts()
    {
        using var counted = new OtlpSpans(new EventLimits { PerRequestMax = 2 });
        var result = counted.Decode(Request(Span("a"), Span("b"), Span("c")));
        Assert.Equal((2, 1), (result.Accepted, result.Rejected));
        Assert.Equal(1, counted.Dropped("spans", "count_limit"));

        using var weighed = new OtlpSpans(new EventLimits { TextBytesPerRequestMax = 10 });
        result = weighed.Decode(Request(Span("0123456789a"), Span("b")));
        Assert.Equal((1, 1), (result.Accepted, result.Rejected));
        Assert.Equal(1, weighed.Dropped("spans", "text_bytes_limit"));

        result = weighed.Decode(Request(Span("0123456789a").Attribute(9, "a", "b").Message(11, new Proto().Fixed(1, 1))));
        Assert.Equal(2u, Assert.Single(weighed.Spans()).Dropped);
        Assert.Equal((1, 2), (result.Accepted, weighed.Dropped("span_parts", "text_bytes_limit")));

        using var grouped = new OtlpSpans(new EventLimits { OriginsPerRequestMax = 1 });
        result = grouped.Decode([.. Request(Span("a")), .. Request(Span("b"), Span("c"))]);
        Assert.Equal((1, 2), (result.Accepted, result.Rejected));
        Assert.Equal(2, grouped.Dropped("spans", "origins_limit"));

        using var large = new OtlpSpans(new EventLimits { OriginBytesPerRequestMax = 10 });
        result = large.Decode(Request(Span("a")));
        Assert.Equal((0, 1), (result.Accepted, result.Rejected));
        Assert.Equal(1, large.Dropped("spans", "origins_limit"));
    }

    [Fact]
    public void Bytes_that_are_no_text_become_the_replacement_character()
    {
        using var bench = new OtlpSpans();
        bench.Decode(Request(Span("").Bytes(5, [0x61, 0xc3, 0x28, 0xe2, 0x82])));
        Assert.Equal("a\ufffd(\ufffd", Assert.Single(bench.Spans()).Name);
    }

    [Fact]
    public void Spans_of_one_origin_share_it_and_a_known_one_is_the_same_object_in_the_next_request()
    {
        using var bench = new OtlpSpans();
        bench.Decode(Request(Span("a"), Span("b")));
        var first = Assert.Single(bench.Batch.Origins);
        bench.Decode(Request(Span("a")));
        Assert.Same(first, Assert.Single(bench.Batch.Origins));
        bench.Decode(RequestOf(new Proto().Attribute(1, "service.name", "other"), new Proto().Attribute(3, "k", "v"), Span("a")));
        var other = Assert.Single(bench.Batch.Origins);
        Assert.Equal(("other", "{\"k\":\"v\"}"), (other.Service, Encoding.UTF8.GetString(other.Scope)));
    }

    [Fact]
    public void A_resource_that_does_not_name_its_service_is_one_of_an_unknown_service()
    {
        using var bench = new OtlpSpans();
        bench.Decode(RequestOf(new Proto(), new Proto(), Span("a")));
        Assert.Equal(Origin.UnknownService, Assert.Single(bench.Spans()).Origin.Service);
    }

    [Fact]
    public void Decoding_leaves_no_garbage_once_the_buffers_have_grown()
    {
        using var bench = new OtlpSpans();
        var request = Request([.. Enumerable.Repeat(Whole, 100)]);
        bench.Decode(request);
        bench.Decode(request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            bench.Decode(request);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Json_leaves_no_garbage_either()
    {
        using var bench = new OtlpSpans();
        var json = Encoding.UTF8.GetBytes(Json.Replace("{\"key\":\"bytes\",\"value\":{\"bytesValue\":\"AQI=\"}},", "", StringComparison.Ordinal));
        for (var i = 0; i < 2; i++)
        {
            bench.Batch.Clear();
            bench.Decoder.DecodeJson(json, bench.Batch);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            bench.Batch.Clear();
            bench.Decoder.DecodeJson(json, bench.Batch);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_published_example_gives_its_span()
    {
        var folder = Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA");
        if (folder is null)
        {
            Assert.Skip("TOKA_REFERENCE_DATA is not set: the published OTLP examples are not here.");
        }

        using var bench = new OtlpSpans();
        Assert.Equal(new EventDecodeResult(1, 0, null), bench.DecodeJson(File.ReadAllText(Path.Combine(folder, "otlp", "trace.json"))));
        Assert.Equal(
            "5b8efff798038103d269b633813fc60c eee19b7ec3c1b174 eee19b7ec3c1b173 1544712660000000000+1000000000 Server Unset \"I'm a server span\" \"\" \"\" f0 d0 "
            + """{"my.span.attr":"some value"}   of my.service {"service.name":"my.service"} my.library 1.0.0 {"my.scope.attribute":"some scope attribute"}""",
            TextOf(Assert.Single(bench.Spans())));
    }
}
