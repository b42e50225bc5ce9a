using System.Net;
using System.Text.Json;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Edges.Tests.Web.Api;
using Toka.Tests.Events;
using Toka.Web.Jaeger;
using static Toka.Edges.Tests.Web.Api.EventsHost;

namespace Toka.Edges.Tests.Web.Jaeger;

/// <summary>Answers as Jaeger's page and Grafana's data source read them.</summary>
public sealed class JaegerApiTests
{
    private const string First = "00000000000000000000000000000001";

    [Fact]
    public async Task A_trace_has_the_shape_of_Jaegers_model()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(
            Span(1, 0, "shop", "GET /pay", 1000, 900, ("http.status", 500L), ("ratio", 0.5), ("hit", true), ("big", 9007199254740993)) with
            {
                Kind = SpanKind.Server, Status = SpanStatus.Error, StatusMessage = "late", Dropped = 2, TraceState = "a=b",
                Origin = new Origin(SpanBatches.AttributesOf(("service.name", "shop"), ("zone", "eu")), "lib", "1.2", default),
                Events = SpanBatches.EventsOf((NowNs, "retry", [("attempt", 2L)])),
                Links = SpanBatches.LinksOf((new TraceId(9), new SpanId(10), []), (new TraceId(9), new SpanId(11), [("opentracing.ref_type", "child_of")])),
            },
            Span(2, 1, "bank", "SELECT", 900, 0.0015));

        var (status, body) = await host.Web.GetAsync("jaeger/api/traces/1");
        Assert.Equal(HttpStatusCode.OK, status);
        var us = NowNs / 1000;
        var expected = $$$"""
            {"data":[{"traceID":"{{{First}}}","spans":[
            {"traceID":"{{{First}}}","spanID":"0000000000000001","flags":0,"operationName":"GET /pay","references":[
            {"refType":"FOLLOWS_FROM","traceID":"00000000000000000000000000000009","spanID":"000000000000000a"},
            {"refType":"CHILD_OF","traceID":"00000000000000000000000000000009","spanID":"000000000000000b"}],
            "startTime":{{{us - 1_000_000}}},"duration":900000,"tags":[
            {"key":"http.status","type":"int64","value":500},{"key":"ratio","type":"float64","value":0.5},{"key":"hit","type":"bool","value":true},{"key":"big","type":"int64","value":"9007199254740993"},
            {"key":"span.kind","type":"string","value":"server"},{"key":"otel.status_code","type":"string","value":"ERROR"},{"key":"error","type":"bool","value":true},
            {"key":"otel.status_description","type":"string","value":"late"},{"key":"otel.scope.name","type":"string","value":"lib"},{"key":"otel.scope.version","type":"string","value":"1.2"},
            {"key":"w3c.tracestate","type":"string","value":"a=b"}],
            "logs":[{"timestamp":{{{us}}},"fields":[{"key":"event","type":"string","value":"retry"},{"key":"attempt","type":"int64","value":2}]}],
            "processID":"p1","warnings":["the sender dropped 2 attributes, events or links"]},
            {"traceID":"{{{First}}}","spanID":"0000000000000002","flags":0,"operationName":"SELECT","references":[{"refType":"CHILD_OF","traceID":"{{{First}}}","spanID":"0000000000000001"}],
            "startTime":{{{us - 900_000}}},"duration":1,"tags":[],"logs":[],"processID":"p2","warnings":null}],
            "processes":{"p1":{"serviceName":"shop","tags":[{"key":"zone","type":"string","value":"eu"}]},"p2":{"serviceName":"bank","tags":[]}},"warnings":null}],
            "total":1,"limit":0,"offset":0,"errors":null}
            """;
        Assert.Equal(expected.ReplaceLineEndings(""), body);
    }

    [Fact]
    public async Task Services_and_operations_are_listed()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(Span(1, 0, "shop", "GET /pay", 1000, 900) with { Kind = SpanKind.Server }, Span(2, 1, "bank", "SELECT", 900, 700), Span(3, 1, "shop", "call bank", 900, 800) with { Kind = SpanKind.Client });

        Assert.Equal("""{"data":["bank","shop"],"total":2,"limit":0,"offset":0,"errors":null}""", (await host.Web.GetAsync("jaeger/api/services")).Body);
        Assert.Equal("""{"data":["GET /pay","call bank"],"total":2,"limit":0,"offset":0,"errors":null}""", (await host.Web.GetAsync("jaeger/api/services/shop/operations")).Body);
        Assert.Equal(
            """{"data":[{"name":"GET /pay","spanKind":"server"},{"name":"call bank","spanKind":"client"}],"total":2,"limit":0,"offset":0,"errors":null}""",
            (await host.Web.GetAsync("jaeger/api/operations?service=shop")).Body);
        Assert.Equal("""{"data":[{"name":"call bank","spanKind":"client"}],"total":1,"limit":0,"offset":0,"errors":null}""", (await host.Web.GetAsync("jaeger/api/operations?service=shop&spanKind=client")).Body);
    }

    [Fact]
    public async Task A_search_takes_the_fields_of_Jaegers_form()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(
            Span(1, 0, "shop", "GET /pay", 1000, 900, ("http.status", 500L)) with { Status = SpanStatus.Error },
            Span(2, 1, "bank", "SELECT", 900, 700),
            Span(3, 0, "shop", "GET /", 500, 5) with { TraceId = new TraceId(2) });
        var us = NowNs / 1000;

        Assert.Equal([2, 1], await FoundAsync("service=shop"));
        Assert.Equal([1], await FoundAsync("service=shop&operation=GET%20%2Fpay&minDuration=100ms&maxDuration=1s"));
        Assert.Equal([1], await FoundAsync("service=shop&tags=" + Uri.EscapeDataString("""{"error":"true","http.status":500}""")));
        Assert.Equal([1], await FoundAsync("service=shop&tag=http.status:500"));
        Assert.Equal([2], await FoundAsync("service=shop&limit=1"));
        Assert.Equal([2], await FoundAsync($"service=shop&start={us - 600_000}&end={us}&lookback=1h"));
        Assert.Equal([2], await FoundAsync("service=shop&lookback=600ms"));
        Assert.Equal([1, 2], await FoundAsync("traceID=1&traceID=2&traceID=77"));
        Assert.Equal([], await FoundAsync("service=none"));
        Assert.Equal(2, (await host.Web.GetJsonAsync("jaeger/api/traces?service=bank")).GetProperty("data")[0].GetProperty("spans").GetArrayLength());

        async Task<IEnumerable<ulong>> FoundAsync(string query) => (await host.Web.GetJsonAsync("jaeger/api/traces?" + query)).GetProperty("data").EnumerateArray()
            .Select(static trace => ulong.Parse(trace.GetProperty("traceID").GetString()!, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("traces", "service")]
    [InlineData("traces?service=a&tags=x", "tags")]
    [InlineData("traces?service=a&tag=x", "tag")]
    [InlineData("traces?service=a&start=yesterday", "start")]
    [InlineData("traces?service=a&start=2000000&end=1000000", "end")]
    [InlineData("traces?service=a&minDuration=5", "minDuration")]
    [InlineData("traces?traceID=xyz", "traceID")]
    [InlineData("traces/xyz", "traceID")]
    [InlineData("operations", "service")]
    public async Task What_is_wrong_is_told_in_Jaegers_form(string path, string parameter)
    {
        await using var host = await EventsHost.StartAsync();
        var (status, body) = await host.Web.GetAsync("jaeger/api/" + path);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        var error = JsonDocument.Parse(body).RootElement.GetProperty("errors")[0];
        Assert.Equal(400, error.GetProperty("code").GetInt32());
        Assert.Contains($"\"{parameter}\"", error.GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_that_is_not_there_is_not_found()
    {
        await using var host = await EventsHost.StartAsync();
        var (status, body) = await host.Web.GetAsync("jaeger/api/traces/abc");
        Assert.Equal((HttpStatusCode.NotFound, """{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}"""), (status, body));
    }

    [Fact]
    public async Task Calls_between_services_come_from_whoever_counts_them()
    {
        var calls = new Calls();
        var spans = new SpanRing();
        await using var host = await WebHost.StartAsync(services => services with { Spans = spans, Dependencies = calls });
        Assert.Equal(
            """{"data":[{"parent":"shop","child":"bank","callCount":3}],"total":1,"limit":0,"offset":0,"errors":null}""",
            (await host.GetAsync("jaeger/api/dependencies?endTs=1700000000000&lookback=3600000")).Body);
        Assert.Equal(new EventRange(1_699_996_400_000_000_000, 1_700_000_000_000_000_000), calls.Asked);

        await using var without = await EventsHost.StartAsync();
        Assert.Equal(HttpStatusCode.NotImplemented, (await without.Web.GetAsync("jaeger/api/dependencies")).Status);
    }

    private sealed class Calls : IServiceDependencies
    {
        public EventRange Asked { get; private set; }

        public ValueTask<IReadOnlyList<ServiceDependency>> ReadAsync(EventRange range, CancellationToken cancellationToken)
        {
            Asked = range;
            return ValueTask.FromResult<IReadOnlyList<ServiceDependency>>([new ServiceDependency("shop", "bank", 3)]);
        }
    }
}
