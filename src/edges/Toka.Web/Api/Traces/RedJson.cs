using System.Text.Json;
using Toka.Tracing.ServiceMap;
using Toka.Web.Http;

namespace Toka.Web.Api.Traces;

/// <summary>Services and the calls between them as JSON.</summary>
internal static class RedJson
{
    /// <summary>Services in a table.</summary>
    public static void WriteServices(Utf8JsonWriter json, IReadOnlyList<ServiceSummary> services)
    {
        json.WriteStartArray("services"u8);
        foreach (var service in services)
        {
            json.WriteStartObject();
            json.WriteString("service"u8, service.Service);
            Write(json, service.Figures);
            json.WriteNumber("operations"u8, service.Operations);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>One service.</summary>
    public static void WriteService(Utf8JsonWriter json, ServiceDetails service)
    {
        json.WriteString("service"u8, service.Service);
        if (service.Figures is { } figures)
        {
            Write(json, figures);
        }

        json.WriteStartArray("operations"u8);
        foreach (var operation in service.Operations)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, operation.Name);
            json.WriteString("kind"u8, operation.Kind);
            Write(json, operation.Figures);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteEdges(json, "callers"u8, service.Callers);
        WriteEdges(json, "callees"u8, service.Callees);
    }

    /// <summary>The map.</summary>
    public static void WriteMap(Utf8JsonWriter json, ServiceGraphMap map)
    {
        json.WriteStartArray("nodes"u8);
        foreach (var node in map.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("service"u8, node.Service);
            json.WriteString("kind"u8, node.Kind);
            Write(json, node.Figures);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteEdges(json, "edges"u8, map.Edges);
    }

    private static void WriteEdges(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<MapEdge> edges)
    {
        json.WriteStartArray(name);
        foreach (var edge in edges)
        {
            json.WriteStartObject();
            json.WriteString("client"u8, edge.Client);
            json.WriteString("server"u8, edge.Server);
            json.WriteString("kind"u8, edge.Kind);
            Write(json, edge.Figures);
            if (edge.Exemplar is { } exemplar)
            {
                json.WriteStartObject("exemplar"u8);
                json.WriteString("traceId"u8, exemplar.TraceId.ToString());
                json.WriteString("spanId"u8, exemplar.SpanId.ToString());
                json.WriteFinite("seconds"u8, exemplar.Seconds);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("exemplar"u8);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, RedFigures figures)
    {
        json.WriteFinite("rate"u8, figures.Rate);
        json.WriteFinite("errorRatio"u8, figures.ErrorRatio);
        json.WriteFinite("p50"u8, figures.P50);
        json.WriteFinite("p95"u8, figures.P95);
        json.WriteFinite("p99"u8, figures.P99);
    }
}
