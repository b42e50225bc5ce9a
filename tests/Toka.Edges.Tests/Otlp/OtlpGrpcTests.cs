using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;
using Toka.Protocols.Otlp;

namespace Toka.Edges.Tests.Otlp;

public sealed class OtlpGrpcTests
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(static b => b, static b => b);

    private static readonly Method<byte[], byte[]> Export =
        new(MethodType.Unary, "opentelemetry.proto.collector.metrics.v1.MetricsService", "Export", Bytes, Bytes);

    [Fact]
    public async Task An_empty_request_is_answered_with_an_empty_success()
    {
        await using var host = await OtlpHost.StartAsync();
        Assert.Empty(await CallAsync(host, []));
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("protocol", "otlp_grpc"), ("outcome", "ok")));
    }

    [Fact]
    public async Task A_malformed_message_is_an_invalid_argument()
    {
        await using var host = await OtlpHost.StartAsync();
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, [0x0a, 0xff]));
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        Assert.Contains("malformed", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_write_is_unavailable()
    {
        await using var host = await OtlpHost.StartAsync();
        host.Writer.Fails = true;

        // One gauge "g" with one point of value 1 at 1 ms.
        byte[] point = [0x19, 0x40, 0x42, 0x0f, 0, 0, 0, 0, 0, 0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
        byte[] metric = [0x0a, 1, (byte)'g', 0x2a, (byte)(point.Length + 2), 0x0a, (byte)point.Length, .. point];
        byte[] scope = [0x12, (byte)metric.Length, .. metric];
        byte[] resource = [0x12, (byte)scope.Length, .. scope];
        byte[] request = [0x0a, (byte)resource.Length, .. resource];
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, request));
        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        host.Writer.Fails = false;
        Assert.Empty(await CallAsync(host, request));
        Assert.Equal(("g", 1L, 1d), Assert.Single(host.Writer.Samples.Select(s => (s.Labels.ToString(), s.Ms, s.Value))));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task A_message_beyond_the_limit_is_cut_even_when_it_comes_compressed(string? encoding)
    {
        await using var host = await OtlpHost.StartAsync(new OtlpLimits { RequestBytesMax = 100_000 });
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, new byte[20_000_000], encoding));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.Equal(0, host.Metric("toka_ingest_requests_total"));
    }

    private static async Task<byte[]> CallAsync(OtlpHost host, byte[] request, string? encoding = null)
    {
        using var channel = GrpcChannel.ForAddress(host.Grpc, new GrpcChannelOptions
        {
            CompressionProviders = [new GzipCompressionProvider(System.IO.Compression.CompressionLevel.Fastest)],
        });
        var headers = new Metadata();
        if (encoding is not null)
        {
            headers.Add("grpc-internal-encoding-request", encoding);
        }

        return await channel.CreateCallInvoker().AsyncUnaryCall(Export, null, new CallOptions(headers), request);
    }
}
