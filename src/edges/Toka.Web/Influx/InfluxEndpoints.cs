using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Toka.Core.Errors;
using Toka.Web.Ingest;

namespace Toka.Web.Influx;

/// <summary>
/// The paths by which agents write to InfluxDB: <c>/write</c> of 1.x, <c>/api/v2/write</c> of 2.x, and what agents ask before,
/// <c>/ping</c> and <c>/query</c>; each also below <c>/influx</c>.
/// </summary>
public static class InfluxEndpoints
{
    /// <summary>Bytes of a form that holds a statement. 16 KiB: the statements that are answered have some dozens.</summary>
    private const int StatementBytesMax = 16 * 1024;

    private static readonly string[] s_getOrHead = ["GET", "HEAD"];
    private static readonly string[] s_getOrPost = ["GET", "POST"];

    /// <summary>Maps the paths.</summary>
    /// <param name="endpoints">Where to map them.</param>
    /// <param name="receiver">Takes the writes.</param>
    public static void MapTokaInflux(this IEndpointRouteBuilder endpoints, InfluxReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(receiver);
        var one = new InfluxEndpoint(receiver, InfluxApi.One);
        var two = new InfluxEndpoint(receiver, InfluxApi.Two);
        foreach (var prefix in (ReadOnlySpan<string>)["", "/influx"])
        {
            endpoints.MapPost(prefix + "/write", (RequestDelegate)one.HandleAsync);
            endpoints.MapPost(prefix + "/api/v2/write", (RequestDelegate)two.HandleAsync);
            endpoints.MapMethods(prefix + "/ping", s_getOrHead, (RequestDelegate)PingAsync);
            endpoints.MapMethods(prefix + "/query", s_getOrPost, (RequestDelegate)QueryAsync);
        }
    }

    private static Task PingAsync(HttpContext context)
    {
        context.Response.Headers["X-Influxdb-Version"] = InfluxEndpoint.VersionText;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>There is nothing to create, so an agent that wants its database created may go on. All else is not InfluxDB here.</summary>
    private static async Task QueryAsync(HttpContext context)
    {
        var status = StatusCodes.Status400BadRequest;
        byte[] answer;
        try
        {
            var statement = await StatementAsync(context);
            var words = statement.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var isCreation = words is [var verb, var noun, _] && verb.Equals("CREATE", StringComparison.OrdinalIgnoreCase) && noun.Equals("DATABASE", StringComparison.OrdinalIgnoreCase);
            status = isCreation ? StatusCodes.Status200OK : status;
            answer = isCreation
                ? "{\"results\":[{\"statement_id\":0}]}\n"u8.ToArray()
                : InfluxJson.Error("of InfluxQL only CREATE DATABASE is answered, for agents that begin with it; ask in PromQL at /api/v1/query");
        }
        catch (BadInputException e)
        {
            answer = InfluxJson.Error(e.Message);
        }
        catch (LimitExceededException e)
        {
            status = StatusCodes.Status413PayloadTooLarge;
            answer = InfluxJson.Error(e.Message);
        }

        var response = context.Response;
        response.Headers["X-Influxdb-Version"] = InfluxEndpoint.VersionText;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = answer.Length;
        await response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private static async ValueTask<string> StatementAsync(HttpContext context)
    {
        var statement = context.Request.Query["q"].ToString();
        if (statement.Length > 0 || !HttpMethods.IsPost(context.Request.Method))
        {
            return statement;
        }

        using var body = await IngestBody.ReadAsync(context.Request.Body, BodyEncoding.Identity, StatementBytesMax, context.RequestAborted);
        return QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body.Memory.Span)).TryGetValue("q", out var given) ? given.ToString() : "";
    }
}
