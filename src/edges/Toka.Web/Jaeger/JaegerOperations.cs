using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Web.Api.Events;

namespace Toka.Web.Jaeger;

/// <summary>The operations of a service with their kinds.</summary>
internal static class JaegerOperations
{
    private const int NamesMax = 10_000;

    /// <summary>Reads them, by name and kind.</summary>
    /// <param name="spans">Where the spans are.</param>
    /// <param name="service">The service.</param>
    /// <param name="kind">Of this kind alone; null for all.</param>
    /// <param name="range">When.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async ValueTask<List<(string Name, string Kind)>> ReadAsync(ISpanReader spans, string service, string? kind, EventRange range, CancellationToken cancellationToken)
    {
        var groups = await spans.AggregateAsync(
            new EventAggregation
            {
                Condition = new Condition.Compare(new Field(FieldKind.Service), Comparison.Equal, AttributeValue.Of(service)),
                Range = range,
                By = [new Field(FieldKind.Name), new Field(FieldKind.Kind)],
                Limit = NamesMax,
            },
            cancellationToken);
        return [.. groups.Groups.Select(static group => (Name: group.By[0].ToString(), Kind: KindOf((SpanKind)group.By[1].Int))).Where(operation => kind is null || operation.Kind == kind)
            .OrderBy(static operation => operation.Name, StringComparer.Ordinal).ThenBy(static operation => operation.Kind, StringComparer.Ordinal)];
    }

    /// <summary>Writes them.</summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, List<(string Name, string Kind)> operations)
    {
        json.WriteStartArray(name);
        foreach (var operation in operations)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, operation.Name);
            json.WriteString("spanKind"u8, operation.Kind);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Jaeger leaves a kind empty that is not said.</summary>
    private static string KindOf(SpanKind kind) => kind == SpanKind.Unspecified ? "" : EventJson.NameOf(kind);
}
