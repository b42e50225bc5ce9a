using System.Globalization;
using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Web.Api.Events;
using Toka.Web.Http;

namespace Toka.Web.Jaeger;

/// <summary>Traces in the JSON of Jaeger's API.</summary>
/// <remarks>
/// Source: Jaeger's model for its page, and OpenTelemetry's specification of how spans become Jaeger's: the kind, status, scope and
/// trace state are tags, events are logs with a field <c>event</c>, and links are references.
/// </remarks>
internal static class JaegerJson
{
    /// <summary>The largest whole number that a browser keeps as it is.</summary>
    private const long SafeMax = 1L << 53;

    /// <summary>The link attribute by which OpenTracing's references keep their type.</summary>
    private static ReadOnlySpan<byte> ReferenceType => "opentracing.ref_type"u8;

    /// <summary>Writes one trace.</summary>
    /// <param name="response">Where to; pieces are sent on the way.</param>
    /// <param name="spans">Its spans, at least one.</param>
    /// <param name="warning">What is to be known of it; null for nothing.</param>
    public static async ValueTask WriteAsync(JsonResponse response, IReadOnlyList<SpanRecord> spans, string? warning)
    {
        var json = response.Json;
        var processes = new Dictionary<Origin, string>();
        json.WriteStartObject();
        json.WriteString("traceID"u8, spans[0].TraceId.ToString());
        json.WriteStartArray("spans"u8);
        foreach (var span in spans)
        {
            if (!processes.TryGetValue(span.Origin, out var process))
            {
                process = string.Create(CultureInfo.InvariantCulture, $"p{processes.Count + 1}");
                processes.Add(span.Origin, process);
            }

            WriteSpan(json, span, process);
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        json.WriteEndArray();
        json.WriteStartObject("processes"u8);
        foreach (var (origin, process) in processes)
        {
            json.WriteStartObject(process);
            json.WriteString("serviceName"u8, origin.Service);
            json.WriteStartArray("tags"u8);
            WriteTags(json, origin.Resource, except: "service.name");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        WriteWarning(json, warning);
        json.WriteEndObject();
    }

    /// <summary>Writes what stands behind the data of every answer.</summary>
    public static void WriteTail(Utf8JsonWriter json, int total, int limit)
    {
        json.WriteNumber("total"u8, total);
        json.WriteNumber("limit"u8, limit);
        json.WriteNumber("offset"u8, 0);
        json.WriteNull("errors"u8);
    }

    private static void WriteSpan(Utf8JsonWriter json, SpanRecord span, string process)
    {
        json.WriteStartObject();
        json.WriteString("traceID"u8, span.TraceId.ToString());
        json.WriteString("spanID"u8, span.SpanId.ToString());
        json.WriteNumber("flags"u8, span.Flags & 0xff);
        json.WriteString("operationName"u8, span.Name);
        json.WriteStartArray("references"u8);
        WriteReferences(json, span);
        json.WriteEndArray();
        json.WriteNumber("startTime"u8, span.StartNs / 1000);
        json.WriteNumber("duration"u8, span.DurationNs / 1000);
        json.WriteStartArray("tags"u8);
        WriteTags(json, span.Attributes.Span);
        WriteFields(json, span);
        json.WriteEndArray();
        json.WriteStartArray("logs"u8);
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp"u8, one.TimeNs / 1000);
            json.WriteStartArray("fields"u8);
            if (one.Name.Length > 0)
            {
                WriteTag(json, "event", AttributeValue.Of(one.Name));
            }

            WriteTags(json, one.Attributes.Span);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("processID"u8, process);
        WriteWarning(json, span.Dropped > 0 ? string.Create(CultureInfo.InvariantCulture, $"the sender dropped {span.Dropped} attributes, events or links") : null);
        json.WriteEndObject();
    }

    private static void WriteReferences(Utf8JsonWriter json, SpanRecord span)
    {
        if (!span.ParentId.IsEmpty)
        {
            WriteReference(json, "CHILD_OF"u8, span.TraceId, span.ParentId);
        }

        foreach (var link in SpanLink.Read(span.Links.Span))
        {
            var isChild = AttributeJson.TryFind(link.Attributes.Span, ReferenceType, out var type) && type.Text == "child_of";
            WriteReference(json, isChild ? "CHILD_OF"u8 : "FOLLOWS_FROM"u8, link.TraceId, link.SpanId);
        }
    }

    private static void WriteReference(Utf8JsonWriter json, ReadOnlySpan<byte> type, TraceId trace, SpanId span)
    {
        json.WriteStartObject();
        json.WriteString("refType"u8, type);
        json.WriteString("traceID"u8, trace.ToString());
        json.WriteString("spanID"u8, span.ToString());
        json.WriteEndObject();
    }

    /// <summary>What is a field of OpenTelemetry's spans and a tag of Jaeger's.</summary>
    private static void WriteFields(Utf8JsonWriter json, SpanRecord span)
    {
        if (span.Kind != SpanKind.Unspecified)
        {
            WriteTag(json, "span.kind", AttributeValue.Of(EventJson.NameOf(span.Kind)));
        }

        if (span.Status != SpanStatus.Unset)
        {
            WriteTag(json, "otel.status_code", AttributeValue.Of(span.Status == SpanStatus.Error ? "ERROR" : "OK"));
        }

        if (span.Status == SpanStatus.Error)
        {
            WriteTag(json, "error", AttributeValue.Of(true));
        }

        WriteText(json, "otel.status_description", span.StatusMessage);
        WriteText(json, "otel.scope.name", span.Origin.ScopeName);
        WriteText(json, "otel.scope.version", span.Origin.ScopeVersion);
        WriteText(json, "w3c.tracestate", span.TraceState);
        WriteTags(json, span.Origin.Scope);
    }

    private static void WriteText(Utf8JsonWriter json, string key, string text)
    {
        if (text.Length > 0)
        {
            WriteTag(json, key, AttributeValue.Of(text));
        }
    }

    private static void WriteTags(Utf8JsonWriter json, ReadOnlySpan<byte> attributes, string? except = null)
    {
        foreach (var (key, value) in AttributeJson.Read(attributes))
        {
            if (key != except)
            {
                WriteTag(json, key, value);
            }
        }
    }

    private static void WriteTag(Utf8JsonWriter json, string key, AttributeValue value)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, key);
        json.WriteString("type"u8, TypeOf(value.Kind));
        json.WritePropertyName("value"u8);
        if (value.Kind == AttributeKind.Bool)
        {
            json.WriteBooleanValue(value.Bool);
        }
        else if (value.Kind == AttributeKind.Int && value.Int is > -SafeMax and < SafeMax)
        {
            json.WriteNumberValue(value.Int);
        }
        else if (value.Kind == AttributeKind.Double && double.IsFinite(value.Number))
        {
            json.WriteNumberValue(value.Number);
        }
        else
        {
            json.WriteStringValue(value.ToString());
        }

        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> TypeOf(AttributeKind kind) => kind switch
    {
        AttributeKind.Bool => "bool"u8,
        AttributeKind.Int => "int64"u8,
        AttributeKind.Double => "float64"u8,
        _ => "string"u8,
    };

    private static void WriteWarning(Utf8JsonWriter json, string? warning)
    {
        if (warning is null)
        {
            json.WriteNull("warnings"u8);
            return;
        }

        json.WriteStartArray("warnings"u8);
        json.WriteStringValue(warning);
        json.WriteEndArray();
    }
}
