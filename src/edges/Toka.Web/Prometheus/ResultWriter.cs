using System.Text.Json;
using Toka.Core.Samples;
using Toka.Query.Results;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>Writes query results in the shape of Prometheus's HTTP API, sending pieces as they fill.</summary>
internal static class ResultWriter
{
    /// <summary>The most warnings and the most infos of the language in an answer, as Prometheus.</summary>
    private const int NotesMax = 10;

    private static readonly JsonEncodedText s_values = JsonEncodedText.Encode("values");
    private static readonly JsonEncodedText s_histograms = JsonEncodedText.Encode("histograms");

    /// <summary>Writes the whole answer of a query.</summary>
    /// <param name="response">Where to.</param>
    /// <param name="result">The result.</param>
    /// <param name="limit">The most series to write; 0 for all.</param>
    /// <param name="stats">What it cost, to be told with it; null where nobody asked.</param>
    public static async ValueTask WriteAsync(JsonResponse response, QueryResult result, int limit, StatsRequest? stats)
    {
        var json = response.Json;
        json.WriteStartObject();
        json.WriteString("status"u8, "success"u8);
        json.WriteStartObject("data"u8);
        json.WriteString("resultType"u8, TypeOf(result.Value));
        json.WritePropertyName("result"u8);
        var truncated = await WriteValueAsync(response, result.Value, limit == 0 ? int.MaxValue : limit);
        if (stats is { } asked)
        {
            StatsJson.Write(json, result.Statistics, asked);
        }

        json.WriteEndObject();
        WriteNotes(json, "warnings"u8, [.. Cut(result.Warnings, "warning"), .. Truncation(truncated)]);
        WriteNotes(json, "infos"u8, Cut(result.Infos, "info"));
        json.WriteEndObject();
        await response.CompleteAsync();
    }

    /// <summary>The warning of an answer that a limit cut; none where it did not.</summary>
    public static IReadOnlyList<string> Truncation(bool truncated) => truncated ? ["results truncated due to limit"] : [];

    /// <summary>Writes warnings or infos, or nothing where there are none.</summary>
    public static void WriteNotes(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> notes)
    {
        if (notes.Count > 0)
        {
            json.WritePropertyName(name);
            json.WriteStrings(notes);
        }
    }

    /// <summary>
    /// The first of what the language says, which may say the same of each of a thousand metrics, and how much there is more;
    /// all that the store says.
    /// </summary>
    private static IReadOnlyList<string> Cut(IReadOnlyList<string> notes, string kind)
    {
        if (notes.Count <= NotesMax)
        {
            return notes;
        }

        var shown = new List<string>();
        var ofLanguage = 0;
        foreach (var note in notes)
        {
            if (!note.StartsWith("PromQL ", StringComparison.Ordinal) || ofLanguage++ < NotesMax)
            {
                shown.Add(note);
            }
        }

        return ofLanguage <= NotesMax ? shown : [.. shown, FormattableString.Invariant($"{ofLanguage - NotesMax} more {kind} annotations omitted")];
    }

    private static string TypeOf(QueryValue value) => value switch
    {
        ScalarValue => "scalar",
        StringValue => "string",
        VectorValue => "vector",
        MatrixValue => "matrix",
        _ => throw new NotSupportedException($"No JSON form is known of {value.GetType().Name}."),
    };

    private static async ValueTask<bool> WriteValueAsync(JsonResponse response, QueryValue value, int limit)
    {
        switch (value)
        {
            case ScalarValue scalar:
                WritePoint(response.Json, scalar.TimestampMs, scalar.Value);
                return false;
            case StringValue text:
                response.Json.WriteStartArray();
                WriteTime(response.Json, text.TimestampMs);
                response.Json.WriteStringValue(text.Value);
                response.Json.WriteEndArray();
                return false;
            case VectorValue vector:
                await WriteVectorAsync(response, vector.Samples, limit);
                return vector.Samples.Count > limit;
            default:
                var series = ((MatrixValue)value).Series;
                await WriteMatrixAsync(response, series, limit);
                return series.Count > limit;
        }
    }

    private static async ValueTask WriteVectorAsync(JsonResponse response, IReadOnlyList<VectorSample> samples, int limit)
    {
        var json = response.Json;
        json.WriteStartArray();
        for (var i = 0; i < Math.Min(samples.Count, limit); i++)
        {
            json.WriteStartObject();
            json.WritePropertyName("metric"u8);
            json.WriteLabels(samples[i].Labels);
            if (samples[i].Histogram is { } histogram)
            {
                json.WritePropertyName("histogram"u8);
                WriteHistogram(json, samples[i].TimestampMs, histogram);
            }
            else
            {
                json.WritePropertyName("value"u8);
                WritePoint(json, samples[i].TimestampMs, samples[i].Value);
            }

            json.WriteEndObject();
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        json.WriteEndArray();
    }

    private static async ValueTask WriteMatrixAsync(JsonResponse response, IReadOnlyList<MatrixSeries> series, int limit)
    {
        var json = response.Json;
        json.WriteStartArray();
        for (var i = 0; i < Math.Min(series.Count, limit); i++)
        {
            json.WriteStartObject();
            json.WritePropertyName("metric"u8);
            json.WriteLabels(series[i].Labels);

            // A series of histograms alone has no values, as Prometheus writes it.
            var (floats, histograms) = (series[i].Values, series[i].Histograms);
            if (floats.Length > 0 || histograms.Length == 0)
            {
                await WritePointsAsync(response, s_values, series[i].Timestamps, floats, WritePoint);
            }

            if (histograms.Length > 0)
            {
                await WritePointsAsync(response, s_histograms, series[i].HistogramTimestamps, histograms, WriteHistogram);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the points of one kind.</summary>
    private static async ValueTask WritePointsAsync<T>(
        JsonResponse response, JsonEncodedText name, ReadOnlyMemory<long> times, ReadOnlyMemory<T> values, Action<Utf8JsonWriter, long, T> write)
    {
        response.Json.WriteStartArray(name);
        for (var point = 0; point < values.Length; point++)
        {
            write(response.Json, times.Span[point], values.Span[point]);
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        response.Json.WriteEndArray();
    }

    private static void WriteHistogram(Utf8JsonWriter json, long timestampMs, NativeHistogram histogram)
    {
        json.WriteStartArray();
        WriteTime(json, timestampMs);
        HistogramJson.Write(json, histogram);
        json.WriteEndArray();
    }

    private static void WritePoint(Utf8JsonWriter json, long timestampMs, double value)
    {
        json.WriteStartArray();
        WriteTime(json, timestampMs);
        WriteNumber(json, value);
        json.WriteEndArray();
    }

    /// <summary>Writes a number as a string, as Prometheus does.</summary>
    internal static void WriteNumber(Utf8JsonWriter json, double value)
    {
        Span<byte> text = stackalloc byte[GoNumber.MaxBytes];
        json.WriteStringValue(text[..GoNumber.Format(value, text)]);
    }

    /// <summary>Writes a time as seconds.</summary>
    internal static void WriteTime(Utf8JsonWriter json, long timestampMs)
    {
        Span<byte> text = stackalloc byte[GoNumber.MaxBytes];
        json.WriteRawValue(text[..GoNumber.FormatSeconds(timestampMs, text)], skipInputValidation: true);
    }
}
