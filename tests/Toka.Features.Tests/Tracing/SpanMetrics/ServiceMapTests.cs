using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.TimeSeries;
using Toka.Tracing.ServiceMap;
using Toka.Tracing.SpanMetrics;

namespace Toka.Features.Tests.Tracing.SpanMetrics;

public sealed class ServiceMapTests
{
    private const long BaseMs = TestTrace.BaseNs / 1_000_000;

    [Theory]
    [InlineData(HistogramForms.Both)]
    [InlineData(HistogramForms.Classic)]
    public async Task Nodes_edges_and_operations_have_the_figures_of_the_spans_they_are_made_of(HistogramForms forms)
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(BaseMs));
        await using var store = MetricStore.Open(new MetricStoreOptions(), time, new SelfMetrics());
        var spans = new SpanRing();
        await using var writer = new SpanMetricsWriter(spans, store, new SpanMetricsOptions { Histograms = forms }, new SelfMetrics(), time, NullLogger.Instance);
        for (var minute = 0; minute < 30; minute++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            var at = (time.GetUtcNow().ToUnixTimeMilliseconds() - BaseMs) - 500;
            var id = (ulong)(minute * 10) + 1;
            await writer.WriteAsync(TestTrace.BatchOf(
            [
                TestTrace.Span(id, id, 0, at, 400, "shop", "GET /cart", SpanKind.Server),
                TestTrace.Span(id, id + 1, id, at, 300, "shop", "GET", SpanKind.Client),
                TestTrace.Span(id, id + 2, id + 1, at, 200, "stock", "GET /items", SpanKind.Server, minute % 3 == 0 ? SpanStatus.Error : SpanStatus.Ok),
                TestTrace.Span(id, id + 3, id + 2, at, 100, "stock", "SELECT", SpanKind.Client, attributes: """{"db.system":"postgresql"}"""),
                TestTrace.Span(id, id + 4, 77, at, 20, "job", "tick"),
            ]), CancellationToken.None);
            Assert.Null(await writer.FlushAsync(CancellationToken.None));
        }

        var reader = new ServiceMapReader(new QueryEngine(store, QueryOptions.Default, time), store);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var services = await reader.ServicesAsync(BaseMs, now, CancellationToken.None);
        Assert.Equal(["job", "shop", "stock"], services.Select(static service => service.Service));
        Assert.All(services, static service => Assert.Equal(0.1, service.Figures.Rate, 2));
        Assert.Equal(1, services[2].Operations);
        Assert.Equal(1 / 3.0, services[2].Figures.ErrorRatio, 2);
        Assert.InRange(services[1].Figures.P50, 0.2, 0.41);

        var map = await reader.MapAsync(BaseMs, now, CancellationToken.None);
        Assert.Equal(["job ", "postgresql database", "shop ", "stock ", "user virtual_node"], map.Nodes.Select(static node => $"{node.Service} {node.Kind}"));
        Assert.Equal(["shop>stock ", "stock>postgresql database", "user>shop virtual_node"], map.Edges.Select(static edge => $"{edge.Client}>{edge.Server} {edge.Kind}"));
        Assert.Equal(1 / 3.0, map.Edges[0].Figures.ErrorRatio, 2);
        Assert.InRange(map.Edges[0].Figures.P99, 0.1, 0.21);
        Assert.Equal(0.2, map.Edges[0].Exemplar!.Value.Seconds);

        var details = await reader.ServiceAsync("stock", BaseMs, now, CancellationToken.None);
        Assert.Equal(0.1, details.Figures!.Value.Rate, 2);
        Assert.Equal(["GET /items", "SELECT"], details.Operations.Select(static operation => operation.Name).Order());
        Assert.Equal("shop", Assert.Single(details.Callers).Client);
        Assert.Equal("postgresql", Assert.Single(details.Callees).Server);
        Assert.Null((await reader.ServiceAsync("no\"body\\", BaseMs, now, CancellationToken.None)).Figures);
    }
}
