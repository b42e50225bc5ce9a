using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Series;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api;

/// <summary><c>GET api/toka/v1/cardinality</c>: where series come from, and what grew; see docs/reference/http-api.md.</summary>
internal sealed class CardinalityApi(TokaWebServices services, ICardinalityFeed feed)
{
    /// <summary>Entries of each kind, unless asked for another number.</summary>
    private const int LimitDefault = 20;

    /// <summary>The most entries of each kind: the answer is for people.</summary>
    private const int LimitMax = 1000;

    private static readonly string[] s_get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint) =>
        endpoints.MapMethods("/api/toka/v1/cardinality", s_get, endpoint.Query(CompareAsync));

    private async Task CompareAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var limit = parameters.Limit() is var asked and > 0 ? Math.Min(asked, LimitMax) : LimitDefault;
        var dayAgo = services.Time.GetUtcNow().AddDays(-1).ToUnixTimeMilliseconds();
        var growth = await feed.CompareAsync(limit, parameters.Time("since", dayAgo), cancellationToken);
        await using var response = new JsonResponse(context);
        Write(response.Json, growth);
        await response.CompleteAsync();
    }

    private static void Write(Utf8JsonWriter json, CardinalityGrowth growth)
    {
        json.WriteStartObject();
        json.WriteNumber("series"u8, growth.Series);
        json.WriteNumber("labelPairs"u8, growth.LabelPairs);
        json.WriteOptional("recordedAtMs"u8, growth.RecordedAtMs);
        json.WriteStartArray("entries"u8);
        foreach (var entry in growth.Entries)
        {
            json.WriteStartObject();
            json.WriteString("by"u8, entry.By);
            json.WriteString("name"u8, entry.Name);
            json.WriteNumber("count"u8, entry.Count);
            json.WriteOptional("before"u8, entry.Before);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("newSeries"u8);
        foreach (var job in growth.Churn)
        {
            json.WriteStartObject();
            json.WriteString("job"u8, job.Job);
            json.WriteNumber("hour"u8, job.Hour);
            json.WriteNumber("day"u8, job.Day);
            json.WriteNumber("refused"u8, job.Refused);
            json.WriteString("topMetric"u8, job.TopMetric);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
