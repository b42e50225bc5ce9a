using Toka.Core.Series;
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
        _ = new IngestTally(host.Services.Self, "scrape");

        using var response = await host.Client.GetAsync(new Uri("/api/toka/v1/ingest", UriKind.Relative));
        Assert.Equal(
            """{"protocols":[{"name":"influx","samples":10,"requests":{"ok":1,"partial":1},"refused":{"string_field":3,"too_old":2}},"""
            + """{"name":"scrape","samples":0,"requests":{},"refused":{}}]}""",
            await response.Content.ReadAsStringAsync());
    }
}
