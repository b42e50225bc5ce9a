using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Toka.Core.Telemetry;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>OTLP over HTTP: <c>POST /v1/metrics</c>, protobuf or JSON, plain, gzip or zstd.</summary>
public static class OtlpHttpEndpoints
{
    /// <summary>Maps <c>POST /v1/metrics</c>.</summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="receiver">Takes the requests.</param>
    /// <returns>The endpoint, for conventions such as authorisation or a host filter.</returns>
    public static IEndpointConventionBuilder MapTokaOtlpHttp(this IEndpointRouteBuilder endpoints, OtlpReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(receiver);
        return endpoints.MapPost("/v1/metrics", (RequestDelegate)new OtlpHttpEndpoint(receiver).HandleAsync);
    }
}

/// <summary>One request of OTLP over HTTP; faults are told as a <c>google.rpc.Status</c> in the format of the request.</summary>
internal sealed class OtlpHttpEndpoint(OtlpReceiver receiver) : IngestEndpoint(receiver.Host)
{
    private const string ProtobufType = "application/x-protobuf";
    private const string JsonType = "application/json";

    protected override int BytesMax => receiver.Limits.RequestBytesMax;

    protected override IngestTally TallyOf(HttpContext context) => receiver.TallyOf(IsJson(context) ? OtlpProtocol.HttpJson : OtlpProtocol.HttpProtobuf);

    protected override IngestFault? Check(HttpContext context) => IsJson(context) || IsType(context, ProtobufType)
        ? null
        : new IngestFault("unsupported", StatusCodes.Status415UnsupportedMediaType,
            $"Content-Type must be {ProtobufType} or {JsonType}, but is \"{context.Request.ContentType}\"");

    protected override async ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var isJson = IsJson(context);
        var result = await receiver.ExportAsync(body, isJson ? OtlpProtocol.HttpJson : OtlpProtocol.HttpProtobuf, cancellationToken);
        return new IngestAnswer(
            OtlpReceiver.OutcomeOf(result),
            StatusCodes.Status200OK,
            isJson ? JsonType : ProtobufType,
            isJson ? OtlpResponses.ExportJson(result) : OtlpResponses.ExportProtobuf(result));
    }

    protected override IngestAnswer AnswerOf(HttpContext context, IngestFault fault)
    {
        var code = fault.Outcome switch
        {
            "unsupported" => OtlpStatusCode.Unimplemented,
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
