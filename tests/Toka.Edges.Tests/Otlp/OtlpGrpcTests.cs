using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;

namespace Toka.Edges.Tests.Otlp;

public sealed class OtlpGrpcTests
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(static b => b, static b => b);

    private static readonly Method<byte[], byte[]> Export =
        new(MethodType.Unary, "opentelemetry.proto.collector.metrics.v1.MetricsService", "Export", Bytes, Bytes);

    /// <summary>One gauge "g" with one point of value 1 at 1 ms.</summary>
    private static readonly byte[] One = MakeOne();

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

        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, One));
        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        host.Writer.Fails = false;
        Assert.Empty(await CallAsync(host, One));
        Assert.Equal(("g", 1L, 1d), Assert.Single(host.Writer.Samples.Select(s => (s.Labels.ToString(), s.Ms, s.Value))));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task A_message_beyond_the_limit_is_cut_even_when_it_comes_compressed(string? encoding)
    {
        await using var host = await OtlpHost.StartAsync(new OtlpLimits { RequestBytesMax = 100_000 });
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, new byte[5_000_000], encoding));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        await CountedAsync(host, "too_large", 1);
    }

    [Fact]
    public async Task An_encoding_that_is_not_known_is_refused_and_counted()
    {
        await using var host = await OtlpHost.StartAsync();
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, One, "deflate"));
        Assert.Equal(StatusCode.Unimplemented, e.StatusCode);
        Assert.Contains("gzip", e.Status.Detail, StringComparison.Ordinal);
        await CountedAsync(host, "unsupported", 1);
        Assert.Empty(host.Writer.Samples);
    }

    [Fact]
    public async Task Calls_for_which_there_is_no_place_are_unavailable_before_their_message_is_read()
    {
        await using var host = await OtlpHost.StartAsync();
        host.Writer.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new List<Task<byte[]>>();
        for (var i = 0; i < IngestPlaces.Max; i++)
        {
            held.Add(CallAsync(host, One));
            await host.Writer.Entered.WaitAsync();
        }

        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, One));
        Assert.Equal((StatusCode.Unavailable, 1d), (e.StatusCode, host.Metric("toka_ingest_requests_total", ("outcome", "busy"))));
        host.Writer.Hold.SetResult();
        await Task.WhenAll(held);
    }

    [Fact]
    public async Task A_message_that_trickles_for_too_long_gives_its_place_back_and_is_counted()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var host = await OtlpHost.StartAsync(time: time);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Grpc, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"))
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Trickle(),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        var answer = client.SendAsync(request, TestContext.Current.CancellationToken);
        while (!answer.IsCompleted)
        {
            time.Advance(IngestHost.BodyTimeMax); // The call may not have come yet, and then its time has not begun.
            await Task.Yield();
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer);
        await CountedAsync(host, "too_slow", 1);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task A_packed_message_is_taken_and_one_with_a_tail_or_cut_off_is_refused(string encoding)
    {
        await using var host = await OtlpHost.StartAsync();
        Assert.Empty(await CallAsync(host, One, encoding));
        Assert.Single(host.Writer.Samples);
        foreach (var spoil in (Func<byte[], byte[]>[])[packed => [.. packed, 1, 2, 3], packed => packed[..^2]])
        {
            var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, One, encoding, spoil));
            Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
            Assert.Contains(encoding, e.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Single(host.Writer.Samples);
        await CountedAsync(host, "bad_request", 2);
    }

    /// <summary>Waits for a count: a call is counted when all of it is over, which its caller may see a moment before.</summary>
    private static async Task CountedAsync(OtlpHost host, string outcome, double count)
    {
        while (host.Metric("toka_ingest_requests_total", ("protocol", "otlp_grpc"), ("outcome", outcome)) < count)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(count, host.Metric("toka_ingest_requests_total", ("outcome", outcome)));
    }

    private static byte[] MakeOne()
    {
        byte[] point = [0x19, 0x40, 0x42, 0x0f, 0, 0, 0, 0, 0, 0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
        byte[] metric = [0x0a, 1, (byte)'g', 0x2a, (byte)(point.Length + 2), 0x0a, (byte)point.Length, .. point];
        byte[] scope = [0x12, (byte)metric.Length, .. metric];
        byte[] resource = [0x12, (byte)scope.Length, .. scope];
        return [0x0a, (byte)resource.Length, .. resource];
    }

    private static async Task<byte[]> CallAsync(OtlpHost host, byte[] request, string? encoding = null, Func<byte[], byte[]>? spoil = null)
    {
        using var channel = GrpcChannel.ForAddress(host.Grpc, new GrpcChannelOptions
        {
            CompressionProviders = [new Packer("gzip", spoil), new Packer("zstd", spoil), new Packer("deflate", spoil)],
        });
        var headers = new Metadata();
        if (encoding is not null)
        {
            headers.Add("grpc-internal-encoding-request", encoding);
        }

        return await channel.CreateCallInvoker().AsyncUnaryCall(Export, null, new CallOptions(headers), request);
    }

    /// <summary>The head of a message of 1000 bytes, and then nothing.</summary>
    private sealed class Trickle : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 3, 0xe8, 1 });
            await stream.FlushAsync();
            await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>Packs on the client's side, and spoils what it packed.</summary>
    private sealed class Packer(string name, Func<byte[], byte[]>? spoil) : ICompressionProvider
    {
        public string EncodingName => name;

        public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => new Packing(stream, name, spoil);

        public Stream CreateDecompressionStream(Stream stream) => throw new NotSupportedException("Answers are not packed.");

        private sealed class Packing(Stream inner, string name, Func<byte[], byte[]>? spoil) : MemoryStream
        {
            private bool _isDone;

            protected override void Dispose(bool disposing)
            {
                if (disposing && !_isDone)
                {
                    _isDone = true;
                    var packed = new MemoryStream();
                    using (Stream packing = name == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true) : new ZstdSharp.CompressionStream(packed, leaveOpen: true))
                    {
                        packing.Write(ToArray());
                    }

                    inner.Write(spoil is null ? packed.ToArray() : spoil(packed.ToArray()));
                }

                base.Dispose(disposing);
            }
        }
    }
}
