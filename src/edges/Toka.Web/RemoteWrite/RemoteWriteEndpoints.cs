using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Toka.Core.Telemetry;
using Toka.Protocols.RemoteWrite;
using Toka.Web.Ingest;

namespace Toka.Web.RemoteWrite;

/// <summary>Prometheus' remote write, 1.0 and 2.0: <c>POST /api/v1/write</c>.</summary>
public static class RemoteWriteEndpoints
{
    /// <summary>Maps <c>POST /api/v1/write</c>.</summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="receiver">Takes the requests.</param>
    /// <returns>The endpoint, for conventions such as authorisation or a host filter.</returns>
    public static IEndpointConventionBuilder MapTokaRemoteWrite(this IEndpointRouteBuilder endpoints, RemoteWriteReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(receiver);
        return endpoints.MapPost("/api/v1/write", (RequestDelegate)new RemoteWriteEndpoint(receiver).HandleAsync);
    }
}

/// <summary>
/// One request of remote write. Which version it is Content-Type says; without it, it is 1.0. Senders try a request again for
/// ever when they are answered with 5xx, and never after a 4xx; so what can never be stored is a 400, and what may be stored
/// later a 503.
/// </summary>
internal sealed class RemoteWriteEndpoint(RemoteWriteReceiver receiver) : IngestEndpoint(receiver.Host)
{
    protected override int BytesMax => receiver.Limits.RequestBytesMax;

    protected override BodyEncoding DefaultEncoding => BodyEncoding.Snappy;

    protected override string Encodings => "snappy, gzip, zstd or identity";

    protected override bool Takes(BodyEncoding encoding) => true;

    protected override IngestTally TallyOf(HttpContext context) => receiver.Tally;

    protected override IngestFault? Check(HttpContext context) => VersionOf(context) is not null
        ? null
        : new IngestFault("unsupported", StatusCodes.Status415UnsupportedMediaType,
            $"Content-Type must be {RemoteWriteHeaders.MediaType}, alone or with proto={RemoteWriteHeaders.MessageOf(RemoteWriteVersion.V1)} or proto={RemoteWriteHeaders.MessageOf(RemoteWriteVersion.V2)}, but is \"{context.Request.ContentType}\"");

    protected override async ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var outcome = await receiver.WriteAsync(VersionOf(context)!.Value, body, cancellationToken);
        SetWritten(context, outcome.Samples, outcome.Histograms, outcome.Exemplars);
        if (outcome.Refused == 0)
        {
            return new IngestAnswer("ok", StatusCodes.Status204NoContent);
        }

        if (outcome.HelpsRetrying)
        {
            // Those that are stored by now will be there already when they come again.
            context.Response.Headers.RetryAfter = IngestHost.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return new IngestAnswer(
            "partial",
            outcome.HelpsRetrying ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status400BadRequest,
            "text/plain; charset=utf-8",
            Encoding.UTF8.GetBytes(outcome.Sentence + "\n"));
    }

    protected override IngestAnswer AnswerOf(HttpContext context, IngestFault fault)
    {
        SetWritten(context, 0, 0, 0);

        // Prometheus throws away what is answered with 429, unless it is told otherwise.
        return base.AnswerOf(context, fault.IsRetriable ? fault with { Status = StatusCodes.Status503ServiceUnavailable } : fault);
    }

    /// <summary>Senders of 2.0 count by these; where they are missing, a sender takes the receiver for one of 1.0.</summary>
    private static void SetWritten(HttpContext context, int samples, int histograms, int exemplars)
    {
        if (VersionOf(context) == RemoteWriteVersion.V2)
        {
            var headers = context.Response.Headers;
            headers[RemoteWriteHeaders.SamplesWritten] = samples.ToString(CultureInfo.InvariantCulture);
            headers[RemoteWriteHeaders.HistogramsWritten] = histograms.ToString(CultureInfo.InvariantCulture);
            headers[RemoteWriteHeaders.ExemplarsWritten] = exemplars.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The version that a request is of; null where its type is none that is known.</summary>
    private static RemoteWriteVersion? VersionOf(HttpContext context)
    {
        var header = context.Request.ContentType;
        if (string.IsNullOrEmpty(header) || header == RemoteWriteHeaders.MediaType)
        {
            return RemoteWriteVersion.V1;
        }

        if (!MediaTypeHeaderValue.TryParse(header, out var type) || !type.MediaType.Equals(RemoteWriteHeaders.MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var message = type.Parameters.FirstOrDefault(static p => p.Name.Equals("proto", StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue();
        foreach (var version in (ReadOnlySpan<RemoteWriteVersion>)[RemoteWriteVersion.V1, RemoteWriteVersion.V2])
        {
            if (!message.HasValue || message.Value.Equals(RemoteWriteHeaders.MessageOf(version), StringComparison.Ordinal))
            {
                return version;
            }
        }

        return null;
    }
}
