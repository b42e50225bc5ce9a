using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Toka.Web.Http;

namespace Toka.Web.Live;

/// <summary>The endpoint of the live connection.</summary>
internal sealed class LiveApi(LiveHub hub)
{
    /// <summary>How often an idle connection is pinged, and how long the answer may take: a page that vanished is noticed within a minute.</summary>
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(30);

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/toka/v1/live", (RequestDelegate)ServeAsync);

    private async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await ErrorResponse.SendAsync(
                context, StatusCodes.Status426UpgradeRequired, "bad_data", "This is a WebSocket endpoint; docs/formats/live.md describes it.");
            return;
        }

        if (hub.Services.Stopping.IsCancellationRequested)
        {
            await ErrorResponse.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", "Toka stops.");
            return;
        }

        // A page on a thin line is served slowly, not cut off: its queue is bounded.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (!hub.TryEnter())
        {
            await ErrorResponse.SendAsync(
                context, StatusCodes.Status503ServiceUnavailable, "unavailable",
                string.Create(CultureInfo.InvariantCulture, $"All {hub.Services.Limits.MaxLiveConnections} live connections are in use; close a page."));
            return;
        }

        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(
                new WebSocketAcceptContext { KeepAliveInterval = PingInterval, KeepAliveTimeout = PingTimeout });
            await new LiveConnection(hub, socket).RunAsync(context.RequestAborted);
        }
        finally
        {
            hub.Leave();
        }
    }
}
