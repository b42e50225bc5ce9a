using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Telemetry;
using Toka.Protocols.Exposition;
using Toka.Protocols.TextPush;
using Toka.Web.Ingest;

namespace Toka.Web.Push;

/// <summary>
/// Pushed expositions: <c>/api/v1/import/prometheus</c> as VictoriaMetrics has it, and <c>/metrics/job/…</c> as Pushgateway
/// has it.
/// </summary>
public static class PushEndpoints
{
    private static readonly string[] s_push = ["POST", "PUT"];
    private static readonly string[] s_group = ["POST", "PUT", "DELETE"];

    /// <summary>Maps the paths.</summary>
    /// <param name="endpoints">Where to map them.</param>
    /// <param name="receiver">Takes the requests.</param>
    public static void MapTokaPush(this IEndpointRouteBuilder endpoints, PushReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(receiver);
        endpoints.MapMethods("/api/v1/import/prometheus", s_push, (RequestDelegate)new ImportEndpoint(receiver).HandleAsync);
        var group = new PushGroupEndpoint(receiver);
        endpoints.MapMethods("/metrics/job/{**group}", s_group, (RequestDelegate)group.HandleAsync);
        endpoints.MapMethods("/metrics/job@base64/{**group}", s_group, (RequestDelegate)group.HandleAsync);
    }
}

/// <summary>What both ways of pushing an exposition have in common: formats, encodings, and how faults are told.</summary>
internal abstract class PushEndpoint(PushReceiver receiver) : IngestEndpoint(receiver.Host)
{
    protected PushReceiver Receiver { get; } = receiver;

    protected override int BytesMax => Receiver.Limits.RequestBytesMax;

    protected override string Encodings => "gzip, zstd, snappy or none";

    protected override bool Takes(BodyEncoding encoding) => true;

    protected override IngestTally TallyOf(HttpContext context) => Receiver.Tally;

    /// <summary>The format that the sender names; else, as many name none, what the body looks like.</summary>
    protected static ExpositionFormat FormatOf(HttpContext context, ReadOnlyMemory<byte> body) =>
        ExpositionFormats.TryFromContentType(context.Request.ContentType, null, out var format, out _) ? format : ExpositionFormats.Detect(body.Span);

    /// <summary>The answer: a status without a body where all is well, else 400 with what was stored and what was not.</summary>
    protected static IngestAnswer Answer(in PushResult result, int status)
    {
        var (decoded, written, refused, reason) = result;
        if (decoded.Malformed == 0 && refused == 0)
        {
            return new IngestAnswer("ok", status);
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{written} samples are stored; {decoded.Malformed} lines and {refused} samples are refused\n");
        foreach (var fault in decoded.Faults)
        {
            text.Append(CultureInfo.InvariantCulture, $"{fault}\n");
        }

        if (decoded.Malformed > decoded.Faults.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"and {decoded.Malformed - decoded.Faults.Count} more\n");
        }

        if (reason is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"the store: {reason}\n");
        }

        return new IngestAnswer(
            written > 0 ? "partial" : "bad_request", StatusCodes.Status400BadRequest, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }
}

/// <summary>VictoriaMetrics's import of expositions: <c>timestamp</c> in ms and <c>extra_label=name=value</c> as parameters.</summary>
internal sealed class ImportEndpoint(PushReceiver receiver) : PushEndpoint(receiver)
{
    private const int ExtraLabelsMax = 64;

    protected override IngestFault? Check(HttpContext context)
    {
        try
        {
            ExtraOf(context);
            TimeOf(context);
            return null;
        }
        catch (BadInputException e)
        {
            return new IngestFault("bad_request", StatusCodes.Status400BadRequest, e.Message);
        }
    }

    protected override async ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        Answer(
            await Receiver.ImportAsync(body, FormatOf(context, body), ExtraOf(context), TimeOf(context), cancellationToken),
            StatusCodes.Status204NoContent);

    private static long? TimeOf(HttpContext context)
    {
        var text = context.Request.Query["timestamp"].ToString();
        return text.Length == 0 ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms) ? ms
            : throw new BadInputException("the parameter timestamp is not a whole number of milliseconds since the Unix epoch");
    }

    private static LabelSet ExtraOf(HttpContext context)
    {
        var given = context.Request.Query["extra_label"];
        if (given.Count > ExtraLabelsMax)
        {
            throw new BadInputException($"there are more than {ExtraLabelsMax} parameters extra_label");
        }

        var labels = new LabelSetBuilder();
        foreach (var text in given)
        {
            var equals = text?.IndexOf('=', StringComparison.Ordinal) ?? -1;
            if (equals <= 0 || equals > 512 || text!.Length > 4096 || text.StartsWith("__name__=", StringComparison.Ordinal))
            {
                throw new BadInputException("a parameter extra_label is not name=value, with a name other than __name__ and at most 4096 characters");
            }

            labels.Set(text[..equals], text[(equals + 1)..]);
        }

        return labels.Build();
    }
}

/// <summary>Pushgateway's groups: POST adds metrics to a group, PUT replaces all of them, DELETE takes them out.</summary>
internal sealed class PushGroupEndpoint(PushReceiver receiver) : PushEndpoint(receiver)
{
    private const string Prefix = "/metrics/";

    protected override IngestFault? Check(HttpContext context)
    {
        try
        {
            KeyOf(context);
            return null;
        }
        catch (BadInputException e)
        {
            return new IngestFault("bad_request", StatusCodes.Status400BadRequest, e.Message);
        }
    }

    protected override async ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var kind = HttpMethods.IsDelete(context.Request.Method) ? PushKind.Delete
            : HttpMethods.IsPut(context.Request.Method) ? PushKind.Replace
            : PushKind.Add;
        var status = kind == PushKind.Delete ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        body = kind == PushKind.Delete ? default : body;
        return Answer(await Receiver.PushAsync(body, FormatOf(context, body), KeyOf(context), kind, cancellationToken), status);
    }

    /// <summary>The path as it was sent: decoded, a slash within a value could not be told from one between two.</summary>
    private static LabelSet KeyOf(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        target = query < 0 ? target : target[..query];
        var start = target.IndexOf(Prefix + "job", StringComparison.Ordinal);
        return start < 0
            ? throw new BadInputException("the path is not /metrics/job/NAME")
            : GroupingKey.Parse(target[(start + Prefix.Length)..]);
    }
}
