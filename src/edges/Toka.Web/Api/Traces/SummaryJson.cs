using System.Text.Json;
using Toka.Query.TraceQL;
using Toka.Web.Api.Events;

namespace Toka.Web.Api.Traces;

/// <summary>Traces at a glance, as JSON.</summary>
internal static class SummaryJson
{
    /// <summary>One trace and what of it was looked for.</summary>
    public static void Write(Utf8JsonWriter json, FoundTraceSets found)
    {
        var trace = found.Summary;
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
        foreach (var span in found.Sets.SelectMany(static set => set.Spans).DistinctBy(static span => span.Span.SpanId))
        {
            SpanJson.WriteLine(json, span.Span, withTrace: false);
        }

        json.WriteEndArray();
        json.WriteNumber("matchedCount"u8, found.Matched);
        json.WriteStartArray("sets"u8);
        foreach (var set in found.Sets.Where(static set => set.Values.Count > 0))
        {
            json.WriteStartObject();
            json.WriteNumber("matched"u8, set.Matched);
            json.WriteStartObject("values"u8);
            foreach (var (name, value) in set.Values)
            {
                json.WritePropertyName(name);
                json.WriteValue(value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
