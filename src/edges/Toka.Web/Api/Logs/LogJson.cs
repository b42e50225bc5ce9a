using System.Text.Json;
using Toka.Core.Logs;
using Toka.Web.Api.Events;

namespace Toka.Web.Api.Logs;

/// <summary>Log records as JSON.</summary>
internal static class LogJson
{
    /// <summary>An array of records.</summary>
    public static void WriteLogs(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<LogRecord> records)
    {
        json.WriteStartArray(name);
        foreach (var record in records)
        {
            json.WriteLog(record);
        }

        json.WriteEndArray();
    }

    /// <summary>One record.</summary>
    public static void WriteLog(this Utf8JsonWriter json, LogRecord record)
    {
        json.WriteStartObject();
        json.WriteNs("timeNs"u8, record.TimeNs);
        json.WriteNs("observedNs"u8, record.ObservedNs);
        json.WriteNumber("severity"u8, record.Severity);
        json.WriteString("severityText"u8, record.SeverityText);
        json.WriteString("service"u8, record.Origin.Service);
        json.WriteString("body"u8, record.Body);
        json.WriteString("eventName"u8, record.EventName);
        json.WriteString("traceId"u8, record.TraceId.IsEmpty ? "" : record.TraceId.ToString());
        json.WriteString("spanId"u8, record.SpanId.IsEmpty ? "" : record.SpanId.ToString());
        json.WriteAttributes("attributes"u8, record.Attributes.Span);
        json.WriteAttributes("resource"u8, record.Origin.Resource);
        json.WriteString("scope"u8, record.Origin.ScopeName);
        json.WriteEndObject();
    }
}
