using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Tracing;

/// <summary>Two services and a console program that call each other, each with another way of sending.</summary>
public sealed class ShopTests
{
    [Fact]
    public async Task Three_programs_and_three_ways_of_sending_make_one_trace_with_the_right_parents()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        var id = await VisitAsync(toka);

        // Of the visitor: the root and three calls; in front of each: a request, and calls of 1, 10 and 1 items; behind each of these a request and a query.
        await toka.WaitForAsync("the whole trace", async () => (await TraceAsync(toka, id)).GetProperty("count").GetInt32() == 43);
        var trace = await TraceAsync(toka, id);
        var spans = SpansOf(trace);
        Assert.Equal(["shop-front", "shop-stock", "shop-visitor"], spans.Select(static span => span.Service).Distinct().Order());
        Assert.Equal(("shop-visitor", "visit", -1), (spans[0].Service, spans[0].Name, spans[0].Parent));
        HashSet<(string, int, string, int)> calls =
        [
            ("shop-visitor", 1, "shop-visitor", 3), ("shop-visitor", 3, "shop-front", 2), ("shop-front", 2, "shop-front", 3),
            ("shop-front", 3, "shop-stock", 2), ("shop-stock", 2, "shop-stock", 3),
        ];
        foreach (var span in spans.Skip(1))
        {
            Assert.InRange(span.Parent, 0, spans.Count - 1);
            var parent = spans[span.Parent];
            Assert.Contains((parent.Service, parent.Kind, span.Service, span.Kind), calls);
        }

        Assert.Equal(12, spans.Count(static span => span.Name == "SELECT items"));
        Assert.Contains(spans, static span => span is { Service: "shop-front", Name: "GET /items/{id:int}" });
        Assert.Contains(trace.GetProperty("findings").EnumerateArray(), static finding => finding.GetProperty("kind").GetString() == "n_plus_one");

        // What the front logged stands beside the span in which it did.
        await toka.WaitForAsync("the log records of the trace", async () => (await LogsAsync(toka, id)).Length >= 2);
        var log = Assert.Single(await LogsAsync(toka, id), static log => log.GetProperty("body").GetString() == "a basket of 10 items was filled one by one");
        Assert.Equal("shop-front", spans.Single(span => span.Id == log.GetProperty("spanId").GetString()).Service);
    }

    [Fact]
    public async Task A_slow_query_is_found_from_the_command_line_of_a_running_and_of_a_stopped_server()
    {
        using var data = new TemporaryDirectory();
        string id;
        await using (var toka = await TokaProcess.StartAsync(data.Path))
        {
            id = await VisitAsync(toka);
            await toka.WaitForAsync("the whole trace", async () => (await TraceAsync(toka, id)).GetProperty("count").GetInt32() == 43);
            await FindAsync(id, "--url", toka.Url);
            var (exit, shown, errors) = await TokaProcess.RunAsync("traces", "show", id, "--url", toka.Url);
            Assert.True(exit == 0, errors);
            Assert.Contains("● shop-stock  SELECT items", shown, StringComparison.Ordinal);

            // The same in TraceQL: the query behind the page that asks for the report.
            (exit, shown, errors) = await TokaProcess.RunAsync(
                "traces", "search", "{ resource.service.name = \"shop-front\" } >> { span.db.system.name = \"sqlite\" && span.db.query.text =~ \".*group_concat.*\" }", "--url", toka.Url);
            Assert.True(exit == 0, errors);
            Assert.Contains(id, shown, StringComparison.Ordinal);
        }

        await FindAsync(id, "--data", data.Path);
    }

    private static async Task FindAsync(string id, string option, string value)
    {
        var (exit, output, errors) = await TokaProcess.RunAsync(
            "traces", "search", "--service", "shop-stock", "--operation", "SELECT items", "--text", "GROUP_CONCAT", "--attr", "db.system.name=sqlite", option, value, "-o", "json");
        Assert.True(exit == 0, errors);
        using var answer = JsonDocument.Parse(output);
        var found = Assert.Single(answer.RootElement.GetProperty("traces").EnumerateArray());
        Assert.Equal(id, found.GetProperty("traceId").GetString());
        Assert.StartsWith("SELECT group_concat", Assert.Single(found.GetProperty("matched").EnumerateArray()).GetProperty("attributes").GetProperty("db.query.text").GetString(), StringComparison.Ordinal);
    }

    private static async Task<string> VisitAsync(TokaProcess toka)
    {
        var (stock, stockAddress) = await Sample.ServeAsync("ShopStock", toka.OtlpHttpUrl);
        await using (stock)
        {
            var (front, frontAddress) = await Sample.ServeAsync("ShopFront", toka.OtlpGrpcUrl, "--stock", stockAddress);
            await using (front)
            {
                var lines = await Sample.RunAsync("ShopVisitor", toka.OtlpHttpUrl, "--front", frontAddress);
                var id = Assert.Single(lines);
                await toka.WaitForAsync("the spans of all three", async () => (await TraceAsync(toka, id)) is { ValueKind: JsonValueKind.Object } trace && trace.GetProperty("count").GetInt32() == 43);
                return id;
            }
        }
    }

    private static async Task<JsonElement> TraceAsync(TokaProcess toka, string id)
    {
        using var answer = await toka.Http.GetAsync($"/api/toka/v1/traces/{id}");
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement : default;
    }

    private static async Task<JsonElement[]> LogsAsync(TokaProcess toka, string id) =>
        [.. JsonDocument.Parse(await toka.Http.GetStringAsync($"/api/toka/v1/traces/{id}/logs")).RootElement.GetProperty("logs").EnumerateArray()];

    private static List<(string Id, string Service, string Name, int Kind, int Parent)> SpansOf(JsonElement trace)
    {
        var columns = trace.GetProperty("columns");
        var (ids, services, names) = (columns.GetProperty("id"), columns.GetProperty("service"), columns.GetProperty("name"));
        return
        [
            .. Enumerable.Range(0, trace.GetProperty("count").GetInt32()).Select(i => (
                ids[i].GetString()!,
                trace.GetProperty("services")[services[i].GetInt32()].GetString()!,
                trace.GetProperty("names")[names[i].GetInt32()].GetString()!,
                columns.GetProperty("kind")[i].GetInt32(),
                columns.GetProperty("parent")[i].GetInt32())),
        ];
    }
}
