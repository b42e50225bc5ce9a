using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Query.PromQL;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary><c>api/v1/format_query</c> and <c>api/v1/parse_query</c>: an expression laid out, and as a tree.</summary>
internal sealed class LanguageApi(TokaWebServices services)
{
    private static readonly string[] s_getAndPost = ["GET", "POST"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods("/api/v1/format_query", s_getAndPost, endpoint.Always(FormatAsync));
        endpoints.MapMethods("/api/v1/parse_query", s_getAndPost, endpoint.Always(ParseAsync));
    }

    private async Task FormatAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var text = PromQlText.Format(await ExpressionAsync(context, cancellationToken), services.Language);
        await using var response = Envelope.Begin(context);
        response.Json.WriteStringValue(text);
        await Envelope.EndAsync(response);
    }

    private async Task ParseAsync(HttpContext context, CancellationToken cancellationToken)
    {
        // Into a buffer of its own: a tree may have more levels than other answers, and a wrong expression must not leave half of one.
        using var buffer = new PooledBuffer();
        await using (var json = new Utf8JsonWriter(buffer, JsonResponse.Options with { MaxDepth = PromQlText.TreeDepthMax(services.Language) }))
        {
            PromQlText.WriteTree(await ExpressionAsync(context, cancellationToken), services.Language, json);
        }

        await using var response = Envelope.Begin(context);
        response.Json.WriteRawValue(buffer.Written, skipInputValidation: true);
        await Envelope.EndAsync(response);
    }

    private async ValueTask<string> ExpressionAsync(HttpContext context, CancellationToken cancellationToken) =>
        (await ApiParameters.ReadAsync(context, services.Limits, cancellationToken)).Required("query");
}
