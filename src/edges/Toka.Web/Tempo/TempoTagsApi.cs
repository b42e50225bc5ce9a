using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Planning;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Tempo;

/// <summary>What can be searched for by Tempo's API: the names of tags, and their values.</summary>
/// <param name="services">What the endpoints stand on.</param>
/// <param name="spans">Where the spans are.</param>
internal sealed class TempoTagsApi(TokaWebServices services, ISpanReader spans)
{
    private const int KeysMax = 5000;
    private const int ValuesStandard = 1000;
    private const int ValuesMax = 10_000;

    private static readonly string[] s_get = ["GET"];

    private static readonly (string Name, FieldKind Kind)[] s_scopes =
    [
        ("resource", FieldKind.ResourceAttribute), ("span", FieldKind.OwnAttribute), ("event", FieldKind.EventAttribute), ("link", FieldKind.LinkAttribute), ("instrumentation", FieldKind.ScopeAttribute),
    ];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(TempoApi.Root + "/search/tags", s_get, endpoint.Always(NamesAsync));
        endpoints.MapMethods(TempoApi.Root + "/v2/search/tags", s_get, endpoint.Always(ScopesAsync));
        endpoints.MapMethods(TempoApi.Root + "/search/tag/{tag}/values", s_get, endpoint.Always((context, cancellationToken) => ValuesAsync(context, isSecond: false, cancellationToken)));
        endpoints.MapMethods(TempoApi.Root + "/v2/search/tag/{tag}/values", s_get, endpoint.Always((context, cancellationToken) => ValuesAsync(context, isSecond: true, cancellationToken)));
    }

    private async Task NamesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var scopes = await ReadScopesAsync(context, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("tagNames"u8);
            foreach (var name in scopes.SelectMany(static scope => scope.Tags).Distinct().Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            WriteMetrics(json);
        });
    }

    private async Task ScopesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var scopes = await ReadScopesAsync(context, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("scopes"u8);
            foreach (var (name, tags) in scopes)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, name);
                json.WriteStartArray("tags"u8);
                tags.ForEach(json.WriteStringValue);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteMetrics(json);
        });
    }

    private async ValueTask<List<(string Name, List<string> Tags)>> ReadScopesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var wanted = parameters.First("scope") is { } scope && scope != "none" ? scope : null;
        var limit = TempoParameters.CountOf(parameters, "limit", KeysMax, KeysMax);
        var keys = wanted == "intrinsic" ? [] : await spans.KeysAsync(TempoParameters.RangeOf(parameters, services.Time), KeysMax, cancellationToken);
        var scopes = new List<(string, List<string>)>();
        foreach (var (name, kind) in s_scopes.Where(one => wanted is null || one.Name == wanted))
        {
            var tags = keys.Where(key => key.Field.FieldKind == kind).Select(static key => key.Field.Key).Distinct().Order(StringComparer.Ordinal).Take(limit).ToList();
            if (tags.Count > 0)
            {
                scopes.Add((name, tags));
            }
        }

        if (wanted is null or "intrinsic")
        {
            scopes.Add(("intrinsic", [.. FieldNames.Intrinsics.Concat(FieldNames.ScopedIntrinsics).Distinct().Order(StringComparer.Ordinal)]));
        }

        return scopes;
    }

    private async Task ValuesAsync(HttpContext context, bool isSecond, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var tag = RouteText.Of(context, "tag");

        // The first version names attributes without their scopes.
        var field = !isSecond && FieldNames.Find(tag) is null ? TraceQlFilter.FieldOf($".{FieldNames.QuoteKey(tag)}") : TraceQlFilter.FieldOf(tag);
        var range = TempoParameters.RangeOf(parameters, services.Time);
        var limit = TempoParameters.CountOf(parameters, "limit", ValuesStandard, ValuesMax);
        var values = await ReadAsync(field, TraceQlFilter.OfIncomplete(parameters.First("q")), range, limit, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("tagValues"u8);
            foreach (var (type, value) in values)
            {
                if (!isSecond)
                {
                    json.WriteStringValue(value);
                    continue;
                }

                json.WriteStartObject();
                json.WriteString("type"u8, type);
                json.WriteString("value"u8, value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteMetrics(json);
        });
    }

    private async ValueTask<IEnumerable<(string Type, string Value)>> ReadAsync(FieldRef field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken)
    {
        if (field.Type is TraceQlType.Status or TraceQlType.Kind)
        {
            IEnumerable<string> words = field.Type == TraceQlType.Status ? Enum.GetNames<SpanStatus>() : Enum.GetNames<SpanKind>();
            return words.Select(static word => ("keyword", word.ToLowerInvariant()));
        }

        var isRoot = new Condition.Compare(new Field(FieldKind.ParentId), Comparison.Equal, AttributeValue.Of(""));
        (Field? mapped, condition) = field.Intrinsic switch
        {
            // A trace's root is found by its own fields; the filter is of other spans of the trace.
            Intrinsic.RootName => (new Field(FieldKind.Name), isRoot),
            Intrinsic.RootService => (new Field(FieldKind.Service), isRoot),
            _ => (FieldMapping.Of(field), condition),
        };
        if (mapped is not { } known || field.Type is TraceQlType.Duration or TraceQlType.Number || field.Intrinsic == Intrinsic.Text)
        {
            return [];
        }

        var values = await spans.ValuesAsync(known, condition, range, limit, cancellationToken);
        return values.Where(static value => value.Value.Kind != AttributeKind.None).Select(static value => (TypeOf(value.Value.Kind), value.Value.ToString()));
    }

    private static string TypeOf(AttributeKind kind) => kind switch
    {
        AttributeKind.Int => "int",
        AttributeKind.Double => "float",
        AttributeKind.Bool => "bool",
        _ => "string",
    };

    private static void WriteMetrics(System.Text.Json.Utf8JsonWriter json)
    {
        json.WriteStartObject("metrics"u8);
        json.WriteEndObject();
    }
}
