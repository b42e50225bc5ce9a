using System.Globalization;
using System.Net;
using System.Text;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Page;

/// <summary>Sends spans and log records as programs do: OTLP as JSON over HTTP.</summary>
internal static class SpanSender
{
    /// <summary>Spans of one request: senders cut their batches too.</summary>
    private const int BatchSpans = 5_000;

    public static async Task SendAsync(TokaProcess toka, IEnumerable<SentSpan> spans)
    {
        foreach (var batch in spans.Chunk(BatchSpans))
        {
            var body = new StringBuilder("{\"resourceSpans\":[");
            body.AppendJoin(',', batch.GroupBy(static span => span.Service).Select(static service =>
                $"{Resource(service.Key)},\"scopeSpans\":[{{\"scope\":{{\"name\":\"page-test\"}},\"spans\":[{string.Join(',', service.Select(Write))}]}}]}}"));
            await PostAsync(toka, "/v1/traces", body.Append("]}").ToString());
        }
    }

    public static Task SendLogAsync(TokaProcess toka, string service, DateTimeOffset at, int severity, string body, string traceId, string spanId) => PostAsync(
        toka,
        "/v1/logs",
        string.Create(CultureInfo.InvariantCulture, $$$"""
            {"resourceLogs":[{{{Resource(service)}}},"scopeLogs":[{"scope":{"name":"page-test"},"logRecords":[{
              "timeUnixNano":"{{{Ns(at)}}}","severityNumber":{{{severity}}},"body":{"stringValue":"{{{body}}}"},"traceId":"{{{traceId}}}","spanId":"{{{spanId}}}"}]}]}]}
            """));

    public static string IdOf(long number, int digits) => number.ToString("x", CultureInfo.InvariantCulture).PadLeft(digits, '0');

    private static string Resource(string service) =>
        $$$"""{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{{{service}}}"}}]}""";

    private static string Write(SentSpan span) => string.Create(CultureInfo.InvariantCulture, $$$"""
        {"traceId":"{{{span.TraceId}}}","spanId":"{{{IdOf(span.Id, 16)}}}","parentSpanId":"{{{(span.Parent == 0 ? "" : IdOf(span.Parent, 16))}}}","name":"{{{span.Name}}}","kind":{{{span.Kind}}},
         "startTimeUnixNano":"{{{Ns(span.At)}}}","endTimeUnixNano":"{{{Ns(span.At + span.Duration)}}}","status":{"code":{{{(span.Failed ? 2 : 0)}}}},
         "attributes":[{"key":"page.row","value":{"intValue":"{{{span.Id}}}"}}]}
        """);

    private static long Ns(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static async Task PostAsync(TokaProcess toka, string path, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await toka.Http.PostAsync(toka.OtlpHttpUrl + path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK && !text.Contains("rejected", StringComparison.Ordinal), text);
    }
}

/// <summary>A span to send. Ids are numbers; 0 is no parent.</summary>
internal sealed record SentSpan(string TraceId, long Id, long Parent, string Service, string Name, DateTimeOffset At, TimeSpan Duration, int Kind = 1, bool Failed = false);
