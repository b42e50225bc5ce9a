using System.Globalization;
using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Core.Spans;

namespace Toka.Protocols.Otlp.Traces;

/// <summary>Writes spans in OTLP's JSON: what <see cref="OtlpTracesDecoder"/> reads.</summary>
/// <remarks>Source: the OTLP specification, "JSON Protobuf Encoding": ids in hexadecimal digits, numbers of 64 bits as texts.</remarks>
public static class OtlpTraceJson
{
    /// <summary>Writes an array of ResourceSpans, those of one origin together.</summary>
    /// <param name="json">Where to: after the name of a property.</param>
    /// <param name="spans">The spans.</param>
    public static void Write(Utf8JsonWriter json, IEnumerable<SpanRecord> spans)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(spans);
        json.WriteStartArray();
        foreach (var origin in spans.GroupBy(static span => span.Origin))
        {
            json.WriteStartObject();
            json.WriteStartObject("resource"u8);
            WriteAttributes(json, origin.Key.Resource);
            json.WriteEndObject();
            json.WriteStartArray("scopeSpans"u8);
            json.WriteStartObject();
            json.WriteStartObject("scope"u8);
            WriteText(json, "name"u8, origin.Key.ScopeName);
            WriteText(json, "version"u8, origin.Key.ScopeVersion);
            WriteAttributes(json, origin.Key.Scope);
            json.WriteEndObject();
            json.WriteStartArray("spans"u8);
            foreach (var span in origin)
            {
                WriteSpan(json, span);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes an AnyValue.</summary>
    /// <param name="json">Where to: after the name of a property.</param>
    /// <param name="value">The value.</param>
    public static void WriteValue(Utf8JsonWriter json, AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (value.Kind == AttributeKind.Json)
        {
            using var document = JsonDocument.Parse(value.Text);
            WriteElement(json, document.RootElement);
            return;
        }

        json.WriteStartObject();
        switch (value.Kind)
        {
            case AttributeKind.Text:
                json.WriteString("stringValue"u8, value.Text);
                break;
            case AttributeKind.Bool:
                json.WriteBoolean("boolValue"u8, value.Bool);
                break;
            case AttributeKind.Int:
                json.WriteString("intValue"u8, value.ToString());
                break;
            case AttributeKind.Double:
                WriteDouble(json, value.Number);
                break;
            default:
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>Whether a number of <see cref="AttributeJson"/> is whole.</summary>
    internal static bool IsWhole(JsonElement number, out long whole)
    {
        whole = 0;
        return number.GetRawText().AsSpan().IndexOfAny('.', 'E', 'e') < 0 && number.TryGetInt64(out whole);
    }

    /// <summary>The text of an object with this key alone; null for any other object.</summary>
    internal static string? SpecialOf(JsonElement value, string key) =>
        value.GetPropertyCount() == 1 && value.TryGetProperty(key, out var special) && special.ValueKind == JsonValueKind.String ? special.GetString() : null;

    private static void WriteSpan(Utf8JsonWriter json, SpanRecord span)
    {
        json.WriteStartObject();
        json.WriteString("traceId"u8, span.TraceId.ToString());
        json.WriteString("spanId"u8, span.SpanId.ToString());
        WriteText(json, "traceState"u8, span.TraceState);
        if (!span.ParentId.IsEmpty)
        {
            json.WriteString("parentSpanId"u8, span.ParentId.ToString());
        }

        json.WriteString("name"u8, span.Name);
        WriteNumber(json, "kind"u8, (uint)span.Kind);
        WriteNs(json, "startTimeUnixNano"u8, span.StartNs);
        WriteNs(json, "endTimeUnixNano"u8, span.EndNs);
        WriteAttributes(json, span.Attributes.Span);
        WriteNumber(json, "droppedAttributesCount"u8, span.Dropped);
        WriteEvents(json, span);
        WriteLinks(json, span);
        json.WriteStartObject("status"u8);
        WriteText(json, "message"u8, span.StatusMessage);
        WriteNumber(json, "code"u8, (uint)span.Status);
        json.WriteEndObject();
        WriteNumber(json, "flags"u8, span.Flags);
        json.WriteEndObject();
    }

    private static void WriteEvents(Utf8JsonWriter json, SpanRecord span)
    {
        if (span.Events.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("events"u8);
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            json.WriteStartObject();
            WriteNs(json, "timeUnixNano"u8, one.TimeNs);
            WriteText(json, "name"u8, one.Name);
            WriteAttributes(json, one.Attributes.Span);
            WriteNumber(json, "droppedAttributesCount"u8, one.Dropped);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLinks(Utf8JsonWriter json, SpanRecord span)
    {
        if (span.Links.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("links"u8);
        foreach (var link in SpanLink.Read(span.Links.Span))
        {
            json.WriteStartObject();
            json.WriteString("traceId"u8, link.TraceId.ToString());
            json.WriteString("spanId"u8, link.SpanId.ToString());
            WriteText(json, "traceState"u8, link.TraceState);
            WriteAttributes(json, link.Attributes.Span);
            WriteNumber(json, "droppedAttributesCount"u8, link.Dropped);
            WriteNumber(json, "flags"u8, link.Flags);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAttributes(Utf8JsonWriter json, ReadOnlySpan<byte> attributes)
    {
        if (attributes.IsEmpty)
        {
            return;
        }

        using var document = JsonDocument.Parse(attributes.ToArray());
        json.WritePropertyName("attributes"u8);
        WriteEntries(json, document.RootElement);
    }

    private static void WriteEntries(Utf8JsonWriter json, JsonElement map)
    {
        json.WriteStartArray();
        foreach (var entry in map.EnumerateObject())
        {
            json.WriteStartObject();
            json.WriteString("key"u8, entry.Name);
            json.WritePropertyName("value"u8);
            WriteElement(json, entry.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteElement(Utf8JsonWriter json, JsonElement value)
    {
        json.WriteStartObject();
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                json.WriteString("stringValue"u8, value.GetString());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                json.WriteBoolean("boolValue"u8, value.GetBoolean());
                break;
            case JsonValueKind.Number when IsWhole(value, out var whole):
                json.WriteString("intValue"u8, whole.ToString(CultureInfo.InvariantCulture));
                break;
            case JsonValueKind.Number:
                WriteDouble(json, value.GetDouble());
                break;
            case JsonValueKind.Array:
                json.WriteStartObject("arrayValue"u8);
                json.WriteStartArray("values"u8);
                foreach (var item in value.EnumerateArray())
                {
                    WriteElement(json, item);
                }

                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case JsonValueKind.Object when SpecialOf(value, AttributeJson.BytesKey) is { } bytes:
                json.WriteString("bytesValue"u8, bytes);
                break;
            case JsonValueKind.Object when SpecialOf(value, AttributeJson.DoubleKey) is { } number:
                json.WriteString("doubleValue"u8, number);
                break;
            case JsonValueKind.Object:
                json.WriteStartObject("kvlistValue"u8);
                json.WritePropertyName("values"u8);
                WriteEntries(json, value);
                json.WriteEndObject();
                break;
            default:
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteDouble(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumber("doubleValue"u8, number);
        }
        else
        {
            json.WriteString("doubleValue"u8, double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
        }
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, uint number)
    {
        if (number != 0)
        {
            json.WriteNumber(name, number);
        }
    }

    private static void WriteNs(Utf8JsonWriter json, ReadOnlySpan<byte> name, long ns) => json.WriteString(name, ns.ToString(CultureInfo.InvariantCulture));
}
