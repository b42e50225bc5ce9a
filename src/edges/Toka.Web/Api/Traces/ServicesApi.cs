using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Tracing.ServiceMap;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Traces;

/// <summary><c>api/toka/v1/services</c> and <c>service-map</c>: rate, errors and durations, read from the series that are made of spans; see docs/reference/events-api.md.</summary>
internal sealed class ServicesApi(TokaWebServices services)
{
    private const string Root = "/api/toka/v1";

    private static readonly string[] s_get = ["GET"];

    private readonly ServiceMapReader _reader = new(services.Queries, services.Series);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root + "/services", s_get, endpoint.Partial(ListAsync));
        endpoints.MapMethods(Root + "/services/{service}", s_get, endpoint.Partial(ShowAsync));
        endpoints.MapMethods(Root + "/service-map", s_get, endpoint.Partial(MapAsync));
    }

    private async Task ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (from, to) = await RangeAsync(context, cancellationToken);
        var found = await _reader.ServicesAsync(from, to, cancellationToken);
        await EventJson.SendAsync(context, json => RedJson.WriteServices(json, found));
    }

    private async Task ShowAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (from, to) = await RangeAsync(context, cancellationToken);
        var name = RouteText.Of(context, "service");
        var service = await _reader.ServiceAsync(name, from, to, cancellationToken);
        if (service.Figures is null && service.Callers.Count + service.Callees.Count == 0)
        {
            await ErrorResponse.SendAsync(context, StatusCodes.Status404NotFound, "not_found", $"No span of a service \"{name}\" came in that time.");
            return;
        }

        await EventJson.SendAsync(context, json => RedJson.WriteService(json, service));
    }

    private async Task MapAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (from, to) = await RangeAsync(context, cancellationToken);
        var map = await _reader.MapAsync(from, to, cancellationToken);
        await EventJson.SendAsync(context, json => RedJson.WriteMap(json, map));
    }

    /// <summary>The stretch of time in ms. Series end at the present: what comes after it would only make rates smaller.</summary>
    private async Task<(long FromMs, long ToMs)> RangeAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var range = parameters.Range(services.Time);
        var now = services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        return (range.FromNs / 1_000_000, Math.Max((range.FromNs / 1_000_000) + 1, Math.Min(range.ToNs / 1_000_000, now)));
    }
}
