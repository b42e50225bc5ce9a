using Microsoft.AspNetCore.Http;
using Toka.Core.Telemetry;
using Toka.Protocols.Influx;
using Toka.Web.Http;
using Toka.Web.Ingest;

namespace Toka.Web.Influx;

/// <summary>Which of InfluxDB's write APIs a request speaks.</summary>
internal enum InfluxApi
{
    /// <summary><c>/write</c> of 1.x: <c>db</c>, <c>{"error":…}</c>.</summary>
    One,

    /// <summary><c>/api/v2/write</c> of 2.x: <c>bucket</c>, <c>{"code":…,"message":…}</c>.</summary>
    Two,
}

/// <summary>One write of line protocol. An answer 204 says that all of it is stored but texts, which are counted.</summary>
internal sealed class InfluxEndpoint(InfluxReceiver receiver, InfluxApi api) : IngestEndpoint(receiver.Host)
{
    /// <summary>The version that clients of 1.x ask for: the one whose API is spoken.</summary>
    internal const string VersionText = "1.8.0-toka";

    private const int ErrorHeaderCharactersMax = 512;
    private const int DatabaseCharactersMax = 512;

    protected override int BytesMax => receiver.RequestBytesMax;

    protected override IngestTally TallyOf(HttpContext context) => receiver.Tally;

    protected override IngestFault? Check(HttpContext context)
    {
        context.Response.Headers["X-Influxdb-Version"] = VersionText;
        var precision = context.Request.Query["precision"].ToString();
        if (!InfluxPrecisions.TryParse(precision, out _))
        {
            return new IngestFault("bad_request", StatusCodes.Status400BadRequest,
                $"invalid precision \"{Printable(precision, 20)}\"; use ns, us, ms or s, and with /write m or h too");
        }

        return DatabaseOf(context).Length > DatabaseCharactersMax
            ? new IngestFault("bad_request", StatusCodes.Status400BadRequest, $"the {Parameter} has more than {DatabaseCharactersMax} characters; shorten it")
            : null;
    }

    protected override async ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _ = InfluxPrecisions.TryParse(context.Request.Query["precision"].ToString(), out var precision);
        var result = await receiver.WriteAsync(body, precision, DatabaseOf(context), cancellationToken);
        return result.Refusal is { } refusal
            ? Error(context, result.Written.Accepted + result.Written.Duplicates > 0 ? "partial" : "bad_request", StatusCodes.Status400BadRequest, refusal)
            : new IngestAnswer("ok", StatusCodes.Status204NoContent);
    }

    protected override IngestAnswer AnswerOf(HttpContext context, IngestFault fault) => Error(context, fault.Outcome, fault.Status, fault.Message);

    private string Parameter => api == InfluxApi.One ? "db" : "bucket";

    private string DatabaseOf(HttpContext context) => context.Request.Query[Parameter].ToString();

    private IngestAnswer Error(HttpContext context, string outcome, int status, string message)
    {
        var code = outcome switch
        {
            "busy" => "too many requests",
            "too_large" => "request too large",
            "unavailable" => "unavailable",
            _ => "invalid",
        };
        context.Response.Headers[api == InfluxApi.One ? "X-Influxdb-Error" : "X-Platform-Error-Code"] =
            api == InfluxApi.One ? Printable(message, ErrorHeaderCharactersMax) : code;
        return new IngestAnswer(outcome, status, "application/json", api == InfluxApi.One ? InfluxJson.Error(message) : InfluxJson.Error(code, message));
    }

    /// <summary>A header's value has no line breaks and nothing beyond ASCII.</summary>
    private static string Printable(string text, int charactersMax) =>
        string.Concat(text.Take(charactersMax).Select(static c => c is >= ' ' and <= '~' ? c : '?'));
}

/// <summary>InfluxDB's JSON.</summary>
internal static class InfluxJson
{
    /// <summary>An error of 1.x.</summary>
    public static byte[] Error(string message) => Of(("error", message));

    /// <summary>An error of 2.x.</summary>
    public static byte[] Error(string code, string message) => Of(("code", code), ("message", message));

    private static byte[] Of(params ReadOnlySpan<(string Name, string Text)> members)
    {
        using var buffer = new PooledBuffer(256);
        using (var json = JsonResponse.WriterTo(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, text) in members)
            {
                json.WriteString(name, text);
            }

            json.WriteEndObject();
        }

        return [.. buffer.WrittenMemory.Span, .. "\n"u8];
    }
}
