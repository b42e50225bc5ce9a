using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Toka.Core.Errors;
using Toka.Protocols.Otlp;

namespace Toka.Web.Otlp;

/// <summary>OTLP over HTTP: <c>POST /v1/metrics</c>, protobuf or JSON, plain or gzip.</summary>
public static class OtlpHttpEndpoints
{
    private const string ProtobufType = "application/x-protobuf";
    private const string JsonType = "application/json";

    /// <summary>Maps <c>POST /v1/metrics</c>.</summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="receiver">Takes the requests.</param>
    /// <returns>The endpoint, for conventions such as authorisation or a host filter.</returns>
    public static IEndpointConventionBuilder MapTokaOtlpHttp(this IEndpointRouteBuilder endpoints, OtlpReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(receiver);
        return endpoints.MapPost("/v1/metrics", (RequestDelegate)(context => HandleAsync(context, receiver)));
    }

    private static async Task HandleAsync(HttpContext context, OtlpReceiver receiver)
    {
        var request = context.Request;
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType : default;
        var isJson = type.Equals(JsonType, StringComparison.OrdinalIgnoreCase);
        var protocol = isJson ? OtlpProtocol.HttpJson : OtlpProtocol.HttpProtobuf;
        var answer = new Answer(context, receiver, protocol);
        if (!isJson && !type.Equals(ProtobufType, StringComparison.OrdinalIgnoreCase))
        {
            await answer.RefuseAsync(StatusCodes.Status415UnsupportedMediaType, OtlpStatusCode.Unimplemented, "unsupported",
                $"Content-Type must be {ProtobufType} or {JsonType}, but is \"{request.ContentType}\"");
            return;
        }

        var encoding = request.Headers.ContentEncoding.ToString();
        var isGzip = encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase);
        if (!isGzip && encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            await answer.RefuseAsync(StatusCodes.Status415UnsupportedMediaType, OtlpStatusCode.Unimplemented, "unsupported",
                $"Content-Encoding must be gzip or none, but is \"{encoding}\"");
            return;
        }

        if (!receiver.TryEnter(protocol))
        {
            await answer.RetryAsync(StatusCodes.Status429TooManyRequests, OtlpStatusCode.ResourceExhausted,
                $"{OtlpReceiver.ConcurrentRequestsMax} requests are being handled already; try again");
            return;
        }

        try
        {
            await ExportAsync(answer, isGzip);
        }
        finally
        {
            receiver.Leave();
        }
    }

    private static async Task ExportAsync(Answer answer, bool isGzip)
    {
        var (context, receiver, protocol) = answer;
        var bytesMax = receiver.Limits.RequestBytesMax;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = bytesMax;
        }

        var decoding = false;
        using var late = new CancellationTokenSource(OtlpReceiver.BodyTimeMax, receiver.Time);
        using var lateOrGone = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            using var body = await OtlpBody.ReadAsync(context.Request.Body, isGzip, bytesMax, lateOrGone.Token);
            decoding = true;
            var result = await receiver.ExportAsync(body.Memory, protocol, context.RequestAborted);
            await answer.WriteAsync(StatusCodes.Status200OK,
                protocol == OtlpProtocol.HttpJson ? OtlpResponses.ExportJson(result) : OtlpResponses.ExportProtobuf(result));
        }
        catch (LimitExceededException e)
        {
            await answer.RefuseAsync(StatusCodes.Status413PayloadTooLarge, OtlpStatusCode.ResourceExhausted, "too_large", e.Message);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await answer.RefuseAsync(StatusCodes.Status413PayloadTooLarge, OtlpStatusCode.ResourceExhausted, "too_large", OtlpBody.TooLarge(bytesMax));
        }
        catch (OperationCanceledException) when (!decoding && late.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await answer.RefuseAsync(StatusCodes.Status408RequestTimeout, OtlpStatusCode.InvalidArgument, "too_slow",
                $"the body did not come within {OtlpReceiver.BodyTimeMax.TotalSeconds:0} s; send smaller batches");
        }
        catch (BadHttpRequestException e)
        {
            await answer.RefuseAsync(e.StatusCode, OtlpStatusCode.InvalidArgument, "bad_request", e.Message);
        }
        catch (BadInputException e)
        {
            // What the receiver refused it has counted; a body that is no gzip did not get so far.
            await answer.RefuseAsync(StatusCodes.Status400BadRequest, OtlpStatusCode.InvalidArgument, decoding ? null : "bad_request", e.Message);
        }
        catch (IOException e) when (decoding)
        {
            await answer.RetryAsync(StatusCodes.Status503ServiceUnavailable, OtlpStatusCode.Unavailable, $"the samples could not be written: {e.Message.TrimEnd('.')}; send them again");
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionAbortedException or ConnectionResetException
            || (e is IOException && context.RequestAborted.IsCancellationRequested))
        {
            // The sender has gone, or the stop cut it off before the request says so; nobody reads an answer.
        }
    }

    private sealed record Answer(HttpContext Context, OtlpReceiver Receiver, OtlpProtocol Protocol)
    {
        public Task RefuseAsync(int httpStatus, OtlpStatusCode code, string? outcome, string message)
        {
            if (outcome is not null)
            {
                Receiver.Count(Protocol, outcome);
            }

            return WriteAsync(httpStatus, Protocol == OtlpProtocol.HttpJson ? OtlpResponses.StatusJson(code, message) : OtlpResponses.StatusProtobuf(code, message));
        }

        public Task RetryAsync(int httpStatus, OtlpStatusCode code, string message)
        {
            Context.Response.Headers.RetryAfter = OtlpReceiver.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            return RefuseAsync(httpStatus, code, null, message);
        }

        public Task WriteAsync(int httpStatus, byte[] body)
        {
            var response = Context.Response;
            response.StatusCode = httpStatus;
            response.ContentType = Protocol == OtlpProtocol.HttpJson ? JsonType : ProtobufType;
            response.ContentLength = body.Length;
            return response.Body.WriteAsync(body, Context.RequestAborted).AsTask();
        }
    }
}
