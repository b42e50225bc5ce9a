using System.Text.Json;
using Toka.Query.TraceQL;
using Toka.Web.Api.Events;

namespace Toka.Web.Api.Traces;

/// <summary>Series that TraceQL makes, as JSON.</summary>
internal static class SeriesJson
{
    /// <summary>The series.</summary>
    public static void Write(Utf8JsonWriter json, TraceQlSeriesResult result)
    {
        json.WriteStartArray("series"u8);
        foreach (var series in result.Series)
        {
            json.WriteStartObject();
            json.WriteStartObject("labels"u8);
            foreach (var (name, value) in series.Labels)
            {
                json.WritePropertyName(name);
                json.WriteValue(value);
            }

            json.WriteEndObject();
            WritePoints(json, result, series);
            WriteExemplars(json, series);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePoints(Utf8JsonWriter json, TraceQlSeriesResult result, TraceQlSeries series)
    {
        json.WriteStartArray("points"u8);
        for (var step = 0; step < series.Points.Count; step++)
        {
            json.WriteStartArray();
            json.WriteNumberValue((result.StartNs + (step * result.StepNs)) / 1e9m);
            if (double.IsFinite(series.Points[step]))
            {
                json.WriteNumberValue(series.Points[step]);
            }
            else
            {
                json.WriteNullValue();
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteExemplars(Utf8JsonWriter json, TraceQlSeries series)
    {
        json.WriteStartArray("exemplars"u8);
        foreach (var exemplar in series.Exemplars)
        {
            json.WriteStartObject();
            json.WriteString("traceId"u8, exemplar.TraceId.ToString());
            json.WriteString("spanId"u8, exemplar.SpanId.ToString());
            json.WriteNs("timeNs"u8, exemplar.TimeNs);
            json.WriteNumber("value"u8, double.IsFinite(exemplar.Value) ? exemplar.Value : 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
