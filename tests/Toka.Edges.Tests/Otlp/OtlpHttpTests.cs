using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;
using Toka.Web.Otlp;

namespace Toka.Edges.Tests.Otlp;

public sealed class OtlpHttpTests
{
    private const string Json = """
        {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[
        {"timeUnixNano":"1700000000123000000","asDouble":1},{"timeUnixNano":"1700000000124000000"}]}}]}]}]}
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Json_is_taken_plain_and_gzipped_and_partial_success_is_told(bool gzip)
    {
        await using var host = await OtlpHost.StartAsync();
        var (response, body) = await PostAsync(host, Encoding.UTF8.GetBytes(Json), "application/json; charset=utf-8", gzip);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("{\"partialSuccess\":{\"rejectedDataPoints\":\"1\",", body, StringComparison.Ordinal);
        Assert.Equal(1_700_000_000_123, Assert.Single(host.Writer.Samples).Ms);
        Assert.Equal(1, host.Metric("toka_dropped_total", ("signal", "metrics"), ("reason", "no_value")));
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("protocol", "otlp_json"), ("outcome", "partial")));
    }

    [Fact]
    public async Task Samples_that_the_store_refuses_are_told()
    {
        await using var host = await OtlpHost.StartAsync();
        host.Writer.Refuses = 1;
        var (_, body) = await PostAsync(host, Encoding.UTF8.GetBytes(Json), "application/json");
        Assert.Contains("\"rejectedDataPoints\":\"2\"", body, StringComparison.Ordinal);
        Assert.Contains("1 sample was refused by the store: too old", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "br", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "gzip", HttpStatusCode.BadRequest)]
    [InlineData("application/json", null, HttpStatusCode.BadRequest)]
    [InlineData("application/x-protobuf", null, HttpStatusCode.BadRequest)]
    public async Task A_request_that_cannot_be_read_is_refused_by_name(string type, string? encoding, HttpStatusCode expected)
    {
        await using var host = await OtlpHost.StartAsync();
        using var content = new ByteArrayContent([0x5b, 0xff, 0xff]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        using var client = new HttpClient { BaseAddress = host.Http };
        using var response = await client.PostAsync(new Uri("/v1/metrics", UriKind.Relative), content);
        Assert.Equal(expected, response.StatusCode);
        Assert.False(response.Headers.Contains("Retry-After"));
        Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(1, host.Metric("toka_ingest_requests_total"));
        Assert.Empty(host.Writer.Samples);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_beyond_the_limit_is_cut_even_when_it_comes_compressed(bool gzip)
    {
        await using var host = await OtlpHost.StartAsync(new OtlpLimits { RequestBytesMax = 100_000 });
        var (response, body) = await PostAsync(host, new byte[gzip ? 50_000_000 : 100_001], "application/json", gzip);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("is longer than 100000 bytes after decompression", body, StringComparison.Ordinal);
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("outcome", "too_large")));
    }

    [Fact]
    public async Task Gzip_that_is_cut_off_is_refused()
    {
        await using var host = await OtlpHost.StartAsync();
        var whole = Gzip(Encoding.UTF8.GetBytes(Json));
        using var content = new ByteArrayContent(whole[..^12]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using var client = new HttpClient { BaseAddress = host.Http };
        using var response = await client.PostAsync(new Uri("/v1/metrics", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_store_that_cannot_write_asks_for_a_retry_and_nothing_is_acknowledged()
    {
        await using var host = await OtlpHost.StartAsync();
        host.Writer.Fails = true;
        var (response, body) = await PostAsync(host, Encoding.UTF8.GetBytes(Json), "application/json");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Contains("the disk is full", body, StringComparison.Ordinal);
        Assert.Equal(0, host.Metric("toka_dropped_total", ("signal", "metrics")));
        Assert.Equal(0, host.Metric("toka_otlp_points_total"));
    }

    [Fact]
    public async Task More_requests_than_there_are_places_are_told_to_come_again()
    {
        await using var host = await OtlpHost.StartAsync();
        host.Writer.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new List<Task<(HttpResponseMessage Response, string)>>();
        for (var i = 0; i < IngestPlaces.Max; i++)
        {
            held.Add(PostAsync(host, Encoding.UTF8.GetBytes(Json), "application/json"));
            await host.Writer.Entered.WaitAsync();
        }

        var (response, _) = await PostAsync(host, Encoding.UTF8.GetBytes(Json), "application/json");
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.True(response.Headers.Contains("Retry-After"));
        host.Writer.Hold.SetResult();
        Assert.All(await Task.WhenAll(held), h => Assert.Equal(HttpStatusCode.OK, h.Response.StatusCode));
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("outcome", "busy")));
    }

    [Fact]
    public async Task A_body_that_trickles_for_too_long_gives_its_place_back()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var host = await OtlpHost.StartAsync(time: time);
        using var sender = new System.Net.Sockets.TcpClient();
        await sender.ConnectAsync(IPAddress.Loopback, host.Http.Port);
        var stream = sender.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            "POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"));
        var answer = new byte[1000];
        var length = await stream.ReadAsync(answer);
        Assert.StartsWith("HTTP/1.1 100", System.Text.Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal); // It reads the body now.
        time.Advance(IngestHost.BodyTimeMax);
        length = await stream.ReadAsync(answer);
        Assert.StartsWith("HTTP/1.1 408", System.Text.Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
    }

    private static async Task<(HttpResponseMessage Response, string Body)> PostAsync(OtlpHost host, byte[] body, string type, bool gzip = false)
    {
        using var content = new ByteArrayContent(gzip ? Gzip(body) : body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (gzip)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        using var client = new HttpClient { BaseAddress = host.Http };
        var response = await client.PostAsync(new Uri("/v1/metrics", UriKind.Relative), content);
        return (response, await response.Content.ReadAsStringAsync());
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }
}
