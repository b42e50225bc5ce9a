using System.Net;
using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Tests.Events;
using static Toka.Edges.Tests.Web.Api.EventsHost;

namespace Toka.Edges.Tests.Web.Api;

public sealed class LogsApiTests
{
    [Theory]
    [InlineData("", "third second first")]
    [InlineData("order=oldest", "first second third")]
    [InlineData("order=oldest&limit=2", "first second")]
    [InlineData("severity=warn", "third second")]
    [InlineData("severity=ERROR", "third")]
    [InlineData("service=bank", "third")]
    [InlineData("text=SECO", "second")]
    [InlineData("attr=user=7", "first")]
    [InlineData("traceId=1", "third")]
    [InlineData("traceId=1&spanId=2", "third")]
    [InlineData("from=2026-03-01T11:59:58.500Z", "third")]
    public async Task Records_are_found_by_what_a_request_names(string parameters, string bodies)
    {
        await using var host = await StartedAsync();
        var answer = await host.Web.GetJsonAsync("api/toka/v1/logs?" + parameters);
        Assert.Equal(bodies, string.Join(' ', answer.GetProperty("logs").EnumerateArray().Select(static log => log.GetProperty("body").GetString())));
    }

    [Fact]
    public async Task The_histogram_counts_by_step_and_severity()
    {
        await using var host = await StartedAsync();
        var answer = await host.Web.GetJsonAsync("api/toka/v1/logs/histogram?from=2026-03-01T11:59:50Z&to=2026-03-01T12:00:00Z&step=8s");
        Assert.Equal(8_000_000_000, answer.GetProperty("stepNs").GetInt64());
        Assert.Equal(
            ["""{"info":1}""", """{"warn":1,"error":1}"""],
            answer.GetProperty("steps").EnumerateArray().Select(static step => step.GetProperty("counts").GetRawText()));
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Web.GetAsync("api/toka/v1/logs/histogram?step=1ms")).Status);
    }

    private static async Task<EventsHost> StartedAsync()
    {
        var host = await EventsHost.StartAsync();
        await host.AddAsync(
            new LogRecord { TimeNs = NowNs - 3_000_000_000, Origin = SpanBatches.From("shop"), Severity = 9, Body = "first", Attributes = SpanBatches.AttributesOf(("user", 7L)) },
            new LogRecord { TimeNs = NowNs - 2_000_000_000, Origin = SpanBatches.From("shop"), Severity = 13, Body = "second" },
            new LogRecord { TimeNs = NowNs - 1_000_000_000, Origin = SpanBatches.From("bank"), Severity = 17, Body = "third", TraceId = new TraceId(1), SpanId = new SpanId(2) });
        return host;
    }
}
