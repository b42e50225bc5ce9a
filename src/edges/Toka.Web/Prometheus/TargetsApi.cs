using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>
/// What Toka scrapes and which Alertmanagers it sends to: nothing and none. Clients ask for it all the same, and an empty list
/// is the true answer.
/// </summary>
internal static class TargetsApi
{
    private static readonly string[] s_get = ["GET"];

    public static void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        Map("/api/v1/targets", static json =>
        {
            json.WriteStartObject();
            Empty(json, "activeTargets"u8);
            Empty(json, "droppedTargets"u8);
            json.WriteStartObject("droppedTargetCounts"u8);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        Map("/api/v1/targets/metadata", static json =>
        {
            json.WriteStartArray();
            json.WriteEndArray();
        });
        Map("/api/v1/scrape_pools", static json =>
        {
            json.WriteStartObject();
            Empty(json, "scrapePools"u8);
            json.WriteEndObject();
        });
        Map("/api/v1/alertmanagers", static json =>
        {
            json.WriteStartObject();
            Empty(json, "activeAlertmanagers"u8);
            Empty(json, "droppedAlertmanagers"u8);
            json.WriteEndObject();
        });

        void Map(string path, Action<Utf8JsonWriter> write) => endpoints.MapMethods(path, s_get, endpoint.Always(Envelope.Of(write)));
    }

    private static void Empty(Utf8JsonWriter json, ReadOnlySpan<byte> name)
    {
        json.WriteStartArray(name);
        json.WriteEndArray();
    }
}
