using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Toka.Core.Telemetry;
using Toka.Web.Ingest;

namespace Toka.Web.Zipkin;

/// <summary>Zipkin's way in: <c>POST /api/v2/spans</c>, JSON, plain, gzip or zstd.</summary>
public static class ZipkinEndpoints
{
    /// <summary>Maps the path; where no spans are taken it is answered with 404 and a sentence.</summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="receiver">Takes the requests.</param>
    public static void MapTokaZipkin(this IEndpointRouteBuilder endpoints, ZipkinReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(receiver);
        endpoints.MapPost("/api/v2/spans", (RequestDelegate)new ZipkinEndpoint(receiver).HandleAsync);
    }
}

/// <summary>
/// One list of spans. Zipkin has no partial success: 202 says that some were stored, with a sentence about those that were not;
/// 400 that none was.
/// </summary>
internal sealed class ZipkinEndpoint(ZipkinReceiver receiver) : IngestEndpoint(receiver.Host)
{
    private const string JsonType = "application/json";
    private const string TextType = "text/plain; charset=utf-8";

    protected override int BytesMax => receiver.RequestBytesMax;

    protected override IngestTally TallyOf(HttpContext context) => receiver.Tally;

    protected override IngestFault? Check(HttpContext context)
    {
        if (receiver.Host.Spans is null)
        {
            return new IngestFault("not_taken", StatusCodes.Status404NotFound, "spans are not taken here: tracing is switched off in Toka's configuration");
        }

        // Some senders leave the type out; those of Zipkin's other formats say it.
        return context.Request.ContentType is not { Length: > 0 } type
            || (MediaTypeHeaderValue.TryParse(type, out var parsed) && parsed.MediaType.Equals(JsonType, StringComparison.OrdinalIgnoreCase))
            ? null
            : new IngestFault("unsupported", StatusCodes.Status415UnsupportedMediaType, $"Content-Type must be {JsonType}, but is \"{type}\"");
    }

    protected override async ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var result = await receiver.WriteAsync(body, cancellationToken);
        return result.Rejected == 0
            ? new IngestAnswer("ok", StatusCodes.Status202Accepted)
            : new IngestAnswer(
                result.Accepted > 0 ? "partial" : "bad_request",
                result.Accepted > 0 ? StatusCodes.Status202Accepted : StatusCodes.Status400BadRequest,
                TextType,
                Encoding.UTF8.GetBytes(result.Reasons + "\n"));
    }
}
