using System.Net;
using System.Text;
using Toka.Query;

namespace Toka.Edges.Tests.Web.Prometheus;

/// <summary>Requests that would take the server down if it let them.</summary>
public sealed class HostileRequestTests
{
    private const int TenMegabytes = 10 * 1024 * 1024;

    [Theory]
    [InlineData("api/v1/query", "application/x-www-form-urlencoded")]
    [InlineData("api/v1/query_range", "application/x-www-form-urlencoded")]
    [InlineData("api/v1/series", "application/x-www-form-urlencoded")]
    [InlineData("api/v1/labels", "application/x-www-form-urlencoded")]
    [InlineData("api/v1/query_exemplars", "application/x-www-form-urlencoded")]
    [InlineData("api/v1/format_query", "application/x-www-form-urlencoded")]
    [InlineData("api/v1/parse_query", "application/x-www-form-urlencoded")]
    [InlineData("api/v1/read", "application/x-protobuf")]
    public async Task Ten_megabytes_are_refused_without_being_taken_into_memory(string path, string type)
    {
        await using var live = await LiveStore.StartAsync();
        using var content = new ByteArrayContent([.. "query="u8, .. new byte[TenMegabytes].AsSpan()]);
        content.Headers.ContentType = new(type);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content, Headers = { ExpectContinue = true } };
        using var response = await live.Host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("\"errorType\":\"bad_data\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("query")]
    [InlineData("query_exemplars")]
    [InlineData("format_query")]
    [InlineData("parse_query")]
    public async Task Deep_nesting_is_bad_data(string endpoint)
    {
        await using var live = await LiveStore.StartAsync();
        foreach (var expression in new[] { new string('(', 20_000) + "1" + new string(')', 20_000), string.Concat(Enumerable.Repeat("-", 30_000)) + "1", string.Concat(Enumerable.Repeat("sum(", 10_000)) + "up" })
        {
            var (status, body) = await PostAsync(live, endpoint, ("query", expression));
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains("\"errorType\":\"bad_data\"", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_deepest_expression_that_is_allowed_has_a_tree()
    {
        await using var live = await LiveStore.StartAsync();
        var depth = QueryOptions.Default.ExpressionDepthMax - 2;
        var (status, body) = await PostAsync(live, "parse_query", ("query", new string('(', depth) + "1" + new string(')', depth)));
        Assert.True(status == HttpStatusCode.OK, body[..Math.Min(300, body.Length)]);
        Assert.EndsWith("}", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("query_range", "query=up&start=0&end=1767229200&step=1", "exceeded maximum resolution")]
    [InlineData("query_range", "query=up&start=0&end=1767229200&step=0", "step")]
    [InlineData("query_range", "query=up&start=-1e300&end=1e300&step=1", "timestamp")]
    [InlineData("query", "query=up&time=NaN", "timestamp")]
    [InlineData("query", "query=up&lookback_delta=-5m", "lookback_delta")]
    [InlineData("query", "query=up&lookback_delta=1e18", "lookback_delta")]
    [InlineData("query", "query=up&limit=-1", "limit")]
    [InlineData("query", "query=up&timeout=x", "timeout")]
    [InlineData("query", "query=up%7Ba%3D~%22%28%22%7D", "regular expression")]
    [InlineData("series", "match[]=up&start=2&end=1", "before start")]
    [InlineData("query_exemplars", "query=up&start=2&end=1", "before start")]
    public async Task Values_out_of_bounds_are_refused_by_name(string endpoint, string parameters, string said)
    {
        await using var live = await LiveStore.StartAsync();
        var (status, body) = await live.Host.GetAsync($"api/v1/{endpoint}?{parameters}");
        Assert.True(status == HttpStatusCode.BadRequest, body);
        Assert.Contains(said, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_of_parts_that_ends_midway_is_bad_data()
    {
        await using var live = await LiveStore.StartAsync();
        using var content = new StringContent("no part");
        content.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "x") } };
        using var response = await live.Host.Client.PostAsync("api/v1/query", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("the form cannot be read", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_too_long_is_refused_by_the_server()
    {
        await using var live = await LiveStore.StartAsync();
        Assert.Equal(HttpStatusCode.RequestUriTooLong, (await live.Host.GetAsync("api/v1/query?query=" + new string('1', 40_000))).Status);
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(LiveStore live, string endpoint, params (string Name, string Value)[] parameters)
    {
        using var content = new StringContent(
            string.Join('&', parameters.Select(static p => $"{p.Name}={Uri.EscapeDataString(p.Value)}")), Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await live.Host.Client.PostAsync("api/v1/" + endpoint, content, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
