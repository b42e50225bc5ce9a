using System.Net;
using System.Net.WebSockets;

namespace Toka.Edges.Tests.Web.Security;

public sealed class RequestGuardTests
{
    [Theory]
    [InlineData("127.0.0.1:{port}", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9:{port}", true)]
    [InlineData("localhost:{port}", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("[::1]:{port}", true)]
    [InlineData("[::1]", true)]
    [InlineData("toka.home", true)]
    [InlineData("Toka.Home:{port}", true)]
    [InlineData("proxy.home:8443", true)]
    [InlineData("proxy.home", false)]
    [InlineData("proxy.home:{port}", false)]
    [InlineData("toka.home:1", false)]
    [InlineData("localhost:1", false)]
    [InlineData("127.0.0.1:1", false)]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:{port}", false)]
    [InlineData("localhost.evil.example:{port}", false)]
    [InlineData("127.0.0.1.evil.example:{port}", false)]
    [InlineData("127.0.0.1.:{port}", false)]
    [InlineData("localhost.:{port}", false)]
    [InlineData("0.0.0.0:{port}", false)]
    [InlineData("192.168.0.1:{port}", false)]
    [InlineData("127.1:{port}", false)]
    [InlineData("[::ffff:127.0.0.1]:{port}", false)]
    [InlineData("[::2]:{port}", false)]
    public async Task Only_names_of_this_server_are_answered(string hostHeader, bool allowed)
    {
        await using var host = await WebHost.StartAsync(static s => s with { AllowedHosts = ["toka.home", "proxy.home:8443"] });
        foreach (var path in new[] { "-/healthy", "api/v1/query?query=up", "nothing/here", "" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = hostHeader.Replace("{port}", $"{host.Address.Port}", StringComparison.Ordinal);
            using var response = await host.Client.SendAsync(request);
            Assert.Equal(!allowed, response.StatusCode == HttpStatusCode.Forbidden);
        }

        if (!allowed)
        {
            Assert.Contains("toka_http_refused_total{reason=\"host\"} 4\n", (await host.GetAsync("metrics")).Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:{port}", true)]
    [InlineData("HTTP://127.0.0.1:{port}", true)]
    [InlineData("http://localhost:{port}", false)]
    [InlineData("http://127.0.0.1", false)]
    [InlineData("http://127.0.0.1:1", false)]
    [InlineData("https://127.0.0.1:{port}", false)]
    [InlineData("http://127.0.0.1:{port}.evil.example", false)]
    [InlineData("http://evil.example", false)]
    [InlineData("null", false)]
    public async Task Only_the_own_page_may_ask_from_a_browser(string origin, bool allowed)
    {
        await using var host = await WebHost.StartAsync();
        var actual = origin.Replace("{port}", $"{host.Address.Port}", StringComparison.Ordinal);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using var request = new HttpRequestMessage(method, "api/v1/query?query=up");
            request.Headers.Add("Origin", actual);
            using var response = await host.Client.SendAsync(request);
            Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        }

        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", actual);
        var address = new Uri($"ws://127.0.0.1:{host.Address.Port}/api/toka/v1/live");
        if (allowed)
        {
            await socket.ConnectAsync(address, CancellationToken.None);
            Assert.Equal(WebSocketState.Open, socket.State);
        }
        else
        {
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(address, CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("same-origin", "cors", "empty", true)]
    [InlineData("none", "navigate", "document", true)]
    [InlineData("cross-site", "navigate", "document", true)]
    [InlineData("cross-site", "navigate", "iframe", false)]
    [InlineData("cross-site", "no-cors", "script", false)]
    [InlineData("same-site", "no-cors", "image", false)]
    public async Task A_request_that_a_foreign_page_makes_without_an_origin_is_refused(string site, string mode, string destination, bool allowed)
    {
        await using var host = await WebHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "-/healthy");
        request.Headers.Add("Sec-Fetch-Site", site);
        request.Headers.Add("Sec-Fetch-Mode", mode);
        request.Headers.Add("Sec-Fetch-Dest", destination);
        using var response = await host.Client.SendAsync(request);
        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        await using var host = await WebHost.StartAsync();
        foreach (var path in new[] { "", "metrics", "nothing/here" })
        {
            using var response = await host.Client.GetAsync(path);
            Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(response.Headers.Contains("Server"));
        }
    }
}
