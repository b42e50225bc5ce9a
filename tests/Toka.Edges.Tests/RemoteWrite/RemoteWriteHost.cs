using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Snappier;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.RemoteWrite;
using Toka.TimeSeries;
using Toka.Web.Ingest;
using Toka.Web.RemoteWrite;
using ZstdSharp;

namespace Toka.Edges.Tests.RemoteWrite;

/// <summary>The endpoint on a real Kestrel, over a store in memory or a writer that is given.</summary>
internal sealed class RemoteWriteHost : IAsyncDisposable
{
    public const long NowMs = 1_767_229_200_000;

    private readonly WebApplication _app;

    private RemoteWriteHost(WebApplication app, MetricStore store, SelfMetrics metrics, FakeTimeProvider time)
    {
        (_app, Store, Metrics, Time) = (app, store, metrics, time);
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public MetricStore Store { get; }

    public SelfMetrics Metrics { get; }

    public FakeTimeProvider Time { get; }

    public HttpClient Client { get; }

    public static async Task<RemoteWriteHost> StartAsync(ISeriesWriter? writer = null, RemoteWriteLimits? limits = null, MetricStoreOptions? options = null)
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(NowMs));
        var metrics = new SelfMetrics();
        var store = MetricStore.Open(options ?? new MetricStoreOptions(), time, metrics);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapTokaRemoteWrite(new RemoteWriteReceiver(new IngestHost(writer ?? store, metrics, time), limits ?? RemoteWriteLimits.Default));
        await app.StartAsync();
        return new RemoteWriteHost(app, store, metrics, time);
    }

    /// <summary>A batch as a message, not packed.</summary>
    public static byte[] Message(RemoteWriteVersion version, Action<WriteBatch> fill)
    {
        using var batch = new WriteBatch();
        fill(batch);
        using var encoder = RemoteWriteEncoder.Of(version);
        encoder.Begin(batch);
        Assert.True(encoder.Next(int.MaxValue, int.MaxValue));
        return encoder.Written.ToArray();
    }

    public static byte[] Pack(string encoding, byte[] message)
    {
        switch (encoding)
        {
            case "gzip":
                using (var packed = new MemoryStream())
                {
                    using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                    {
                        gzip.Write(message);
                    }

                    return packed.ToArray();
                }

            case "zstd":
                using (var compressor = new Compressor())
                {
                    return compressor.Wrap(message).ToArray();
                }

            case "" or "snappy":
                return Snappy.CompressToArray(message);
            default:
                return message;
        }
    }

    /// <summary>Sends a message of a version, packed with Snappy as the protocol asks.</summary>
    public Task<(int Status, string Text, HttpResponseHeaders Headers)> SendAsync(RemoteWriteVersion version, Action<WriteBatch> fill) =>
        SendAsync(RemoteWriteHeaders.ContentTypeOf(version), "snappy", Snappy.CompressToArray(Message(version, fill)));

    public async Task<(int Status, string Text, HttpResponseHeaders Headers)> SendAsync(string? contentType, string encoding, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        if (encoding.Length > 0)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await Client.PostAsync(new Uri("api/v1/write", UriKind.Relative), content, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers);
    }

    public double Metric(string name, params (string Name, string Value)[] labels) => Metrics.Read()
        .Where(m => m.Labels["__name__"] == name && labels.All(l => m.Labels[l.Name] == l.Value)).Sum(static m => m.Value);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await Store.DisposeAsync();
    }
}
