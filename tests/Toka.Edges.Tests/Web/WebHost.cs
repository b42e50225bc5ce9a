using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Toka.Core.Telemetry;
using Toka.Web;

namespace Toka.Edges.Tests.Web;

/// <summary>The endpoints on a real Kestrel at a free port of the loopback address.</summary>
internal sealed class WebHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebHost(WebApplication app, TokaWebServices services)
    {
        _app = app;
        Services = services;
        Address = new Uri(app.Urls.Single() + "/");
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = Address };
    }

    public TokaWebServices Services { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>Every route with its methods.</summary>
    public IEnumerable<(string Path, string[] Methods)> Routes => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>().Select(static e => (e.RoutePattern.RawText!, (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).ToArray()));

    public FakeQueryEngine Engine => (FakeQueryEngine)Services.Queries;

    public FakeSeries Series => (FakeSeries)Services.Series;

    public static async Task<WebHost> StartAsync(Func<TokaWebServices, TokaWebServices>? change = null, string prefix = "")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            TokaWeb.ConfigureKestrel(kestrel, new WebLimits());
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var services = new TokaWebServices
        {
            Queries = new FakeQueryEngine(),
            Series = new FakeSeries(),
            Selectors = new NameSelectors(),
            Self = new SelfMetrics(),
            Time = TimeProvider.System,
            Stopping = app.Lifetime.ApplicationStopping,
            Version = "1.2.3",
            Environment = "development",
            StartedAtMs = 1_700_000_000_000,
        };
        services = change?.Invoke(services) ?? services;
        TokaWeb.Use(app, services);
        TokaWeb.Map(prefix.Length == 0 ? app : app.MapGroup(prefix), services);
        await app.StartAsync();
        return new WebHost(app, services);
    }

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> GetJsonAsync(string path) => JsonDocument.Parse((await GetAsync(path)).Body).RootElement;

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
