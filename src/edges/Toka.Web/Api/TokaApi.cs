using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Errors;
using Toka.Core.Hosts;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api;

/// <summary>Toka's own API under <c>api/toka/v1</c>; see docs/reference/http-api.md.</summary>
internal sealed class TokaApi(TokaWebServices services, OverviewSource overview)
{
    private const string Root = "/api/toka/v1";

    /// <summary>Bytes of an acknowledgement's body: a name and its key.</summary>
    private const int AckBytesMax = 4096;

    /// <summary>Characters of the name in an acknowledgement: more is not a name.</summary>
    private const int NameCharsMax = 100;

    /// <summary>Entries of the history in one answer, unless asked for fewer.</summary>
    private const int HistoryMax = 1000;

    private static readonly string[] Get = ["GET"];
    private static readonly string[] Post = ["POST"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root + "/overview", Get, endpoint.Always(OverviewAsync));
        endpoints.MapMethods(Root + "/alerts", Get, endpoint.Always(AlertsAsync));
        endpoints.MapMethods(Root + "/alerts/history", Get, endpoint.Always(HistoryAsync));
        endpoints.MapMethods(Root + "/alerts/{id}/ack", Post, endpoint.Always(AcknowledgeAsync));
        endpoints.MapMethods(Root + "/rules", Get, endpoint.Always(RulesAsync));
        endpoints.MapMethods(Root + "/processes", Get, endpoint.Always(ProcessesAsync));
        endpoints.MapMethods(Root + "/config", Get, endpoint.Always(ConfigurationAsync));
    }

    private async Task OverviewAsync(HttpContext context, CancellationToken cancellationToken) =>
        await SendRawAsync(context, await overview.JsonAsync(cancellationToken));

    private Task ConfigurationAsync(HttpContext context, CancellationToken cancellationToken) => SendRawAsync(context, services.Configuration());

    private Task AlertsAsync(HttpContext context, CancellationToken cancellationToken) => SendAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, services.Alerts?.Version ?? 0);
        json.WritePropertyName("alerts"u8);
        ApiJson.WriteAlerts(json, services.Alerts?.Current ?? []);
        json.WriteEndObject();
    });

    private async Task HistoryAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var limit = parameters.Limit() is var asked and > 0 ? Math.Min(asked, HistoryMax) : HistoryMax;
        var alerts = services.Alerts is null
            ? []
            : await services.Alerts.HistoryAsync(parameters.First("id"), parameters.Time("from", 0), limit, cancellationToken);
        await SendAsync(context, json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("alerts"u8);
            ApiJson.WriteAlerts(json, alerts);
            json.WriteEndObject();
        });
    }

    private async Task AcknowledgeAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        var by = await ReadNameAsync(context.Request, cancellationToken);
        var alert = services.Alerts is null ? null : await services.Alerts.AcknowledgeAsync(id, by, cancellationToken);
        await (alert is null
            ? ErrorResponse.SendAsync(context, StatusCodes.Status404NotFound, "not_found", $"No active alert has the id \"{id}\".")
            : SendAsync(context, json => ApiJson.WriteAlert(json, alert)));
    }

    private Task RulesAsync(HttpContext context, CancellationToken cancellationToken) => SendAsync(context, json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("rules"u8);
        ApiJson.WriteRules(json, services.Alerts?.Rules ?? []);
        json.WriteEndObject();
    });

    private Task ProcessesAsync(HttpContext context, CancellationToken cancellationToken) =>
        SendAsync(context, json => ApiJson.WriteProcesses(json, services.Processes?.Current ?? ProcessSnapshot.Empty));

    private static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        await using var response = new JsonResponse(context);
        write(response.Json);
        await response.CompleteAsync();
    }

    private static Task SendRawAsync(HttpContext context, ReadOnlyMemory<byte> body) =>
        SendAsync(context, json => json.WriteRawValue(body.Span, skipInputValidation: true));

    private static async ValueTask<string> ReadNameAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = ArrayPool<byte>.Shared.Rent(AckBytesMax + 1);
        try
        {
            var length = await request.Body.ReadAtLeastAsync(body.AsMemory(0, AckBytesMax + 1), AckBytesMax + 1, throwOnEndOfStream: false, cancellationToken);
            if (length <= AckBytesMax && TryReadName(body.AsSpan(0, length), out var name))
            {
                return name;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }

        throw new BadInputException(string.Create(
            CultureInfo.InvariantCulture,
            $"The body must be {{\"by\":\"NAME\"}} with a name of 1 to {NameCharsMax} characters, none of them a control character."));
    }

    private static bool TryReadName(ReadOnlySpan<byte> body, out string name)
    {
        name = "";
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isName = reader.ValueTextEquals("by"u8);
                reader.Read();
                if (isName && reader.TokenType == JsonTokenType.String)
                {
                    name = reader.GetString()!;
                }
                else
                {
                    reader.Skip();
                }
            }

            return name.Trim().Length > 0 && name.Length <= NameCharsMax && !name.Any(char.IsControl);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
