using System.IO.Compression;
using System.Net;
using System.Text;
using Toka.Core.Spans;
using Toka.Edges.Tests.Otlp;

namespace Toka.Edges.Tests.Zipkin;

public sealed class ZipkinHttpTests
{
    private const string Good = """{"traceId":"1","id":"1","timestamp":1,"name":"n","localEndpoint":{"serviceName":"shop"}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_list_is_stored(bool gzip)
    {
        await using var host = await OtlpHost.StartAsync();
        Assert.Equal((HttpStatusCode.Accepted, ""), await PostAsync(host, $"[{Good}]", "application/json", gzip));
        Assert.Equal("shop", Assert.Single(host.Events.Spans).Origin.Service);
        Assert.Equal(1, host.Metric("toka_ingest_spans_total", ("protocol", "zipkin")));
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("protocol", "zipkin"), ("outcome", "ok")));
    }

    [Fact]
    public async Task What_was_refused_is_told_and_a_list_of_which_nothing_was_stored_is_a_bad_request()
    {
        await using var host = await OtlpHost.StartAsync();
        var (status, body) = await PostAsync(host, $$"""[{{Good}},{"id":"1"}]""");
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.StartsWith("1 span refused, the first of service \"unknown_service\": the trace id must be", body, StringComparison.Ordinal);
        (status, body) = await PostAsync(host, """[{"id":"1"}]""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("trace id", body, StringComparison.Ordinal);
        host.Events.Refuses = new EventWriteResult(0, TooOld: 1, FirstReason: "older than 7 d");
        Assert.Equal((HttpStatusCode.BadRequest, "1 refused by the store: older than 7 d\n"), await PostAsync(host, $"[{Good}]"));
        Assert.Equal(1, host.Metric("toka_ingest_spans_refused_total", ("protocol", "zipkin"), ("reason", "too_old")));
    }

    [Fact]
    public async Task Faults_have_their_statuses()
    {
        await using var host = await OtlpHost.StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(host, "{}")).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await PostAsync(host, "[]", "application/x-thrift")).Status);
        host.Events.Fails = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await PostAsync(host, $"[{Good}]")).Status);
        await using var off = await OtlpHost.StartAsync(takesEvents: false);
        var (status, body) = await PostAsync(off, "[]");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("tracing is switched off", body, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(OtlpHost host, string json, string type = "application/json", bool gzip = false)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        if (gzip)
        {
            using var packed = new MemoryStream();
            using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                stream.Write(bytes);
            }

            bytes = packed.ToArray();
        }

        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new(type);
        if (gzip)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        using var client = new HttpClient { BaseAddress = host.Http };
        using var response = await client.PostAsync(new Uri("/api/v2/spans", UriKind.Relative), content, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
