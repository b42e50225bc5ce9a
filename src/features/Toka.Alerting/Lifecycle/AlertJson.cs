using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Toka.Core.Alerts;
using Toka.Core.Labels;

namespace Toka.Alerting.Lifecycle;

/// <summary>Alerts as the state store keeps them: UTF-8 JSON, enumerations by number (they are append-only), times in ms.</summary>
internal static class AlertJson
{
    public static byte[] ToBytes(Alert alert)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, alert);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static Alert FromBytes(byte[] utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        return Read(document.RootElement);
    }

    public static void Write(Utf8JsonWriter writer, Alert alert)
    {
        writer.WriteStartObject();
        writer.WriteString("id", alert.Id);
        writer.WriteString("rule", alert.Rule);
        writer.WriteNumber("severity", (int)alert.Severity);
        writer.WriteNumber("state", (int)alert.State);
        writer.WriteStartObject("labels");
        foreach (var label in alert.Labels)
        {
            writer.WriteString(label.Name, label.Value);
        }

        writer.WriteEndObject();
        writer.WriteString("summary", alert.Summary);
        writer.WriteString("expression", alert.Expression);
        WriteDouble(writer, "value", alert.Value);
        WriteDouble(writer, "threshold", alert.Threshold);
        writer.WriteNumber("sinceMs", alert.SinceMs);
        WriteOptional(writer, "activeAtMs", alert.ActiveAtMs);
        WriteOptional(writer, "resolvedAtMs", alert.ResolvedAtMs);
        if (alert.AcknowledgedBy is not null)
        {
            writer.WriteString("acknowledgedBy", alert.AcknowledgedBy);
        }

        WriteOptional(writer, "acknowledgedAtMs", alert.AcknowledgedAtMs);
        writer.WriteEndObject();
    }

    public static Alert Read(JsonElement element)
    {
        var labels = new LabelSetBuilder();
        foreach (var label in element.GetProperty("labels").EnumerateObject())
        {
            labels.Set(label.Name, label.Value.GetString()!);
        }

        return new Alert
        {
            Id = element.GetProperty("id").GetString()!,
            Rule = element.GetProperty("rule").GetString()!,
            Severity = (Severity)element.GetProperty("severity").GetInt32(),
            State = (AlertState)element.GetProperty("state").GetInt32(),
            Labels = labels.Build(),
            Summary = element.GetProperty("summary").GetString()!,
            Expression = element.GetProperty("expression").GetString()!,
            Value = ReadDouble(element.GetProperty("value")),
            Threshold = ReadDouble(element.GetProperty("threshold")),
            SinceMs = element.GetProperty("sinceMs").GetInt64(),
            ActiveAtMs = ReadOptional(element, "activeAtMs"),
            ResolvedAtMs = ReadOptional(element, "resolvedAtMs"),
            AcknowledgedBy = element.TryGetProperty("acknowledgedBy", out var by) ? by.GetString() : null,
            AcknowledgedAtMs = ReadOptional(element, "acknowledgedAtMs"),
        };
    }

    public static void WriteOptional(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    public static long? ReadOptional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    /// <summary>JSON has no NaN and no infinity: these are texts, as in Prometheus's API.</summary>
    public static void WriteDouble(Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumber(name, value);
        }
        else
        {
            writer.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static double ReadDouble(JsonElement element) => element.ValueKind == JsonValueKind.Number
        ? element.GetDouble()
        : double.Parse(element.GetString()!, CultureInfo.InvariantCulture);
}
