using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Web.Http;

namespace Toka.Web.Ops;

/// <summary>What an operator, a supervisor or a scraper asks: alive, ready, reload, metrics.</summary>
internal sealed class OpsApi(TokaWebServices services)
{
    private static readonly string[] GetOrHead = ["GET", "HEAD"];
    private static readonly string[] PostOrPut = ["POST", "PUT"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods("/-/healthy", GetOrHead, endpoint.Always(HealthyAsync));
        endpoints.MapMethods("/-/ready", GetOrHead, endpoint.Always(ReadyAsync));
        endpoints.MapMethods("/-/reload", PostOrPut, endpoint.Always(ReloadAsync));
        endpoints.MapMethods("/metrics", GetOrHead, endpoint.Always(MetricsAsync));
    }

    private static Task HealthyAsync(HttpContext context, CancellationToken cancellationToken) =>
        SendTextAsync(context, StatusCodes.Status200OK, "Toka is healthy.\n", cancellationToken);

    private Task ReadyAsync(HttpContext context, CancellationToken cancellationToken) => services.NotReady() is { } reason
        ? SendTextAsync(context, StatusCodes.Status503ServiceUnavailable, $"Toka is not ready: {reason}\n", cancellationToken)
        : SendTextAsync(context, StatusCodes.Status200OK, "Toka is ready.\n", cancellationToken);

    private async Task ReloadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (services.Reload is null)
        {
            await SendTextAsync(context, StatusCodes.Status404NotFound, "There is no configuration to reload.\n", cancellationToken);
            return;
        }

        var faults = await services.Reload(cancellationToken);
        await (faults.Count == 0
            ? SendTextAsync(context, StatusCodes.Status200OK, "The configuration was reloaded.\n", cancellationToken)
            : SendTextAsync(context, StatusCodes.Status400BadRequest, string.Join('\n', faults) + "\n", cancellationToken));
    }

    private async Task MetricsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBuffer(16 * 1024);
        MetricsText.Write(services.Self, buffer);
        context.Response.ContentType = MetricsText.ContentType;
        var body = Compression.Begin(context, buffer.Length);
        await body.WriteAsync(buffer.WrittenMemory, cancellationToken);
        await Compression.EndAsync(body);
    }

    private static Task SendTextAsync(HttpContext context, int status, string text, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, cancellationToken);
    }
}
