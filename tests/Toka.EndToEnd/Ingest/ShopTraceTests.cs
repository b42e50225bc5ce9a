using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Ingest;

/// <summary>
/// Three programs that call each other: a console program that writes OTLP's JSON itself, and two ASP.NET services with the real
/// OpenTelemetry SDK, one over gRPC and one over HTTP with protobuf.
/// </summary>
public sealed class ShopTraceTests
{
    /// <summary>A visit and three pages of the visitor; a server's and a client's span each in the front, twelve calls; as many in the stock, with a query each.</summary>
    private const int SpansOfVisit = 1 + 3 + 3 + 12 + 12 + 12;

    [Fact]
    public async Task Three_programs_and_three_ways_of_sending_make_one_trace_with_the_right_parents_that_outlives_a_crash()
    {
        using var data = new TemporaryDirectory();
        string trace;
        await using (var toka = await TokaProcess.StartAsync(data.Path))
        {
            var (stock, stockUrl) = await SampleProcess.ServeAsync("ShopStock", toka.OtlpHttpUrl + "/v1/traces");
            await using var _ = stock;
            var (front, frontUrl) = await SampleProcess.ServeAsync("ShopFront", toka.OtlpGrpcUrl, "--stock", stockUrl.ToString());
            await using var __ = front;
            trace = (await SampleProcess.RunAsync("ShopVisitor", toka.OtlpHttpUrl, "--front", frontUrl.ToString())).Trim();
            await toka.WaitForAsync("the whole trace", async () => (await TraceAsync(toka, trace))?.GetProperty("count").GetInt32() >= SpansOfVisit);
            AssertWhole((await TraceAsync(toka, trace))!.Value);
            await toka.WaitForAsync("the logs of the trace", async () => (await LogsAsync(toka, trace)).Length == 2);
            Assert.Equal(["item 7 was looked at", "a basket of 10 items was filled one by one"], await LogsAsync(toka, trace));

            var (exitCode, output, errors) = await TokaProcess.RunAsync(
                "traces", "search", "--service", "shop-stock", "--operation", "SELECT items", "--attr", "db.system.name=sqlite", "--url", toka.Url, "--output", "json");
            Assert.True(exitCode == 0, errors);
            Assert.Contains(trace, output, StringComparison.Ordinal);

            foreach (var (protocol, signal) in (ReadOnlySpan<(string, string)>)[("otlp_json", "spans"), ("otlp_http", "spans"), ("otlp_grpc", "spans"), ("otlp_grpc", "logs")])
            {
                Assert.Contains($"toka_ingest_{signal}_total{{protocol=\"{protocol}\"}}", MetricsOf(toka), StringComparison.Ordinal);
            }

            await toka.KillAsync();
        }

        await using var again = await TokaProcess.StartAsync(data.Path);
        AssertWhole((await TraceAsync(again, trace))!.Value);
        Assert.Equal(2, (await LogsAsync(again, trace)).Length);
    }

    [Fact]
    public async Task Input_that_is_truncated_mistyped_oversized_or_of_the_future_gets_partial_success_and_a_counted_reason()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var good = Span("5b8efff798038103d269b633813fc60c", now, "good");
        (string Reason, string Span)[] bad =
        [
            ("bad_trace_id", Span("5b8efff798038103", now, "truncated")),
            ("malformed", """{"traceId":7,"name":"mistyped"}"""),
            ("too_far_in_future", Span("5b8efff798038103d269b633813fc60c", now + (48L * 3600 * 1000), "of the future")),
            ("time_range", """{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"18446744073709551615"}"""),
        ];
        foreach (var (reason, span) in bad)
        {
            var (status, body) = await PostAsync(toka, $"{good},{span}");
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Contains("\"rejectedSpans\":\"1\"", body, StringComparison.Ordinal);
            Assert.Contains($"toka_ingest_spans_refused_total{{protocol=\"otlp_json\",reason=\"{reason}\"}} 1", MetricsOf(toka), StringComparison.Ordinal);
        }

        var large = Span("5b8efff798038103d269b633813fc60c", now, "large", new string('x', 100_000));
        Assert.Equal((HttpStatusCode.OK, "{}"), await PostAsync(toka, large));
        Assert.Contains("toka_dropped_total{reason=\"value_bytes_limit\",signal=\"span_parts\"} 1", MetricsOf(toka), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(toka, good + ",{")).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(toka, Span("5b8efff798038103d269b633813fc60c", now, "x", new string('x', 17 << 20)), isPacked: true)).Status);
        var kept = (await TraceAsync(toka, "5b8efff798038103d269b633813fc60c"))!.Value;
        Assert.Equal(["good", "large"], kept.GetProperty("names").EnumerateArray().Select(n => n.GetString()!).Order(StringComparer.Ordinal));
    }

    private static string Span(string trace, long startMs, string name, string value = "v") =>
        $$$"""{"traceId":"{{{trace}}}","spanId":"{{{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()[..8])}}}","name":"{{{name}}}","startTimeUnixNano":"{{{startMs}}}000000","endTimeUnixNano":"{{{startMs + 1}}}000000","attributes":[{"key":"a","value":{"stringValue":"{{{value}}}"}}]}""";

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(TokaProcess toka, string spans, bool isPacked = false)
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{{spans}}}]}]}]}""");
        if (isPacked)
        {
            using var packed = new MemoryStream();
            await using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                await stream.WriteAsync(body);
            }

            body = packed.ToArray();
        }

        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (isPacked)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        using var http = new HttpClient();
        using var response = await http.PostAsync(new Uri(toka.OtlpHttpUrl + "/v1/traces"), content, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static string MetricsOf(TokaProcess toka)
    {
        using var stream = toka.Http.Send(new HttpRequestMessage(HttpMethod.Get, "/metrics")).Content.ReadAsStream();
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static async Task<JsonElement?> TraceAsync(TokaProcess toka, string trace)
    {
        using var response = await toka.Http.GetAsync($"/api/toka/v1/traces/{trace}");
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>What the front itself logged; ASP.NET logs too.</summary>
    private static async Task<string[]> LogsAsync(TokaProcess toka, string trace)
    {
        using var document = JsonDocument.Parse(await toka.Http.GetStringAsync($"/api/toka/v1/traces/{trace}/logs"));
        return [.. document.RootElement.GetProperty("logs").EnumerateArray().Where(static l => l.GetProperty("scope").GetString() == "Program").Select(static l => l.GetProperty("body").GetString()!)];
    }

    /// <summary>Each span but the first has its parent, and the chain of services is the one of the calls.</summary>
    private static void AssertWhole(JsonElement trace)
    {
        Assert.Equal(SpansOfVisit, trace.GetProperty("count").GetInt32());
        var columns = trace.GetProperty("columns");
        var services = Numbers(columns, "service").Select(i => trace.GetProperty("services")[i].GetString()!).ToArray();
        var parents = Numbers(columns, "parent");
        Assert.Equal(1, parents.Count(p => p == -1));
        Assert.DoesNotContain(-2, parents);
        var calls = parents.Select((parent, at) => parent < 0 ? services[at] : $"{services[parent]} > {services[at]}").CountBy(static call => call).ToDictionary();
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["shop-visitor"] = 1,
                ["shop-visitor > shop-visitor"] = 3,
                ["shop-visitor > shop-front"] = 3,
                ["shop-front > shop-front"] = 12,
                ["shop-front > shop-stock"] = 12,
                ["shop-stock > shop-stock"] = 12,
            },
            calls);
    }

    private static int[] Numbers(JsonElement columns, string name) => [.. columns.GetProperty(name).EnumerateArray().Select(static n => n.GetInt32())];
}
