using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Forwarding;
using Toka.Web.Http;

namespace Toka.Web.Api;

/// <summary><c>GET api/toka/v1/forwarding</c>: how sending samples on to other stores goes; see docs/reference/http-api.md.</summary>
internal static class ForwardingApi
{
    private static readonly string[] s_get = ["GET"];

    public static void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint, IForwardingFeed feed) =>
        endpoints.MapMethods("/api/toka/v1/forwarding", s_get, endpoint.Always((context, _) => ListAsync(context, feed)));

    private static async Task ListAsync(HttpContext context, IForwardingFeed feed)
    {
        await using var response = new JsonResponse(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteStartArray("remotes"u8);
        foreach (var remote in feed.Remotes)
        {
            Write(json, remote);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await response.CompleteAsync();
    }

    private static void Write(Utf8JsonWriter json, RemoteStatus remote)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, remote.Name);
        json.WriteString("url"u8, remote.Url);
        json.WriteString("state"u8, remote.State.ToString().ToLowerInvariant());
        json.WriteString("protocol"u8, remote.Protocol);
        json.WriteNumber("sent"u8, remote.Sent);
        json.WriteNumber("retried"u8, remote.Retried);
        json.WriteStartObject("dropped"u8);
        foreach (var (reason, count) in remote.Dropped)
        {
            json.WriteNumber(reason, count);
        }

        json.WriteEndObject();
        json.WriteNumber("pending"u8, remote.Pending);
        json.WriteNumber("pendingBytes"u8, remote.PendingBytes);
        json.WriteNumber("lagSeconds"u8, remote.LagSeconds);
        json.WriteNumber("shards"u8, remote.Shards);
        json.WriteOptional("lastSentMs"u8, remote.LastSentMs);
        json.WriteOptional("lastErrorMs"u8, remote.LastErrorMs);
        if (remote.LastError is { } error)
        {
            json.WriteString("lastError"u8, error);
        }
        else
        {
            json.WriteNull("lastError"u8);
        }

        json.WriteEndObject();
    }
}
