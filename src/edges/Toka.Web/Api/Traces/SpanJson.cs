using System.Text.Json;
using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Web.Api.Events;
using Toka.Web.Api.Logs;

namespace Toka.Web.Api.Traces;

/// <summary>Spans as JSON.</summary>
internal static class SpanJson
{
    /// <summary>A span in a line: of a search's matches, and of what is followed.</summary>
    public static void WriteLine(Utf8JsonWriter json, SpanRecord span, bool withTrace)
    {
        json.WriteStartObject();
        if (withTrace)
        {
            json.WriteString("traceId"u8, span.TraceId.ToString());
        }

        json.WriteString("spanId"u8, span.SpanId.ToString());
        json.WriteNs("startNs"u8, span.StartNs);
        json.WriteNumber("durationNs"u8, span.DurationNs);
        json.WriteString("service"u8, span.Origin.Service);
        json.WriteString("name"u8, span.Name);
        json.WriteString("kind"u8, EventJson.NameOf(span.Kind));
        json.WriteString("status"u8, EventJson.NameOf(span.Status));
        json.WriteAttributes("attributes"u8, span.Attributes.Span);
        json.WriteEndObject();
    }

    /// <summary>All that is known of a span.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="span">The span.</param>
    /// <param name="linkedFrom">Spans with a link to it.</param>
    /// <param name="logs">Its log records.</param>
    public static void WriteWhole(Utf8JsonWriter json, SpanRecord span, IReadOnlyList<SpanRecord> linkedFrom, IReadOnlyList<LogRecord> logs)
    {
        json.WriteString("traceId"u8, span.TraceId.ToString());
        json.WriteString("spanId"u8, span.SpanId.ToString());
        json.WriteString("parentId"u8, span.ParentId.IsEmpty ? "" : span.ParentId.ToString());
        json.WriteNs("startNs"u8, span.StartNs);
        json.WriteNumber("durationNs"u8, span.DurationNs);
        json.WriteString("name"u8, span.Name);
        json.WriteString("service"u8, span.Origin.Service);
        json.WriteString("kind"u8, EventJson.NameOf(span.Kind));
        json.WriteString("status"u8, EventJson.NameOf(span.Status));
        json.WriteString("statusMessage"u8, span.StatusMessage);
        json.WriteString("traceState"u8, span.TraceState);
        json.WriteNumber("flags"u8, span.Flags);
        json.WriteNumber("dropped"u8, span.Dropped);
        json.WriteTyped("attributes"u8, span.Attributes.Span);
        json.WriteTyped("resource"u8, span.Origin.Resource);
        json.WriteStartObject("scope"u8);
        json.WriteString("name"u8, span.Origin.ScopeName);
        json.WriteString("version"u8, span.Origin.ScopeVersion);
        json.WriteTyped("attributes"u8, span.Origin.Scope);
        json.WriteEndObject();
        WriteEvents(json, span);
        WriteLinks(json, span);
        WriteLinkedFrom(json, linkedFrom);
        json.WriteLogs("logs"u8, logs);
    }

    private static void WriteEvents(Utf8JsonWriter json, SpanRecord span)
    {
        json.WriteStartArray("events"u8);
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            json.WriteStartObject();
            json.WriteNs("timeNs"u8, one.TimeNs);
            json.WriteString("name"u8, one.Name);
            json.WriteTyped("attributes"u8, one.Attributes.Span);
            json.WriteNumber("dropped"u8, one.Dropped);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLinks(Utf8JsonWriter json, SpanRecord span)
    {
        json.WriteStartArray("links"u8);
        foreach (var link in SpanLink.Read(span.Links.Span))
        {
            json.WriteStartObject();
            json.WriteString("traceId"u8, link.TraceId.ToString());
            json.WriteString("spanId"u8, link.SpanId.ToString());
            json.WriteString("traceState"u8, link.TraceState);
            json.WriteTyped("attributes"u8, link.Attributes.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLinkedFrom(Utf8JsonWriter json, IReadOnlyList<SpanRecord> spans)
    {
        json.WriteStartArray("linkedFrom"u8);
        foreach (var span in spans)
        {
            json.WriteStartObject();
            json.WriteString("traceId"u8, span.TraceId.ToString());
            json.WriteString("spanId"u8, span.SpanId.ToString());
            json.WriteString("service"u8, span.Origin.Service);
            json.WriteString("name"u8, span.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
