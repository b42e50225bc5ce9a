using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Telemetry;

namespace Toka.Edges.Tests.Web.Api;

public sealed class IngestApiTests
{
    [Fact]
    public async Task What_came_in_is_told_by_protocol_with_what_was_refused_and_why()
    {
        await using var host = await WebHost.StartAsync();
        var influx = new IngestTally(host.Services.Self, "influx");
        influx.Request("ok");
        influx.Request("partial");
        influx.Drop("string_field", 3);
        influx.Written(new WriteResult(10, TooOld: 2));
        var zipkin = new IngestTally(host.Services.Self, "zipkin");
        zipkin.Written(new EventWriteResult(7, OverQuota: 1), "spans");
        zipkin.Drop("no_time", 2, "spans");
        zipkin.Drop("bad_utf8", 2, "span_parts");
        zipkin.Written(new EventWriteResult(5, TooOld: 3), "logs");

        using var response = await host.Client.GetAsync(new Uri("/api/toka/v1/ingest", UriKind.Relative));
        Assert.Equal(
            """{"protocols":[{"name":"influx","samples":10,"spans":0,"logs":0,"requests":{"ok":1,"partial":1},"refused":{"string_field":3,"too_old":2},"refusedSpans":{},"refusedLogs":{}},"""
            + """{"name":"zipkin","samples":0,"spans":7,"logs":5,"requests":{},"refused":{},"refusedSpans":{"no_time":2,"over_quota":1},"refusedLogs":{"too_old":3}}]}""",
            await response.Content.ReadAsStringAsync());
    }
}
