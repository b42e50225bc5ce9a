using Toka.Core.Spans;
using Toka.Tracing.SpanMetrics;

namespace Toka.Features.Tests.Tracing.SpanMetrics;

public sealed class ServiceGraphTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_and_its_server_are_an_edge_whichever_comes_first(bool clientFirst)
    {
        var bench = new SpanMetricsBench();
        var client = TestTrace.Span(1, 1, 9, 0, 100, "shop", "GET", SpanKind.Client);
        var server = TestTrace.Span(1, 2, 1, 10, 80, "stock", "GET /", SpanKind.Server, SpanStatus.Error);
        await bench.AddAsync(clientFirst ? client : server);
        await bench.AddAsync(clientFirst ? server : client);
        var lines = await bench.IntervalAsync("service_graph");
        const string Edge = """{client="shop",server="stock"}""";
        Assert.Contains($"traces_service_graph_request_total{Edge} 1 @10", lines);
        Assert.Contains($"traces_service_graph_request_failed_total{Edge} 1 @10", lines);
        Assert.Contains($"traces_service_graph_request_server_seconds{Edge} count 1 sum 0.08 @10", lines);
        Assert.Contains($"traces_service_graph_request_client_seconds{Edge} count 1 sum 0.1 @10", lines);
        Assert.Contains($"exemplar traces_service_graph_request_server_seconds{Edge} 0000000000000002 0.08", lines);
    }

    [Fact]
    public async Task A_database_is_an_edge_at_once_and_a_peer_without_spans_after_the_wait()
    {
        var bench = new SpanMetricsBench();
        await bench.AddAsync(
            TestTrace.Span(1, 1, 9, 0, 5, "shop", "SELECT", SpanKind.Client, attributes: """{"db.system.name":"postgresql","db.namespace":"orders","server.address":"db1"}"""),
            TestTrace.Span(1, 2, 9, 0, 5, "shop", "GET", SpanKind.Client, attributes: """{"server.address":"api.example.com"}"""),
            TestTrace.Span(1, 3, 9, 0, 5, "shop", "GET", SpanKind.Client),
            TestTrace.Span(1, 4, 9, 0, 5, "shop", "GET /", SpanKind.Server));
        Assert.Equal(["shop>orders database 1"], await EdgesAsync(bench, 5));
        Assert.Equal(["shop>api.example.com virtual_node 1", "shop>orders database 1"], await EdgesAsync(bench, 5));
        Assert.Equal(1, bench.Metric("toka_service_graph_unpaired_spans_total", ("side", "client")));
        Assert.Equal(1, bench.Metric("toka_service_graph_unpaired_spans_total", ("side", "server")));
    }

    [Fact]
    public async Task A_trace_that_begins_at_a_server_was_begun_by_a_user()
    {
        var bench = new SpanMetricsBench();
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5, "shop", "GET /", SpanKind.Server));
        Assert.Equal(["user>shop virtual_node 1"], await EdgesAsync(bench));
    }

    [Fact]
    public async Task A_message_leads_to_each_of_its_consumers_by_parent_or_by_link()
    {
        var bench = new SpanMetricsBench();
        await bench.AddAsync(
            TestTrace.Span(1, 1, 9, 0, 5, "shop", "send", SpanKind.Producer),
            TestTrace.Span(1, 2, 1, 10, 5, "mail", "process", SpanKind.Consumer),
            TestTrace.Span(7, 3, 0, 10, 5, "audit", "process", SpanKind.Consumer, links: """[{"i":"00000000000000000000000000000001","s":"0000000000000001"}]"""));
        Assert.Equal(["shop>audit messaging_system 1", "shop>mail messaging_system 1"], await EdgesAsync(bench, 60));
        Assert.Equal(0, bench.Metric("toka_service_graph_unpaired_spans_total"));
    }

    [Fact]
    public async Task The_side_that_was_kept_more_rarely_says_for_how_many_the_call_counts()
    {
        var bench = new SpanMetricsBench();
        await bench.AddAsync(
            TestTrace.Span(1, 1, 9, 0, 5, "shop", "GET", SpanKind.Client, traceState: "ot=th:8"),
            TestTrace.Span(1, 2, 1, 0, 5, "stock", "GET", SpanKind.Server, traceState: "ot=th:c"));
        Assert.Equal(["shop>stock  4"], await EdgesAsync(bench));
    }

    [Fact]
    public async Task Waiting_sides_are_bounded_and_edges_too()
    {
        var bench = new SpanMetricsBench(new SpanMetricsOptions { Histograms = HistogramForms.Native, PairsMax = 100, EdgesMax = 1 });
        await bench.AddAsync([.. Enumerable.Range(1, 150).Select(static i => TestTrace.Span(1, (ulong)i, 999, 0, 5, "shop", "GET", SpanKind.Client))]);
        Assert.Equal(50, bench.Metric("toka_dropped_total", ("signal", "service_graph")));
        Assert.Equal(100, bench.Metric("toka_service_graph_waiting_spans"));
        await bench.AddAsync(TestTrace.Span(2, 1, 0, 0, 5, "a", "GET", SpanKind.Server), TestTrace.Span(3, 1, 0, 0, 5, "b", "GET", SpanKind.Server));
        Assert.Equal(["other>other  1", "user>a virtual_node 1"], await EdgesAsync(bench, 60));
        Assert.Equal(1, bench.Metric("toka_service_graph_overflow_requests_total"));
        Assert.Equal(100, bench.Metric("toka_service_graph_unpaired_spans_total"));
    }

    private static async Task<List<string>> EdgesAsync(SpanMetricsBench bench, int seconds = 10)
    {
        var lines = await bench.IntervalAsync("traces_service_graph_request_total", seconds);
        var at = $"@{bench.Time.GetUtcNow().ToUnixTimeSeconds()}";
        return [.. lines.Where(line => line.StartsWith("traces", StringComparison.Ordinal) && line.EndsWith(at, StringComparison.Ordinal))
            .Select(static line => $"{Label(line, "client")}>{Label(line, "server")} {Label(line, "connection_type")} {line.Split(' ')[^2]}").Order(StringComparer.Ordinal)];
    }

    private static string Label(string line, string name)
    {
        var start = line.IndexOf($"{name}=\"", StringComparison.Ordinal);
        return start < 0 ? "" : line[(start + name.Length + 2)..line.IndexOf('"', start + name.Length + 2)];
    }
}
