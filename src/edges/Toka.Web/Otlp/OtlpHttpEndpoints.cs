using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Toka.Core.Telemetry;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>OTLP over HTTP: <c>POST /v1/metrics</c>, <c>/v1/traces</c> and <c>/v1/logs</c>, protobuf or JSON, plain, gzip or zstd.</summary>
public static class OtlpHttpEndpoints
{
    /// <summary>Maps the paths of all signals; one that is not taken is answered with 404 and a sentence.</summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="receiver">Takes the requests.</param>
    /// <returns>The endpoints, for conventions such as authorisation or a host filter.</returns>
    public static IEndpointConventionBuilder MapTokaOtlpHttp(this IEndpointRouteBuilder endpoints, OtlpReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(receiver);
        var group = endpoints.MapGroup("/v1");
        group.MapPost("/metrics", (RequestDelegate)new OtlpHttpEndpoint(receiver, OtlpSignal.Metrics).HandleAsync);
        group.MapPost("/traces", (RequestDelegate)new OtlpHttpEndpoint(receiver, OtlpSignal.Traces).HandleAsync);
        group.MapPost("/logs", (RequestDelegate)new OtlpHttpEndpoint(receiver, OtlpSignal.Logs).HandleAsync);
        return group;
    }
}

/// <summary>One request of OTLP over HTTP; faults are told as a <c>google.rpc.Status</c> in the format of the request.</summary>
internal sealed class OtlpHttpEndpoint(OtlpReceiver receiver, OtlpSignal signal) : IngestEndpoint(receiver.Host)
{
    private const string ProtobufType = "application/x-protobuf";
    private const string JsonType = "application/json";

    protected override int BytesMax => receiver.Limits.RequestBytesMax;

    protected override IngestTally TallyOf(HttpContext context) => receiver.TallyOf(IsJson(context) ? OtlpProtocol.HttpJson : OtlpProtocol.HttpProtobuf);

    protected override IngestFault? Check(HttpContext context)
    {
        if (receiver.WhyNot(signal) is { } reason)
        {
            return new IngestFault("not_taken", StatusCodes.Status404NotFound, reason);
        }

        return IsJson(context) || IsType(context, ProtobufType)
            ? null
            : new IngestFault("unsupported", StatusCodes.Status415UnsupportedMediaType,
                $"Content-Type must be {ProtobufType} or {JsonType}, but is \"{context.Request.ContentType}\"");
    }

    protected override async ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var isJson = IsJson(context);
        var result = await receiver.ExportAsync(signal, body, isJson ? OtlpProtocol.HttpJson : OtlpProtocol.HttpProtobuf, cancellationToken);
        return new IngestAnswer(
            result.Outcome,
            StatusCodes.Status200OK,
            isJson ? JsonType : ProtobufType,
            isJson ? OtlpResponses.ExportJson(signal, result.Rejected, result.Reasons) : OtlpResponses.ExportProtobuf(result.Rejected, result.Reasons));
    }

    protected override IngestAnswer AnswerOf(HttpContext context, IngestFault fault)
    {
        var code = fault.Outcome switch
        {
            "unsupported" or "not_taken" => OtlpStatusCode.Unimplemented,
            "busy" or "too_large" => OtlpStatusCode.ResourceExhausted,
            "unavailable" => OtlpStatusCode.Unavailable,
            _ => OtlpStatusCode.InvalidArgument,
        };
        var isJson = IsJson(context);
        return new IngestAnswer(
            fault.Outcome,
            fault.Status,
            isJson ? JsonType : ProtobufType,
            isJson ? OtlpResponses.StatusJson(code, fault.Message) : OtlpResponses.StatusProtobuf(code, fault.Message));
    }

    private static bool IsJson(HttpContext context) => IsType(context, JsonType);

    private static bool IsType(HttpContext context, string type) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) && parsed.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase);
}
