using Microsoft.AspNetCore.Http;
using Toka.Core.Errors;
using Toka.Query.Results;

namespace Toka.Web.Http;

/// <summary>
/// Errors as every endpoint answers them: <c>{"status":"error","errorType":"…","error":"…"}</c>, with the types and status
/// codes of Prometheus's HTTP API.
/// </summary>
internal static class ErrorResponse
{
    /// <summary>Nginx's number for "the client closed the request"; there is no standard one.</summary>
    private const int ClientClosedRequest = 499;

    /// <summary>The type and status of an exception that a request may end with; null for a fault of Toka's own.</summary>
    public static (string Type, int Status)? Classify(Exception exception) => exception switch
    {
        QueryException { Type: QueryErrorType.BadData } => ("bad_data", StatusCodes.Status400BadRequest),
        QueryException { Type: QueryErrorType.Execution } => ("execution", StatusCodes.Status422UnprocessableEntity),
        QueryException { Type: QueryErrorType.Timeout } => ("timeout", StatusCodes.Status503ServiceUnavailable),
        QueryException { Type: QueryErrorType.Canceled } => ("canceled", ClientClosedRequest),
        BadHttpRequestException bad => ("bad_data", bad.StatusCode),
        BadInputException => ("bad_data", StatusCodes.Status400BadRequest),
        LimitExceededException => ("execution", StatusCodes.Status422UnprocessableEntity),
        InvalidDataException => ("bad_data", StatusCodes.Status400BadRequest),
        _ => null,
    };

    /// <summary>Sends an error. Nothing may have been sent before.</summary>
    public static async Task SendAsync(HttpContext context, int status, string type, string message)
    {
        // What was meant to be sent may have announced its own form.
        context.Response.Headers.ContentEncoding = default;
        context.Response.ContentLength = null;
        context.Response.StatusCode = status;
        await using var response = new JsonResponse(context);
        Write(response.Json, type, message);
        await response.CompleteAsync();
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, string type, string message)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, "error"u8);
        json.WriteString("errorType"u8, type);
        json.WriteString("error"u8, message);
        json.WriteEndObject();
    }
}
