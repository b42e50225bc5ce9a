using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Toka.Web.Api;
using Toka.Web.Api.Events;
using Toka.Web.Api.Logs;
using Toka.Web.Api.Traces;
using Toka.Web.Http;
using Toka.Web.Jaeger;
using Toka.Web.Live;
using Toka.Web.Ops;
using Toka.Web.Page;
using Toka.Web.Prometheus;
using Toka.Web.Security;
using Toka.Web.Tempo;

namespace Toka.Web;

/// <summary>
/// Puts Toka's endpoints into an ASP.NET Core server: <see cref="ConfigureKestrel"/> on its options, <see cref="Use"/> on
/// its pipeline before anything else, <see cref="Map"/> on its routes.
/// </summary>
public static class TokaWeb
{
    /// <summary>The slowest body that is waited for, in bytes a second; Kestrel's own default, after 5 s of grace.</summary>
    private const double MinDataRate = 240;

    /// <summary>Bytes of a request's first line: a long expression in a URL fits, beyond that there is POST.</summary>
    private const int MaxRequestLineBytes = 32 * 1024;

    /// <summary>Bytes of all headers of a request.</summary>
    private const int MaxHeaderBytes = 32 * 1024;

    /// <summary>Sets the server's limits, so that no client can hold or fill it. Listeners are added by the caller.</summary>
    /// <param name="kestrel">The server's options.</param>
    /// <param name="limits">The limits.</param>
    public static void ConfigureKestrel(KestrelServerOptions kestrel, WebLimits limits)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        ArgumentNullException.ThrowIfNull(limits);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.MaxLiveConnections;
        kestrel.Limits.MaxRequestBodySize = limits.MaxRequestBodyBytes;
        kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.KeepAliveTimeout = limits.KeepAlive;
        kestrel.Limits.RequestHeadersTimeout = limits.RequestHeaders;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(MinDataRate, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(MinDataRate, gracePeriod: TimeSpan.FromSeconds(5));
    }

    /// <summary>
    /// Puts the guard (Host, Origin, security headers) and WebSockets into the pipeline. Call it first: what comes before
    /// it is not guarded.
    /// </summary>
    /// <param name="app">The pipeline.</param>
    /// <param name="services">What the endpoints stand on.</param>
    public static void Use(IApplicationBuilder app, TokaWebServices services)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(services);
        var guard = new RequestGuard(services.AllowedHosts, services.Self);
        app.Use(next => context => guard.InvokeAsync(context, next));
        app.UseWebSockets();
    }

    /// <summary>
    /// Maps the page, Prometheus's and Toka's API, the live connection and the operator's endpoints. Under a route group
    /// with a prefix all of it, the page included, works below that prefix.
    /// </summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="services">What the endpoints stand on; the same for <see cref="Use"/>.</param>
    public static void Map(IEndpointRouteBuilder endpoints, TokaWebServices services)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(services);
        var endpoint = new TokaEndpoint(services);
        var overview = new OverviewSource(services);
        var places = new QueryPlaces(services);
        new PrometheusApi(services, places).Map(endpoints, endpoint);
        new LanguageApi(services).Map(endpoints, endpoint);
        new ExemplarsApi(services, places).Map(endpoints, endpoint);
        new RulesApi(services).Map(endpoints, endpoint);
        new TargetsApi(services).Map(endpoints, endpoint);
        new StatusApi(services).Map(endpoints, endpoint);
        new RemoteReadApi(services).Map(endpoints, endpoint);
        new FederateApi(services, places).Map(endpoints, endpoint);
        new TokaApi(services, overview).Map(endpoints, endpoint);
        new IngestApi(services).Map(endpoints, endpoint);
        if (services.Cardinality is { } cardinality)
        {
            new CardinalityApi(services, cardinality).Map(endpoints, endpoint);
        }

        if (services.Tracked is { } tracked)
        {
            new QueriesApi(tracked).Map(endpoints, endpoint);
        }

        if (services.Forwarding is { } forwarding)
        {
            ForwardingApi.Map(endpoints, endpoint, forwarding);
        }

        MapEvents(endpoints, services, endpoint);
        new ExportApi(services).Map(endpoints, endpoint);
        if (services.Care is { } care)
        {
            new AdminApi(services, care).Map(endpoints, endpoint);
        }

        new OpsApi(services).Map(endpoints, endpoint);
        new LiveApi(new LiveHub(services, overview)).Map(endpoints);
        PageApi.Map(endpoints, services.ServePage);
    }

    /// <summary>Maps what is asked of spans and log records, where such are kept.</summary>
    private static void MapEvents(IEndpointRouteBuilder endpoints, TokaWebServices services, TokaEndpoint endpoint)
    {
        if (services.Spans is { } spans)
        {
            new TracesApi(services, spans, services.Logs).Map(endpoints, endpoint);
            new JaegerApi(services, spans).Map(endpoints, endpoint);
            new TempoApi(services, spans).Map(endpoints, endpoint);
            new TempoTagsApi(services, spans).Map(endpoints, endpoint);
            new CompareApi(services, spans).Map(endpoints, endpoint);
            new ServicesApi(services).Map(endpoints, endpoint);
            new SamplingApi(services, spans, services.Sampling).Map(endpoints, endpoint);
        }

        if (services.Logs is { } logs)
        {
            new LogsApi(services, logs).Map(endpoints, endpoint);
        }

        if (services.Spans is not null || services.Logs is not null)
        {
            new FieldsApi(services, services.Spans, services.Logs).Map(endpoints, endpoint);
        }
    }
}
