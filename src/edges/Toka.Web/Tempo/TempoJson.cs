using System.Globalization;
using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Protocols.Otlp.Traces;
using Toka.Query.TraceQL;

namespace Toka.Web.Tempo;

/// <summary>Answers in the JSON of Tempo's API: numbers of 64 bits are texts, values are OTLP's AnyValue.</summary>
internal static class TempoJson
{
    /// <summary>What stands in place of a root that is not there.</summary>
    private const string NoRoot = "<root span not yet received>";

    /// <summary>Writes a trace that was found.</summary>
    public static void WriteTrace(Utf8JsonWriter json, FoundTraceSets trace)
    {
        var summary = trace.Summary;
        json.WriteStartObject();
        json.WriteString("traceID"u8, summary.TraceId.ToString());
        json.WriteString("rootServiceName"u8, summary.HasRoot ? summary.RootService : NoRoot);
        json.WriteString("rootTraceName"u8, summary.HasRoot ? summary.RootName : "");
        WriteWhole(json, "startTimeUnixNano"u8, summary.StartNs);
        json.WriteNumber("durationMs"u8, summary.DurationNs / 1_000_000);

        // Older clients know one set alone.
        json.WritePropertyName("spanSet"u8);
        WriteSet(json, trace.Sets[0]);
        json.WriteStartArray("spanSets"u8);
        foreach (var set in trace.Sets)
        {
            WriteSet(json, set);
        }

        json.WriteEndArray();
        json.WriteStartObject("serviceStats"u8);
        foreach (var service in summary.Services)
        {
            json.WriteStartObject(service.Service);
            json.WriteNumber("spanCount"u8, service.Spans);
            json.WriteNumber("errorCount"u8, service.Errors);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes a series with its points, or with its one value.</summary>
    public static void WriteSeries(Utf8JsonWriter json, TraceQlSeriesResult result, TraceQlSeries series, string name, bool isInstant)
    {
        IReadOnlyList<KeyValuePair<string, AttributeValue>> labels = series.Labels.Count > 0 ? series.Labels : [new("__name__", AttributeValue.Of(name))];
        json.WriteStartObject();
        json.WriteStartArray("labels"u8);
        foreach (var (key, value) in labels)
        {
            WriteKeyValue(json, key, value.Kind == AttributeKind.None ? AttributeValue.Of("<nil>") : value);
        }

        json.WriteEndArray();
        json.WriteString("promLabels"u8, $"{{{string.Join(", ", labels.Select(static label => $"{label.Key}=\"{(label.Value.Kind == AttributeKind.None ? "<nil>" : label.Value.ToString().Replace("\"", "\\\"", StringComparison.Ordinal))}\""))}}}");
        if (isInstant)
        {
            WriteNumber(json, "value"u8, series.Points[0]);
            json.WriteEndObject();
            return;
        }

        json.WriteStartArray("samples"u8);
        for (var i = 0; i < series.Points.Count; i++)
        {
            if (!double.IsNaN(series.Points[i]))
            {
                json.WriteStartObject();
                WriteWhole(json, "timestampMs"u8, (result.StartNs + (i * result.StepNs)) / 1_000_000);
                WriteNumber(json, "value"u8, series.Points[i]);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        WriteExemplars(json, series);
        json.WriteEndObject();
    }

    /// <summary>Says that an answer is not whole, where it is not.</summary>
    public static void WriteStatus(Utf8JsonWriter json, bool isCut, string message)
    {
        if (isCut)
        {
            json.WriteString("status"u8, "PARTIAL"u8);
            json.WriteString("message"u8, message);
        }
    }

    /// <summary>Writes a whole number as a text.</summary>
    public static void WriteWhole(Utf8JsonWriter json, ReadOnlySpan<byte> name, long number) => json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));

    private static void WriteSet(Utf8JsonWriter json, FoundSpans set)
    {
        json.WriteStartObject();
        json.WriteStartArray("spans"u8);
        foreach (var (span, values) in set.Spans)
        {
            WriteSpan(json, span, values);
        }

        json.WriteEndArray();
        json.WriteNumber("matched"u8, set.Matched);
        WriteAttributes(json, set.Values);
        json.WriteEndObject();
    }

    private static void WriteSpan(Utf8JsonWriter json, SpanRecord span, IReadOnlyList<KeyValuePair<string, AttributeValue>> values)
    {
        json.WriteStartObject();
        json.WriteString("spanID"u8, span.SpanId.ToString());
        json.WriteString("name"u8, span.Name);
        WriteWhole(json, "startTimeUnixNano"u8, span.StartNs);
        WriteWhole(json, "durationNanos"u8, span.DurationNs);

        // Tempo names attributes of its answers without their scopes.
        WriteAttributes(json, values.Select(static value => KeyValuePair.Create(WithoutScope(value.Key), value.Value)));
        json.WriteEndObject();
    }

    private static string WithoutScope(string name)
    {
        foreach (var scope in (ReadOnlySpan<string>)["span.", "resource.", "event.", "link.", "instrumentation.", "."])
        {
            if (name.StartsWith(scope, StringComparison.Ordinal))
            {
                return name[scope.Length..];
            }
        }

        return name;
    }

    private static void WriteAttributes(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, AttributeValue>> values)
    {
        json.WriteStartArray("attributes"u8);
        foreach (var (key, value) in values)
        {
            WriteKeyValue(json, key, value);
        }

        json.WriteEndArray();
    }

    private static void WriteKeyValue(Utf8JsonWriter json, string key, AttributeValue value)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, key);
        json.WritePropertyName("value"u8);
        OtlpTraceJson.WriteValue(json, value);
        json.WriteEndObject();
    }

    private static void WriteExemplars(Utf8JsonWriter json, TraceQlSeries series)
    {
        json.WriteStartArray("exemplars"u8);
        foreach (var exemplar in series.Exemplars.Where(static exemplar => !double.IsNaN(exemplar.Value)))
        {
            json.WriteStartObject();
            json.WriteStartArray("labels"u8);
            WriteKeyValue(json, "trace:id", AttributeValue.Of(exemplar.TraceId.ToString()));
            WriteKeyValue(json, "span:id", AttributeValue.Of(exemplar.SpanId.ToString()));
            json.WriteEndArray();
            WriteNumber(json, "value"u8, exemplar.Value);
            WriteWhole(json, "timestampMs"u8, exemplar.TimeNs / 1_000_000);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteString(name, double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
        }
    }
}
