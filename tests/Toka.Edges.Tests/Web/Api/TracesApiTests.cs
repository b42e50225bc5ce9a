using System.Net;
using System.Text.Json;
using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Tests.Events;
using static Toka.Edges.Tests.Web.Api.EventsHost;

namespace Toka.Edges.Tests.Web.Api;

public sealed class TracesApiTests
{
    private const string First = "00000000000000000000000000000001";

    [Fact]
    public async Task A_search_by_fields_gives_traces_at_a_glance_with_the_spans_that_matched()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(
            Span(1, 0, "shop", "GET /pay", 1000, 900),
            Span(2, 1, "bank", "SELECT", 900, 700, ("db.rows", 3L)) with { Status = SpanStatus.Error },
            Span(3, 0, "shop", "GET /", 500, 5) with { TraceId = new TraceId(2) });

        var answer = await host.Web.GetJsonAsync("api/toka/v1/traces?service=bank&operation=SELECT&status=error&minDuration=500ms&maxDuration=1s&attr=db.rows=3&text=select");
        var trace = Assert.Single(answer.GetProperty("traces").EnumerateArray());
        Assert.Equal(First, trace.GetProperty("traceId").GetString());
        Assert.Equal((NowNs - 1_000_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture), trace.GetProperty("startNs").GetString());
        Assert.Equal(("shop", "GET /pay", 2, 1, 1), (Text(trace, "rootService"), Text(trace, "rootName"), Int(trace, "spans"), Int(trace, "errors"), Int(trace, "matchedCount")));
        var matched = Assert.Single(trace.GetProperty("matched").EnumerateArray());
        Assert.Equal(("bank", "SELECT", "error", 3), (Text(matched, "service"), Text(matched, "name"), Text(matched, "status"), Int(matched.GetProperty("attributes"), "db.rows")));
        Assert.False(answer.GetProperty("cost").GetProperty("cut").GetBoolean());
        Assert.Equal(2, (await host.Web.GetJsonAsync("api/toka/v1/traces")).GetProperty("traces").GetArrayLength());
        Assert.True((await host.Web.GetJsonAsync("api/toka/v1/traces?limit=1")).GetProperty("cost").GetProperty("cut").GetBoolean());
        Assert.Empty((await host.Web.GetJsonAsync("api/toka/v1/traces?to=2026-03-01T11:00:00Z")).GetProperty("traces").EnumerateArray());
    }

    [Fact]
    public async Task A_trace_is_given_as_columns_in_the_order_of_its_tree_with_its_critical_path()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(
            Span(2, 1, "bank", "SELECT", 900, 700) with { Events = SpanBatches.EventsOf((5, "retry", [])) },
            Span(1, 0, "shop", "GET /pay", 1000, 900),
            Span(4, 99, "late", "orphan", 100, 10));

        var trace = await host.Web.GetJsonAsync("api/toka/v1/traces/1");
        var columns = trace.GetProperty("columns");
        Assert.Equal(3, Int(trace, "count"));
        Assert.Equal([-1, 0, -2], Ints(columns, "parent"));
        Assert.Equal([0, 1, 0], Ints(columns, "depth"));
        Assert.Equal([0, 100_000_000, 900_000_000], Ints(columns, "start"));
        Assert.Equal([900_000_000, 700_000_000, 10_000_000], Ints(columns, "duration"));
        Assert.Equal([200_000_000, 700_000_000, 10_000_000], Ints(columns, "self"));
        Assert.Equal([0, 1, 0], Ints(columns, "events"));
        Assert.Equal(["GET /pay", "SELECT", "orphan"], Ints(columns, "name").Select(i => trace.GetProperty("names")[(int)i].GetString()));
        Assert.Equal(["shop", "bank", "late"], Ints(columns, "service").Select(i => trace.GetProperty("services")[(int)i].GetString()));
        Assert.Equal(
            [(0, 0, 100_000_000), (1, 100_000_000, 800_000_000), (0, 800_000_000, 900_000_000)],
            trace.GetProperty("criticalPath").EnumerateArray().Select(static part => (Int(part, "span"), Int(part, "from"), Int(part, "to"))));
        Assert.Equal(1, Int(trace.GetProperty("oddities"), "orphans"));
    }

    [Fact]
    public async Task A_span_is_shown_with_its_types_events_links_both_ways_and_logs()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(
            Span(1, 0, "shop", "GET /pay", 1000, 900, ("n", 3L), ("x", 0.5), ("ok", true), ("t", "é")) with { Events = SpanBatches.EventsOf((5, "retry", [("count", 2L)])) },
            Span(7, 0, "worker", "handle", 800, 10) with { TraceId = new TraceId(2), Links = SpanBatches.LinksOf((new TraceId(1), new SpanId(1), [])) });
        await host.AddAsync(
            new LogRecord { TimeNs = NowNs - 900_000_000, TraceId = new TraceId(1), SpanId = new SpanId(1), Origin = SpanBatches.From("shop"), Severity = 17, Body = "no money" },
            new LogRecord { TimeNs = NowNs - 900_000_000, TraceId = new TraceId(1), SpanId = new SpanId(2), Origin = SpanBatches.From("shop"), Body = "of another span" });

        var span = await host.Web.GetJsonAsync("api/toka/v1/traces/1/spans/1");
        Assert.Equal(
            [("n", "int", "3"), ("x", "double", "0.5"), ("ok", "bool", "true"), ("t", "string", "é")],
            span.GetProperty("attributes").EnumerateArray().Select(static a => (Text(a, "key"), Text(a, "type"), Text(a, "value"))));
        Assert.Equal("retry", Text(Assert.Single(span.GetProperty("events").EnumerateArray()), "name"));
        Assert.Equal(("0000000000000007", "worker"), (Text(Assert.Single(span.GetProperty("linkedFrom").EnumerateArray()), "spanId"), Text(span.GetProperty("linkedFrom")[0], "service")));
        Assert.Equal("no money", Text(Assert.Single(span.GetProperty("logs").EnumerateArray()), "body"));
        var other = await host.Web.GetJsonAsync("api/toka/v1/traces/2/spans/7");
        Assert.Equal((First, "0000000000000001"), (Text(Assert.Single(other.GetProperty("links").EnumerateArray()), "traceId"), Text(other.GetProperty("links")[0], "spanId")));
        Assert.Equal(2, (await host.Web.GetJsonAsync("api/toka/v1/traces/1/logs")).GetProperty("logs").GetArrayLength());
    }

    [Theory]
    [InlineData("api/toka/v1/traces/zz", 400, "is not the id of a trace")]
    [InlineData("api/toka/v1/traces/1", 404, "There is no trace 00000000000000000000000000000001")]
    [InlineData("api/toka/v1/traces/1/spans/1", 404, "has no span 0000000000000001")]
    [InlineData("api/toka/v1/traces?status=bad", 400, "write error, ok or unset")]
    [InlineData("api/toka/v1/traces?minDuration=5", 400, "a number and its unit")]
    [InlineData("api/toka/v1/traces?attr=x", 400, "KEY=VALUE")]
    [InlineData("api/toka/v1/traces?limit=5000", 400, "more than 1000")]
    [InlineData("api/toka/v1/traces?from=2&to=1", 400, "before from")]
    [InlineData("api/toka/v1/events/values?field=x", 400, "attr:KEY")]
    [InlineData("api/toka/v1/traces?q={}&service=shop", 400, "it stands beside q")]
    [InlineData("api/toka/v1/traces/series?q={}|rate()&step=1000y", 400, "longer than all time")]
    [InlineData("api/toka/v1/traces/series?q={}|rate()&step=1ms", 400, "take a longer one")]
    [InlineData("api/toka/v1/logs/histogram?step=1000y", 400, "longer than all time")]
    public async Task A_request_that_cannot_be_answered_is_told_why(string path, int status, string error)
    {
        await using var host = await EventsHost.StartAsync();
        var (code, body) = await host.Web.GetAsync(path);
        Assert.Equal((HttpStatusCode)status, code);
        Assert.Contains(error, JsonDocument.Parse(body).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_may_have_a_slash_in_its_name()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(Span(1, 0, "team/checkout", "GET /pay", 1000, 900));
        Assert.Equal("GET /pay", (await host.Web.GetJsonAsync("jaeger/api/services/team%2Fcheckout/operations")).GetProperty("data")[0].GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Web.GetAsync("jaeger/api/traces?service=team%2Fcheckout&lookback=soon")).Status);
    }

    [Fact]
    public async Task A_preview_of_sampling_reads_its_policies_whatever_the_content_type()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(Span(1, 0, "shop", "GET /pay", 1000, 900), Span(2, 0, "shop", "GET /", 500, 5) with { TraceId = new TraceId(2) });
        using var body = new StringContent("policies: [{ name: slow, type: latency, least: 500ms }]", null, "application/x-www-form-urlencoded");
        using var answer = await host.Web.Client.PostAsync("api/toka/v1/sampling/preview", body, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        var preview = JsonDocument.Parse(text).RootElement;
        Assert.Equal((2, 1), (Int(preview, "traces"), Int(preview, "tracesKept")));
        Assert.Equal("slow", Text(Assert.Single(preview.GetProperty("policies").EnumerateArray()), "name"));
        using var nothing = await host.Web.Client.PostAsync("api/toka/v1/sampling/preview", new StringContent("{}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
    }

    [Fact]
    public async Task Keys_and_values_of_attributes_complete_what_is_typed()
    {
        await using var host = await EventsHost.StartAsync();
        await host.AddAsync(Span(1, 0, "shop", "GET /pay", 1000, 900, ("db.system", "sqlite")), Span(2, 1, "bank", "SELECT", 900, 700, ("db.system", "mysql")));

        var keys = await host.Web.GetJsonAsync("api/toka/v1/events/keys");
        Assert.Contains(keys.GetProperty("keys").EnumerateArray(), static key => Text(key, "field") == "span:db.system" && Text(key, "type") == "string");
        var values = await host.Web.GetJsonAsync("api/toka/v1/events/values?field=attr:db.system&prefix=sqli");
        Assert.Equal("sqlite", Text(Assert.Single(values.GetProperty("values").EnumerateArray()), "value"));
        values = await host.Web.GetJsonAsync("api/toka/v1/events/values?field=name&service=bank");
        Assert.Equal("SELECT", Text(Assert.Single(values.GetProperty("values").EnumerateArray()), "value"));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static IEnumerable<long> Ints(JsonElement element, string name) => element.GetProperty(name).EnumerateArray().Select(static item => item.GetInt64());
}
