using System.Text.Json;
using Toka.EndToEnd.Ingest;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Tracing;

/// <summary>From three programs that call each other to the slow query behind them, by the command.</summary>
public sealed class ShopTests
{
    /// <summary>A visit and three pages of the visitor; a server's and a client's span each in the front, twelve calls; as many in the stock, with a query each.</summary>
    private const int SpansOfVisit = 1 + 3 + 3 + 12 + 12 + 12;

    [Fact]
    public async Task A_slow_query_is_found_from_the_command_line_of_a_running_and_of_a_stopped_server()
    {
        using var data = new TemporaryDirectory();
        string id;
        await using (var toka = await TokaProcess.StartAsync(data.Path))
        {
            id = await VisitAsync(toka);
            await FindAsync(id, "--url", toka.Url);
            var (exit, shown, errors) = await TokaProcess.RunAsync("traces", "show", id, "--url", toka.Url);
            Assert.True(exit == 0, errors);
            Assert.Contains("● shop-stock  SELECT items", shown, StringComparison.Ordinal);
            Assert.Contains("ran 10 times one after another", shown, StringComparison.Ordinal);

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
        var (stock, stockUrl) = await SampleProcess.ServeAsync("ShopStock", toka.OtlpHttpUrl + "/v1/traces");
        await using var _ = stock;
        var (front, frontUrl) = await SampleProcess.ServeAsync("ShopFront", toka.OtlpGrpcUrl, "--stock", stockUrl.ToString());
        await using var __ = front;
        var id = (await SampleProcess.RunAsync("ShopVisitor", toka.OtlpHttpUrl, "--front", frontUrl.ToString())).Trim();
        await toka.WaitForAsync("the spans of all three", async () =>
        {
            using var answer = await toka.Http.GetAsync($"/api/toka/v1/traces/{id}");
            return answer.IsSuccessStatusCode && JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("count").GetInt32() == SpansOfVisit;
        });
        return id;
    }
}
