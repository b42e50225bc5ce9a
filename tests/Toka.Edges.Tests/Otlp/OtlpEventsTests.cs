using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Toka.Core.Spans;
using Toka.Protocols.Otlp;

namespace Toka.Edges.Tests.Otlp;

/// <summary>Traces and logs over all of OTLP's ways.</summary>
public sealed class OtlpEventsTests
{
    private const string Traces = """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
        {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000000005"}BAD]}]}]}
        """;

    private const string Logs = """
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[
        {"timeUnixNano":"1700000000000000000","severityNumber":17,"body":{"stringValue":"it broke"},"traceId":"5b8efff798038103d269b633813fc60c"}BAD]}]}]}
        """;

    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create<byte[]>(static b => b, static b => b);

    /// <summary>One span "a" of an unknown service, in protobuf.</summary>
    private static readonly byte[] s_span =
        [0x0a, 44, 0x12, 42, 0x12, 40, 0x0a, 16, .. new byte[15], 1, 0x12, 8, .. new byte[7], 2, 0x2a, 1, (byte)'a', 0x39, 1, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>One record "b" of an unknown service, in protobuf.</summary>
    private static readonly byte[] s_record = [0x0a, 18, 0x12, 16, 0x12, 14, 0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0x2a, 3, 0x0a, 1, (byte)'b'];

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task Spans_come_by_json_and_what_is_refused_of_them_is_told(string? encoding)
    {
        await using var host = await OtlpHost.StartAsync();
        var (response, body) = await PostAsync(host, "/v1/traces", Traces.Replace("BAD", ",{\"spanId\":\"eee19b7ec3c1b174\"}", StringComparison.Ordinal), encoding);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"1 span refused, the first of service \\\"shop\\\": the trace id must be", body, StringComparison.Ordinal);
        var span = Assert.Single(host.Events.Spans);
        Assert.Equal(("shop", "GET", 5L), (span.Origin.Service, span.Name, span.DurationNs));
        Assert.Equal(1, host.Metric("toka_ingest_spans_total", ("protocol", "otlp_json")));
        Assert.Equal(1, host.Metric("toka_ingest_spans_refused_total", ("protocol", "otlp_json"), ("reason", "bad_trace_id")));
        Assert.Equal(1, host.Metric("toka_dropped_total", ("signal", "spans"), ("reason", "bad_trace_id")));
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("protocol", "otlp_json"), ("outcome", "partial")));
    }

    [Fact]
    public async Task Log_records_come_by_json_and_what_is_refused_of_them_is_told()
    {
        await using var host = await OtlpHost.StartAsync();
        var (response, body) = await PostAsync(host, "/v1/logs", Logs.Replace("BAD", ",{\"timeUnixNano\":{}}", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("{\"partialSuccess\":{\"rejectedLogRecords\":\"1\",\"errorMessage\":\"1 log record refused", body, StringComparison.Ordinal);
        var record = Assert.Single(host.Events.Logs);
        Assert.Equal(("shop", "it broke", 17), (record.Origin.Service, record.Body, record.Severity));
        Assert.Equal(1, host.Metric("toka_ingest_logs_total", ("protocol", "otlp_json")));
        Assert.Equal(1, host.Metric("toka_dropped_total", ("signal", "logs"), ("reason", "malformed")));
    }

    [Fact]
    public async Task Spans_and_records_come_by_protobuf()
    {
        await using var host = await OtlpHost.StartAsync();
        Assert.Equal((HttpStatusCode.OK, 0), await PostProtobufAsync(host, "/v1/traces", s_span));
        Assert.Equal((HttpStatusCode.OK, 0), await PostProtobufAsync(host, "/v1/logs", s_record));
        Assert.Equal(("a", "b"), (Assert.Single(host.Events.Spans).Name, Assert.Single(host.Events.Logs).Body));
        Assert.Equal(HttpStatusCode.BadRequest, (await PostProtobufAsync(host, "/v1/traces", s_span[..^1])).Status);
        Assert.Equal(1, host.Metric("toka_ingest_spans_total", ("protocol", "otlp_http")));
    }

    [Fact]
    public async Task Spans_and_records_come_by_grpc()
    {
        await using var host = await OtlpHost.StartAsync();
        Assert.Empty(await CallAsync(host, "trace.v1.TraceService", s_span));
        Assert.Empty(await CallAsync(host, "logs.v1.LogsService", s_record));
        Assert.Equal(("a", "b"), (Assert.Single(host.Events.Spans).Name, Assert.Single(host.Events.Logs).Body));
        Assert.Equal(1, host.Metric("toka_ingest_spans_total", ("protocol", "otlp_grpc")));
        Assert.Equal(1, host.Metric("toka_ingest_logs_total", ("protocol", "otlp_grpc")));
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, "trace.v1.TraceService", s_span[..^1]))).StatusCode);
    }

    [Fact]
    public async Task What_the_store_refuses_is_told_with_its_reason_and_counted()
    {
        await using var host = await OtlpHost.StartAsync();
        host.Events.Refuses = new EventWriteResult(0, OverQuota: 1, FirstReason: "service \"shop\" sends more than 5 MB/s");
        var (_, body) = await PostAsync(host, "/v1/traces", Traces.Replace("BAD", "", StringComparison.Ordinal));
        Assert.Equal("""{"partialSuccess":{"rejectedSpans":"1","errorMessage":"1 refused by the store: service \"shop\" sends more than 5 MB/s"}}""", body);
        Assert.Equal(1, host.Metric("toka_ingest_spans_refused_total", ("reason", "over_quota")));
        Assert.Equal(0, host.Metric("toka_ingest_spans_total"));
        Assert.NotEmpty(await CallAsync(host, "trace.v1.TraceService", s_span));
    }

    [Fact]
    public async Task A_store_that_cannot_write_is_answered_so_that_the_sender_comes_again()
    {
        await using var host = await OtlpHost.StartAsync();
        host.Events.Fails = true;
        var (response, _) = await PostAsync(host, "/v1/traces", Traces.Replace("BAD", "", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, "logs.v1.LogsService", s_record));
        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        var details = e.Trailers.GetValueBytes("grpc-status-details-bin");
        Assert.Contains("google.rpc.RetryInfo", Encoding.UTF8.GetString(details!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signals_that_are_switched_off_are_answered_so()
    {
        await using var host = await OtlpHost.StartAsync(takesEvents: false);
        var (response, body) = await PostAsync(host, "/v1/traces", Traces.Replace("BAD", "", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("tracing is switched off", body, StringComparison.Ordinal);
        (response, body) = await PostAsync(host, "/v1/logs", Logs.Replace("BAD", "", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("logs are not taken", body, StringComparison.Ordinal);
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, "trace.v1.TraceService", s_span));
        Assert.Equal(StatusCode.Unimplemented, e.StatusCode);
        Assert.Contains("tracing is switched off", e.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(3, host.Metric("toka_ingest_requests_total", ("outcome", "not_taken")));
    }

    [Theory]
    [InlineData("text/plain", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "br", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "gzip", HttpStatusCode.BadRequest)]
    [InlineData("application/json", null, HttpStatusCode.BadRequest)]
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
        using var response = await client.PostAsync(new Uri("/v1/traces", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_too_large()
    {
        await using var host = await OtlpHost.StartAsync(new OtlpLimits { RequestBytesMax = 1024 });
        var (response, _) = await PostAsync(host, "/v1/traces", new string(' ', 5000), "gzip");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    private static async Task<(HttpResponseMessage Response, string Body)> PostAsync(OtlpHost host, string path, string json, string? encoding = null)
    {
        using var content = new ByteArrayContent(Pack(Encoding.UTF8.GetBytes(json), encoding));
        content.Headers.ContentType = new("application/json");
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        using var client = new HttpClient { BaseAddress = host.Http };
        var response = await client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        return (response, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static byte[] Pack(byte[] bytes, string? encoding)
    {
        if (encoding is null)
        {
            return bytes;
        }

        using var packed = new MemoryStream();
        using (Stream stream = encoding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true) : new ZstdSharp.CompressionStream(packed, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private static async Task<(HttpStatusCode Status, int Length)> PostProtobufAsync(OtlpHost host, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/x-protobuf");
        using var client = new HttpClient { BaseAddress = host.Http };
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        return (response.StatusCode, (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length);
    }

    private static async Task<byte[]> CallAsync(OtlpHost host, string service, byte[] request)
    {
        using var channel = GrpcChannel.ForAddress(host.Grpc);
        var export = new Method<byte[], byte[]>(MethodType.Unary, "opentelemetry.proto.collector." + service, "Export", s_bytes, s_bytes);
        return await channel.CreateCallInvoker().AsyncUnaryCall(export, null, default, request);
    }
}
