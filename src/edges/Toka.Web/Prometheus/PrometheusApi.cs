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
internal sealed class PrometheusApi(TokaWebServices services) : IDisposable
{
    private static readonly string[] GetAndPost = ["GET", "POST"];
    private static readonly string[] Get = ["GET"];

    private readonly QueryPlaces _places = new(services);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        var catalog = new CatalogApi(services);
        endpoints.MapMethods("/api/v1/query", GetAndPost, endpoint.Evaluating(InstantAsync));
        endpoints.MapMethods("/api/v1/query_range", GetAndPost, endpoint.Evaluating(RangeAsync));
        endpoints.MapMethods("/api/v1/series", GetAndPost, endpoint.Partial(catalog.SeriesAsync));
        endpoints.MapMethods("/api/v1/labels", GetAndPost, endpoint.Partial(catalog.LabelsAsync));
        endpoints.MapMethods("/api/v1/label/{name}/values", Get, endpoint.Partial(catalog.LabelValuesAsync));
        endpoints.MapMethods("/api/v1/metadata", Get, endpoint.Partial(catalog.MetadataAsync));
        endpoints.MapMethods("/api/v1/status/buildinfo", Get, endpoint.Always(BuildInfoAsync));
    }

    public void Dispose() => _places.Dispose();

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

        if ((endMs - startMs) / stepMs > services.Limits.MaxPoints)
        {
            throw new QueryException(
                QueryErrorType.BadData,
                $"exceeded maximum resolution of {services.Limits.MaxPoints:N0} points per timeseries. Try decreasing the query resolution (?step=XX)");
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
        IReadOnlyList<string> warnings = parameters.First("lookback_delta") is null
            ? []
            : ["lookback_delta is not supported and was ignored"];
        var timeLimit = parameters.Timeout(services.Limits.QueryTimeout);
        var (result, _) = await _places.RunAsync(request with { PrefersRaw = PrefersRaw(parameters) }, timeLimit, cancellationToken);

        // Writing is outside the place: a slow reader must not keep others from being answered.
        await using var response = new JsonResponse(context);
        await ResultWriter.WriteAsync(response, result, limit, warnings);
    }

    private async Task BuildInfoAsync(HttpContext context, CancellationToken cancellationToken)
    {
        await using var response = new JsonResponse(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteString("status"u8, "success"u8);
        json.WriteStartObject("data"u8);

        // Clients read this to know which calls they may make, so it is the version of the API, not Toka's.
        json.WriteString("version"u8, ApiVersion);
        json.WriteString("revision"u8, ""u8);
        json.WriteString("branch"u8, ""u8);
        json.WriteString("buildUser"u8, ""u8);
        json.WriteString("buildDate"u8, ""u8);
        json.WriteString("goVersion"u8, ""u8);
        json.WriteString("application"u8, "Toka"u8);
        json.WriteString("applicationVersion"u8, services.Version);
        json.WriteEndObject();
        json.WriteEndObject();
        await response.CompleteAsync();
    }

    /// <summary>The Prometheus version whose query API this is.</summary>
    private const string ApiVersion = "3.5.0";
}
