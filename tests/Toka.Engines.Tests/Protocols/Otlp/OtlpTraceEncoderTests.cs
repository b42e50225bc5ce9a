using System.Text;
using System.Text.Json;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Traces;
using Toka.Tests.Events;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>What is written as OTLP is read as the same spans.</summary>
public sealed class OtlpTraceEncoderTests
{
    private static readonly SpanRecord s_span = new()
    {
        TraceId = new TraceId(UInt128.MaxValue - 5),
        SpanId = new SpanId(0xfedc_ba98_7654_3210),
        ParentId = new SpanId(7),
        StartNs = 1_700_000_000_123_456_789,
        DurationNs = 987_654_321,
        Origin = new Origin(SpanBatches.AttributesOf(("service.name", "shop"), ("n", 3L)), "lib", "1.2", SpanBatches.AttributesOf(("lang", "cs"))),
        Name = "GET /é",
        Kind = SpanKind.Server,
        Status = SpanStatus.Error,
        StatusMessage = "late",
        TraceState = "a=b",
        Flags = 0x301,
        Dropped = 4,
        Attributes = Encoding.UTF8.GetBytes("""{"text":"x \"y\"","whole":-5,"large":9007199254740993,"double":1.0,"tiny":1E-300,"nan":{"$double":"NaN"},"yes":true,"bytes":{"$bytes":"AAH/"},"list":[1,"a",[true],2.5],"map":{"k":{"$bytes":""},"l":{}}}"""),
        Events = SpanBatches.EventsOf((1_700_000_000_200_000_000, "retry", [("attempt", 2L)]), (1_700_000_000_300_000_000, "done", [])),
        Links = SpanBatches.LinksOf((new TraceId(9), new SpanId(10), [("why", "batch")])),
    };

    private static readonly SpanRecord[] s_spans =
        [s_span, s_span with { SpanId = new SpanId(11), ParentId = default, Status = SpanStatus.Unset, StatusMessage = "", Events = default, Links = default, Attributes = default, Flags = 0 }, s_span with { SpanId = new SpanId(12), Origin = SpanBatches.From("bank") }];

    [Fact]
    public void Protobuf_is_read_as_the_same_spans()
    {
        using var encoder = new OtlpTraceEncoder();
        var batch = new SpanBatch();
        new OtlpTracesDecoder(new EventLimits()).DecodeProtobuf(encoder.Encode(s_spans), batch);
        Assert.Equal(s_spans.Select(TextOf), Read(batch));
    }

    [Fact]
    public void Json_is_read_as_the_same_spans()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WritePropertyName("resourceSpans");
            OtlpTraceJson.Write(json, s_spans);
            json.WriteEndObject();
        }

        var batch = new SpanBatch();
        new OtlpTracesDecoder(new EventLimits()).DecodeJson(stream.ToArray(), batch);
        Assert.Equal(s_spans.Select(TextOf), Read(batch));
    }

    private static List<string> Read(SpanBatch batch)
    {
        var read = new List<string>();
        foreach (ref readonly var row in batch.Rows)
        {
            read.Add(TextOf(SpanRecord.Of(batch, row)));
        }

        return read;
    }

    private static string TextOf(SpanRecord span) =>
        $"{span.TraceId} {span.SpanId} {span.ParentId} {span.StartNs} {span.DurationNs} {span.Name} {span.Kind} {span.Status} {span.StatusMessage} {span.TraceState} {span.Flags} {span.Dropped} "
        + $"{span.Origin.ScopeName} {span.Origin.ScopeVersion} {Text(span.Origin.Resource)} {Text(span.Origin.Scope)} {Text(span.Attributes.Span)} {Text(span.Events.Span)} {Text(span.Links.Span)}";

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
