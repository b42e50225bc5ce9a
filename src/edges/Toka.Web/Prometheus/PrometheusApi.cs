using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Query;
using Toka.Query.Results;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>
/// The queries of Prometheus's HTTP API under <c>api/v1</c>, so that Grafana and every other client of Prometheus can ask.
/// Source: Prometheus 3, "HTTP API".
/// </summary>
/// <param name="services">What the endpoints stand on.</param>
/// <param name="places">The places of queries.</param>
internal sealed class PrometheusApi(TokaWebServices services, QueryPlaces places)
{
    private static readonly string[] GetAndPost = ["GET", "POST"];
    private static readonly string[] Get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        var catalog = new CatalogApi(services);
        endpoints.MapMethods("/api/v1/query", GetAndPost, endpoint.Evaluating(InstantAsync));
        endpoints.MapMethods("/api/v1/query_range", GetAndPost, endpoint.Evaluating(RangeAsync));
        endpoints.MapMethods("/api/v1/series", GetAndPost, endpoint.Partial(catalog.SeriesAsync));
        endpoints.MapMethods("/api/v1/labels", GetAndPost, endpoint.Partial(catalog.LabelsAsync));
        endpoints.MapMethods("/api/v1/label/{name}/values", Get, endpoint.Partial(catalog.LabelValuesAsync));
        endpoints.MapMethods("/api/v1/metadata", Get, endpoint.Partial(catalog.MetadataAsync));
    }

    private async Task InstantAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var expression = parameters.Required("query");
        var timeMs = parameters.Time("time", services.Time.GetUtcNow().ToUnixTimeMilliseconds());
        await AnswerAsync(context, parameters, QueryRequest.Instant(expression, timeMs) with { Origin = RequestOrigin.Of(context) }, cancellationToken);
    }

    private async Task RangeAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var expression = parameters.Required("query");
        var startMs = parameters.Time("start");
        var endMs = parameters.Time("end");
        var stepMs = parameters.PositiveDuration("step");
        if (endMs < startMs)
        {
            throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        }

        await AnswerAsync(context, parameters, QueryRequest.Range(expression, startMs, endMs, stepMs) with { Origin = RequestOrigin.Of(context) }, cancellationToken);
    }

    /// <summary>Toka's own parameter <c>resolution</c>: <c>raw</c> leaves summaries aside where raw samples are kept.</summary>
    private static bool PrefersRaw(ApiParameters parameters) => parameters.First("resolution") switch
    {
        null or "auto" => false,
        "raw" => true,
        var other => throw ApiParameters.Invalid("resolution", $"\"{other}\" is not known: give raw, or auto (the default)"),
    };

    private async Task AnswerAsync(
        HttpContext context, ApiParameters parameters, QueryRequest request, CancellationToken cancellationToken)
    {
        var limit = parameters.Limit();
        var stats = parameters.First("stats");
        var timeLimit = parameters.Timeout(services.Limits.QueryTimeout);
        request = request with
        {
            PrefersRaw = PrefersRaw(parameters),
            LookbackDelta = parameters.OptionalDuration("lookback_delta"),
            WantsProfile = stats is not null,
        };
        var (result, queued) = await places.RunAsync(request, timeLimit, cancellationToken);

        // Writing is outside the place: a slow reader must not keep others from being answered.
        await using var response = new JsonResponse(context);
        await ResultWriter.WriteAsync(response, result, limit, stats is null ? null : new StatsRequest(stats == "all", queued));
    }
}
