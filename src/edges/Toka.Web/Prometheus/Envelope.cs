using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>What all answers of Prometheus's API have around their data.</summary>
internal static class Envelope
{
    /// <summary>A handler whose answer depends on nothing that the request says.</summary>
    /// <param name="write">Writes the data as one value.</param>
    public static Func<HttpContext, CancellationToken, Task> Of(Action<Utf8JsonWriter> write) => async (context, _) =>
    {
        await using var response = Begin(context);
        write(response.Json);
        await EndAsync(response);
    };

    /// <summary>Begins an answer; the caller writes the data as one value and ends it with <see cref="EndAsync"/>.</summary>
    public static JsonResponse Begin(HttpContext context)
    {
        var response = new JsonResponse(context);
        response.Json.WriteStartObject();
        response.Json.WriteString("status"u8, "success"u8);
        response.Json.WritePropertyName("data"u8);
        return response;
    }

    /// <summary>Ends it.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="warnings">What makes it less than whole; usually nothing.</param>
    public static ValueTask EndAsync(JsonResponse response, params IReadOnlyList<string> warnings)
    {
        ResultWriter.WriteNotes(response.Json, "warnings"u8, warnings);
        response.Json.WriteEndObject();
        return response.CompleteAsync();
    }
}
