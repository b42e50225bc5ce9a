using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Toka.Core.Telemetry;
using Toka.Edges.Tests.Otlp;
using Toka.Web.Influx;
using Toka.Web.Ingest;
using Toka.Web.Push;

namespace Toka.Edges.Tests.Push;

/// <summary>A Kestrel host with the endpoints for what is pushed, on a free port of the loopback.</summary>
internal sealed class PushHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly PushReceiver _pushes;

    private PushHost(WebApplication app, PushReceiver pushes, MemoryWriter writer, SelfMetrics metrics)
    {
        (_app, _pushes, Writer, Metrics) = (app, pushes, writer, metrics);
        var addresses = app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Client = new HttpClient { BaseAddress = new Uri(addresses.First()) };
    }

    public HttpClient Client { get; }

    public MemoryWriter Writer { get; }

    public SelfMetrics Metrics { get; }

    /// <summary>What was stored, without times.</summary>
    public List<string> Stored => [.. Writer.Samples.Select(static s => $"{s.Labels} {(Toka.Core.Samples.StaleMarker.Is(s.Value) ? "stale" : s.Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture))}")];

    public static async Task<PushHost> StartAsync(PushLimits? limits = null, TimeProvider? time = null)
    {
        var writer = new MemoryWriter();
        var metrics = new SelfMetrics();
        var ingest = new IngestHost(writer, metrics, time ?? TimeProvider.System);
        var pushes = new PushReceiver(ingest, limits);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapTokaPush(pushes);
        app.MapTokaInflux(new InfluxReceiver(ingest));
        await app.StartAsync();
        return new PushHost(app, pushes, writer, metrics);
    }

    public async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> SendAsync(
        HttpMethod method, string path, byte[] body, string? type = null, string? encoding = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        var response = await Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(string method, string path, string body, string? type = null)
    {
        var (status, text, response) = await SendAsync(new HttpMethod(method), path, Encoding.UTF8.GetBytes(body), type);
        response.Dispose();
        return (status, text);
    }

    public double Metric(string name, params (string Name, string Value)[] labels) => Metrics.Read()
        .Where(m => m.Labels["__name__"] == name && labels.All(l => m.Labels[l.Name] == l.Value)).Sum(m => m.Value);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _pushes.Dispose();
    }
}
