using System.IO.Compression;
using System.Net;
using System.Text;
using Toka.Edges.Tests.Push;

namespace Toka.Edges.Tests.Influx;

public sealed class InfluxHttpTests
{
    [Theory]
    [InlineData("/write?db=telegraf&rp=autogen&precision=s&u=me&p=secret")]
    [InlineData("/influx/write?db=telegraf&precision=s")]
    [InlineData("/api/v2/write?org=o&bucket=telegraf&precision=s")]
    [InlineData("/influx/api/v2/write?bucket=telegraf&precision=s")]
    public async Task Lines_are_stored_by_every_path_and_the_answer_is_empty(string path)
    {
        await using var host = await PushHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", path, "cpu,host=a usage_idle=97.5,name=\"x\" 1700000000\n", "text/plain; charset=utf-8");

        Assert.Equal((HttpStatusCode.NoContent, ""), (status, body));
        Assert.Equal(["cpu_usage_idle{db=\"telegraf\",host=\"a\"} 97.5"], host.Stored);
        Assert.Equal(1_700_000_000_000, host.Writer.Samples[0].Ms);
        Assert.Equal(1, host.Metric("toka_ingest_refused_total", ("protocol", "influx"), ("reason", "string_field")));
    }

    [Fact]
    public async Task Without_a_database_there_is_no_such_label()
    {
        await using var host = await PushHost.StartAsync();
        await host.SendAsync("POST", "/write", "m value=1");
        Assert.Equal(["m 1"], host.Stored);
    }

    [Fact]
    public async Task A_bad_line_is_a_partial_write_in_the_words_that_agents_know()
    {
        await using var host = await PushHost.StartAsync();
        var (status, body, response) = await host.SendAsync(HttpMethod.Post, "/write?db=d", Encoding.UTF8.GetBytes("a value=1\nb value=é\nc value=2\n"));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("{\"error\":\"partial write: unable to parse 2:9: ", body, StringComparison.Ordinal);
        Assert.StartsWith("partial write: unable to parse", response.Headers.GetValues("X-Influxdb-Error").Single(), StringComparison.Ordinal);
        Assert.NotEmpty(response.Headers.GetValues("X-Influxdb-Version"));
        Assert.Equal(["a{db=\"d\"} 1", "c{db=\"d\"} 2"], host.Stored);
        response.Dispose();
    }

    [Fact]
    public async Task The_second_version_tells_faults_with_a_code()
    {
        await using var host = await PushHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", "/api/v2/write?bucket=b", "nope");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("{\"code\":\"invalid\",\"message\":\"unable to parse 1:5: ", body, StringComparison.Ordinal);
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("protocol", "influx"), ("outcome", "bad_request")));
    }

    [Fact]
    public async Task Samples_that_the_store_refuses_are_a_partial_write()
    {
        await using var host = await PushHost.StartAsync();
        host.Writer.Refuses = 1;
        var (status, body) = await host.SendAsync("POST", "/write", "a value=1\nb value=2");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("{\"error\":\"partial write: the store refused too old; 1 values are stored, 0 lines and 1 values dropped=1\"}\n", body);
    }

    [Theory]
    [InlineData("/write?precision=x", null, HttpStatusCode.BadRequest, "{\"error\":\"invalid precision")]
    [InlineData("/api/v2/write?precision=x", null, HttpStatusCode.BadRequest, "{\"code\":\"invalid\"")]
    [InlineData("/write", "br", HttpStatusCode.UnsupportedMediaType, "{\"error\":\"Content-Encoding")]
    [InlineData("/write", "gzip", HttpStatusCode.BadRequest, "{\"error\":\"the body is not valid gzip")]
    public async Task A_request_that_cannot_be_read_is_refused_in_the_words_of_its_version(string path, string? encoding, HttpStatusCode expected, string start)
    {
        await using var host = await PushHost.StartAsync();
        var (status, body, response) = await host.SendAsync(HttpMethod.Post, path, "m value=1"u8.ToArray(), encoding: encoding);
        response.Dispose();

        Assert.Equal(expected, status);
        Assert.StartsWith(start, body, StringComparison.Ordinal);
        Assert.Empty(host.Stored);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        await using var host = await PushHost.StartAsync();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(new byte[(16 * 1024 * 1024) + 1]);
        }

        var (status, body, response) = await host.SendAsync(HttpMethod.Post, "/api/v2/write", packed.ToArray(), encoding: "gzip");
        response.Dispose();

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.StartsWith("{\"code\":\"request too large\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Agents_that_ask_whether_it_is_there_get_a_version(string method)
    {
        await using var host = await PushHost.StartAsync();
        var (status, _, response) = await host.SendAsync(new HttpMethod(method), "/ping", []);

        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.NotEmpty(response.Headers.GetValues("X-Influxdb-Version"));
        response.Dispose();
    }

    [Fact]
    public async Task Agents_may_create_their_database_and_ask_nothing_else()
    {
        await using var host = await PushHost.StartAsync();
        Assert.Equal(
            (HttpStatusCode.OK, "{\"results\":[{\"statement_id\":0}]}\n"),
            await host.SendAsync("POST", "/query", "q=CREATE+DATABASE+%22telegraf%22", "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync("POST", "/query?q=create%20database%20x%20with%20duration%201d", "")).Status);
        var (status, body) = await host.SendAsync("POST", "/query?q=SELECT%201", "");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("PromQL", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await host.SendAsync("POST", "/query", new string('x', 20_000))).Status);
    }
}
