using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Web.Http;

namespace Toka.Web.Api.Events;

/// <summary>What answers of traces and logs have in common.</summary>
internal static class EventJson
{
    private static readonly string[] s_kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];

    /// <summary>A moment in ns as a text: a number of JSON would lose its end.</summary>
    public static void WriteNs(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long ns)
    {
        Span<byte> text = stackalloc byte[20];
        ns.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }

    /// <summary>Attributes as they are stored: an object.</summary>
    public static void WriteAttributes(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attributes)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(attributes.IsEmpty ? "{}"u8 : attributes, skipInputValidation: true);
    }

    /// <summary>Attributes with their types: an array.</summary>
    public static void WriteTyped(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attributes)
    {
        json.WriteStartArray(name);
        foreach (var (key, value) in AttributeJson.Read(attributes))
        {
            json.WriteStartObject();
            json.WriteString("key"u8, key);
            json.WriteString("type"u8, TypeOf(value.Kind));
            json.WriteString("value"u8, value.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A value as JSON has it.</summary>
    public static void WriteValue(this Utf8JsonWriter json, AttributeValue value)
    {
        switch (value.Kind)
        {
            case AttributeKind.None:
                json.WriteNullValue();
                break;
            case AttributeKind.Bool:
                json.WriteBooleanValue(value.Bool);
                break;
            case AttributeKind.Int:
                json.WriteNumberValue(value.Int);
                break;
            case AttributeKind.Double when double.IsFinite(value.Number):
                json.WriteNumberValue(value.Number);
                break;
            case AttributeKind.Json:
                json.WriteRawValue(value.Text, skipInputValidation: true);
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }

    /// <summary>What a search looked at.</summary>
    public static void WriteCost(this Utf8JsonWriter json, SearchCost cost, long startedAt)
    {
        json.WriteStartObject("cost"u8);
        json.WriteNumber("rows"u8, cost.Rows);
        json.WriteNumber("parts"u8, cost.Parts);
        json.WriteNumber("partsSkipped"u8, cost.PartsSkipped);
        json.WriteBoolean("cut"u8, cost.IsCut);
        json.WriteNumber("ms"u8, Math.Round(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds, 1));
        json.WriteEndObject();
    }

    /// <summary>The word for a type.</summary>
    public static string TypeOf(AttributeKind kind) => kind switch
    {
        AttributeKind.Bool => "bool",
        AttributeKind.Int => "int",
        AttributeKind.Double => "double",
        AttributeKind.Json => "json",
        AttributeKind.None => "none",
        _ => "string",
    };

    /// <summary>The word for a status.</summary>
    public static string NameOf(SpanStatus status) => status switch
    {
        SpanStatus.Error => "error",
        SpanStatus.Ok => "ok",
        _ => "unset",
    };

    /// <summary>The word for a role.</summary>
    public static string NameOf(SpanKind kind) => (int)kind < s_kinds.Length ? s_kinds[(int)kind] : s_kinds[0];

    /// <summary>An answer that is sent as a whole.</summary>
    public static async Task SendAsync(Microsoft.AspNetCore.Http.HttpContext context, Action<Utf8JsonWriter> write)
    {
        await using var response = new JsonResponse(context);
        response.Json.WriteStartObject();
        write(response.Json);
        response.Json.WriteEndObject();
        await response.CompleteAsync();
    }
}
