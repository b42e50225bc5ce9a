using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Attributes;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Events;

/// <summary><c>api/toka/v1/events</c>: which attributes there are and what values they have, to complete what is typed; see docs/reference/http-api.md.</summary>
internal sealed class FieldsApi(TokaWebServices services, ISpanReader? spans, ILogReader? logs)
{
    private const string Root = "/api/toka/v1/events";
    private const int Standard = 200;

    private static readonly string[] s_get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root + "/keys", s_get, endpoint.Always(KeysAsync));
        endpoints.MapMethods(Root + "/values", s_get, endpoint.Always(ValuesAsync));
    }

    private async Task KeysAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var (range, limit) = (parameters.Range(services.Time), parameters.Limit(Standard));
        var keys = IsLogs(parameters)
            ? logs is null ? [] : await logs.KeysAsync(range, limit, cancellationToken)
            : spans is null ? [] : await spans.KeysAsync(range, limit, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("keys"u8);
            foreach (var key in keys)
            {
                json.WriteStartObject();
                json.WriteString("field"u8, $"{ScopeOf(key.Field.FieldKind)}:{key.Field.Key}");
                json.WriteString("scope"u8, ScopeOf(key.Field.FieldKind));
                json.WriteString("key"u8, key.Field.Key);
                json.WriteString("type"u8, EventJson.TypeOf(key.Kind));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private async Task ValuesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var (range, limit) = (parameters.Range(services.Time), parameters.Limit(Standard));
        var field = EventParameters.FieldOf(parameters.Required("field"));
        var condition = ConditionOf(parameters, field);
        var values = IsLogs(parameters)
            ? logs is null ? [] : await logs.ValuesAsync(field, condition, range, limit, cancellationToken)
            : spans is null ? [] : await spans.ValuesAsync(field, condition, range, limit, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("values"u8);
            foreach (var value in values)
            {
                json.WriteStartObject();
                json.WritePropertyName("value"u8);
                json.WriteValue(value.Value);
                json.WriteString("type"u8, EventJson.TypeOf(value.Value.Kind));
                json.WriteNumber("count"u8, value.Count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>Of one service, where one is named, and of values that have what was typed so far.</summary>
    private static Condition ConditionOf(ApiParameters parameters, Field field)
    {
        var condition = Condition.Always;
        if (parameters.First("service") is { } service)
        {
            condition &= new Condition.Compare(new Field(FieldKind.Service), Comparison.Equal, AttributeValue.Of(service));
        }

        return parameters.First("prefix") is { } prefix ? condition & new Condition.Compare(field, Comparison.Contains, AttributeValue.Of(prefix)) : condition;
    }

    private static bool IsLogs(ApiParameters parameters) => parameters.First("signal") switch
    {
        null or "spans" => false,
        "logs" => true,
        var other => throw ApiParameters.Invalid("signal", $"\"{other}\" is none: write spans or logs"),
    };

    private static string ScopeOf(FieldKind kind) => kind switch
    {
        FieldKind.ResourceAttribute => "resource",
        FieldKind.ScopeAttribute => "scope",
        FieldKind.EventAttribute => "event",
        FieldKind.LinkAttribute => "link",
        FieldKind.OwnAttribute => "span",
        _ => "attr",
    };
}
