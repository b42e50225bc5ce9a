using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Logs;
using Toka.Core.Telemetry;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Logs;

namespace Toka.Engines.Tests.Protocols.Otlp;

public sealed class OtlpLogsTests : IDisposable
{
    private const ulong TimeNs = 1_700_000_000_000_000_000;
    private static readonly DateTimeOffset s_now = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(s_now);
    private readonly LogBatch _batch = new();
    private OtlpLogsDecoder _decoder;

    public OtlpLogsTests() => _decoder = new OtlpLogsDecoder(new EventLimits(), _time);

    /// <summary>A record that uses every field.</summary>
    internal static Proto Whole => new Proto().Fixed(1, TimeNs).Fixed(11, TimeNs + 7).Varint(2, 17).Text(3, "Fehler").Message(5, new Proto().Text(1, "it \"broke\"\n"))
        .Attribute(6, "a", "b").Message(6, OtlpSpans.Attribute("n", new Proto().Varint(3, 4))).Varint(7, 3).Fixed32(8, 1)
        .Bytes(9, OtlpSpans.TraceIdBytes).Bytes(10, OtlpSpans.SpanIdBytes).Text(12, "broken");

    private const string WholeText =
        """1700000000000000000/1700000000000000007 5b8efff798038103d269b633813fc60c eee19b7ec3c1b174 f1 d3 17 "Fehler" "broken" "it "broke"|" {"a":"b","n":4} of shop lib""";

    internal const string Json = """
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"scope":{"name":"lib"},"logRecords":[
        {"timeUnixNano":"1700000000000000000","observed_time_unix_nano":1700000000000000007,"severityNumber":"SEVERITY_NUMBER_ERROR","severityText":"Fehler",
        "body":{"stringValue":"it \"broke\"\n"},"attributes":[{"key":"a","value":{"stringValue":"b"}},{"key":"n","value":{"intValue":"4"}}],"droppedAttributesCount":3,
        "flags":1,"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","eventName":"broken","other":null}]}]}]}
        """;

    public void Dispose() => _decoder.Dispose();

    [Fact]
    public void Everything_that_a_record_says_is_in_its_row_and_json_says_the_same()
    {
        Assert.Equal(new EventDecodeResult(1, 0, null), Decode(Whole));
        Assert.Equal(WholeText, TextOf(Assert.Single(Records())));
        _batch.Clear();
        Assert.Equal(new EventDecodeResult(1, 0, null), _decoder.DecodeJson(Encoding.UTF8.GetBytes(Json), _batch));
        Assert.Equal(WholeText, TextOf(Assert.Single(Records())));
    }

    [Fact]
    public void A_record_happened_when_it_was_observed_or_now_where_it_does_not_say_when()
    {
        Decode(new Proto().Fixed(11, 5), new Proto(), new Proto().Fixed(1, 6));
        var now = s_now.ToUnixTimeSeconds() * 1_000_000_000;
        Assert.Equal([(5, 5), (now, now), (6, 0)], Records().Select(r => (r.TimeNs, r.ObservedNs)));
    }

    [Fact]
    public void A_body_that_is_no_text_is_json()
    {
        Decode(
            Body(new Proto().Varint(3, 5)), Body(new Proto().Varint(2, 1)), Body(new Proto().Double(4, 1)), Body(new Proto()), Body(new Proto().Bytes(7, [1])),
            Body(new Proto().Message(6, new Proto().Message(1, OtlpSpans.Attribute("k", new Proto().Text(1, "v"))))), Body(new Proto().Bytes(1, [0xff])));
        Assert.Equal(["5", "true", "1.0", "", """{"$bytes":"AQ=="}""", """{"k":"v"}""", "\ufffd"], Records().Select(r => r.Body));
    }

    [Fact]
    public void A_bad_record_is_refused_with_its_reason_and_its_neighbours_are_kept()
    {
        Use(new EventLimits { BodyBytesMax = 4, NestingMax = 1 });
        var list = new Proto().Message(5, new Proto().Message(1, new Proto().Text(1, "long text")));
        var deep = new Proto().Message(5, new Proto().Message(1, new Proto().Message(5, new Proto())));
        var result = Decode(Body(new Proto().Text(1, "a")), new Proto().Fixed(1, ulong.MaxValue), Body(list), Body(deep), new Proto().Bytes(6, [0x0a, 9]), Body(new Proto().Text(1, "b")));
        Assert.Equal((2, 4), (result.Accepted, result.Rejected));
        Assert.Equal(["a", "b"], Records().Select(r => r.Body));
        foreach (var reason in (string[])["time_range", "value_bytes_limit", "nesting_limit", "malformed"])
        {
            Assert.Equal((reason, 1), (reason, Dropped("logs", reason)));
        }
    }

    [Fact]
    public void Ids_that_are_none_are_left_out_and_so_is_a_severity_that_is_none()
    {
        Decode(new Proto().Bytes(9, [1, 2]).Bytes(10, new byte[9]).Varint(2, 25), new Proto().Bytes(9, new byte[16]).Bytes(10, new byte[8]));
        Assert.All(Records(), r => Assert.True(r.TraceId.IsEmpty && r.SpanId.IsEmpty && r.Severity == 0));
        Assert.Equal([2u, 0u], Records().Select(r => r.Dropped));
        Assert.Equal((1, 1), (Dropped("log_parts", "bad_trace_id"), Dropped("log_parts", "bad_span_id")));
    }

    [Fact]
    public void A_long_body_is_cut_counted_and_told_in_the_record()
    {
        Use(new EventLimits { BodyBytesMax = 4 });
        Decode(Body(new Proto().Text(1, "abcüü")));
        var record = Assert.Single(Records());
        Assert.Equal(("abc", 1u), (record.Body, record.Dropped));
        Assert.Equal(1, Dropped("log_parts", "value_bytes_limit"));
    }

    [Fact]
    public void Decoding_leaves_no_garbage_once_the_buffers_have_grown()
    {
        var request = OtlpSpans.Request([.. Enumerable.Repeat(Whole, 100)]);
        var json = Encoding.UTF8.GetBytes(Json);
        var before = 0L;
        for (var i = 0; i < 12; i++)
        {
            before = i == 2 ? GC.GetAllocatedBytesForCurrentThread() : before;
            _batch.Clear();
            _decoder.DecodeProtobuf(request, _batch);
            _decoder.DecodeJson(json, _batch);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("logs.json")]
    [InlineData("events.json")]
    public void The_published_examples_give_their_records(string file)
    {
        var folder = Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA");
        if (folder is null)
        {
            Assert.Skip("TOKA_REFERENCE_DATA is not set: the published OTLP examples are not here.");
        }

        Assert.Equal(new EventDecodeResult(1, 0, null), _decoder.DecodeJson(File.ReadAllBytes(Path.Combine(folder, "otlp", file)), _batch));
        var record = Assert.Single(Records());
        Assert.Equal((1544712660300000000, "my.service", "my.library", "1.0.0"), (record.TimeNs, record.Origin.Service, record.Origin.ScopeName, record.Origin.ScopeVersion));
        Assert.Equal(
            file == "logs.json"
                ? """10 Information Example log record  {"string.attribute":"some string","boolean.attribute":true,"int.attribute":10,"double.attribute":637.704,"array.attribute":["many","values"],"map.attribute":{"some.map.key":"some value"}}"""
                : """9 test severity text {"type":0,"url":"https://www.guidgenerator.com/online-guid-generator.aspx","referrer":"https://wwww.google.com","title":"Free Online GUID Generator"} browser.page_view {"event.attribute":"some event attribute"}""",
            $"{record.Severity} {record.SeverityText} {record.Body} {record.EventName} {OtlpSpans.Text(record.Attributes)}");
    }

    private static Proto Body(Proto value) => new Proto().Fixed(1, TimeNs).Message(5, value);

    private static string TextOf(LogRecord r) => string.Create(CultureInfo.InvariantCulture,
        $"{r.TimeNs}/{r.ObservedNs} {r.TraceId} {r.SpanId} f{r.Flags} d{r.Dropped} {r.Severity} \"{r.SeverityText}\" \"{r.EventName}\" \"{r.Body.Replace('\n', '|')}\" {OtlpSpans.Text(r.Attributes)} of {r.Origin.Service} {r.Origin.ScopeName}");

    private void Use(EventLimits limits)
    {
        _decoder.Dispose();
        _decoder = new OtlpLogsDecoder(limits, _time);
    }

    private EventDecodeResult Decode(params Proto[] records)
    {
        _batch.Clear();
        return _decoder.DecodeProtobuf(OtlpSpans.RequestOf(new Proto().Attribute(1, "service.name", "shop"), new Proto().Text(1, "lib"), records), _batch);
    }

    private List<LogRecord> Records()
    {
        var all = new List<LogRecord>();
        foreach (ref readonly var row in _batch.Rows)
        {
            all.Add(LogRecord.Of(_batch, row));
        }

        return all;
    }

    private double Dropped(string signal, string reason)
    {
        var metrics = new SelfMetrics();
        _decoder.CountRefusals(new IngestTally(metrics, "otlp_http"));
        return metrics.Read()
            .Where(m => m.Labels["__name__"] == "toka_dropped_total" && m.Labels["signal"] == signal && m.Labels["reason"] == reason).Sum(m => m.Value);
    }
}
