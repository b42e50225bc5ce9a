using System.Text.Json;
using Toka.Core.Spans;
using Toka.Web.Api.Events;

namespace Toka.Web.Api.Traces;

/// <summary>Traces at a glance, as JSON.</summary>
internal static class SummaryJson
{
    /// <summary>One trace and what of it was looked for.</summary>
    public static void Write(Utf8JsonWriter json, TraceSummary trace, IReadOnlyList<SpanRecord> matched, int matchedCount)
    {
        json.WriteStartObject();
        json.WriteString("traceId"u8, trace.TraceId.ToString());
        json.WriteNs("startNs"u8, trace.StartNs);
        json.WriteNumber("durationNs"u8, trace.DurationNs);
        json.WriteString("rootService"u8, trace.RootService);
        json.WriteString("rootName"u8, trace.RootName);
        json.WriteBoolean("hasRoot"u8, trace.HasRoot);
        json.WriteNumber("spans"u8, trace.Spans);
        json.WriteNumber("errors"u8, trace.Errors);
        json.WriteStartArray("services"u8);
        foreach (var service in trace.Services)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, service.Service);
            json.WriteNumber("spans"u8, service.Spans);
            json.WriteNumber("errors"u8, service.Errors);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("matched"u8);
        foreach (var span in matched)
        {
            SpanJson.WriteLine(json, span, withTrace: false);
        }

        json.WriteEndArray();
        json.WriteNumber("matchedCount"u8, matchedCount);
        json.WriteEndObject();
    }
}
