using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Query.Tracking;
using Toka.Web.Http;

namespace Toka.Web.Api;

/// <summary><c>api/toka/v1/queries</c>: which queries run, which were slow, which reached a limit; see docs/reference/http-api.md.</summary>
internal sealed class QueriesApi(QueryRegistry queries)
{
    private const string Root = "/api/toka/v1/queries";

    private static readonly string[] s_get = ["GET"];
    private static readonly string[] s_post = ["POST"];
    private static readonly string[] s_delete = ["DELETE"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root, s_get, endpoint.Always(ListAsync));
        endpoints.MapMethods(Root + "/{id}/cancel", s_post, endpoint.Always(CancelAsync));
        endpoints.MapMethods(Root + "/{id}", s_delete, endpoint.Always(CancelAsync));
    }

    private async Task ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        await using var response = new JsonResponse(context);
        var json = response.Json;
        json.WriteStartObject();
        Write(json, "active"u8, queries.Active);
        Write(json, "slowest"u8, queries.Slowest);
        Write(json, "limited"u8, queries.Limited);
        json.WriteEndObject();
        await response.CompleteAsync();
    }

    private async Task CancelAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var text = (string)context.Request.RouteValues["id"]!;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !queries.Cancel(id))
        {
            await ErrorResponse.SendAsync(context, StatusCodes.Status404NotFound, "not_found", $"No query with the number {text} runs; it may have ended.");
            return;
        }

        await using var response = new JsonResponse(context);
        response.Json.WriteStartObject();
        response.Json.WriteNumber("id"u8, id);
        response.Json.WriteBoolean("cancelled"u8, true);
        response.Json.WriteEndObject();
        await response.CompleteAsync();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<TrackedQuery> list)
    {
        json.WriteStartArray(name);
        foreach (var query in list)
        {
            TrackedQueryJson.Write(json, query);
        }

        json.WriteEndArray();
    }
}
