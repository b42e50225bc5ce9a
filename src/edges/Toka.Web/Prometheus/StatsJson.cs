using System.Text.Json;
using Toka.Query.Results;

namespace Toka.Web.Prometheus;

/// <summary>How much of a query's cost is told.</summary>
/// <param name="IsAll">Whether Toka's own object is wanted too: <c>stats=all</c>.</param>
/// <param name="Queued">How long the query waited for a place.</param>
internal readonly record struct StatsRequest(bool IsAll, TimeSpan Queued);

/// <summary>
/// What a query cost, in the shape of Prometheus's <c>stats</c>, with Toka's own account of it under <c>toka</c>.
/// Nothing is written that was not measured.
/// </summary>
internal static class StatsJson
{
    /// <summary>Writes the property <c>stats</c>.</summary>
    public static void Write(Utf8JsonWriter json, QueryStatistics statistics, StatsRequest request)
    {
        json.WriteStartObject("stats"u8);
        json.WriteStartObject("timings"u8);
        json.WriteNumber("evalTotalTime"u8, statistics.Elapsed.TotalSeconds);
        if (statistics.Profile is { } measured)
        {
            json.WriteNumber("resultSortTime"u8, measured.Finishing.TotalSeconds);
            json.WriteNumber("queryPreparationTime"u8, (measured.Preparing + measured.Selecting).TotalSeconds);
            json.WriteNumber("innerEvalTime"u8, measured.Evaluating.TotalSeconds);
        }

        json.WriteNumber("execQueueTime"u8, request.Queued.TotalSeconds);
        json.WriteNumber("execTotalTime"u8, (request.Queued + statistics.Elapsed).TotalSeconds);
        json.WriteEndObject();
        json.WriteStartObject("samples"u8);
        json.WriteNumber("totalQueryableSamples"u8, statistics.Samples);
        json.WriteNumber("peakSamples"u8, statistics.PeakPoints);
        json.WriteEndObject();
        if (request.IsAll)
        {
            WriteOwn(json, statistics);
        }

        json.WriteEndObject();
    }

    private static void WriteOwn(Utf8JsonWriter json, QueryStatistics statistics)
    {
        json.WriteStartObject("toka"u8);
        json.WriteNumber("series"u8, statistics.Series);
        json.WriteNumber("samples"u8, statistics.Samples);
        json.WriteNumber("elapsedMs"u8, statistics.Elapsed.TotalMilliseconds);
        if (statistics.Profile is { } profile)
        {
            json.WriteNumber("preparingMs"u8, profile.Preparing.TotalMilliseconds);
            json.WriteNumber("selectingMs"u8, profile.Selecting.TotalMilliseconds);
            json.WriteNumber("evaluatingMs"u8, profile.Evaluating.TotalMilliseconds);
            json.WriteNumber("finishingMs"u8, profile.Finishing.TotalMilliseconds);
            json.WriteStartArray("fetches"u8);
            foreach (var fetch in profile.Fetches)
            {
                WriteFetch(json, fetch);
            }

            json.WriteEndArray();
            json.WritePropertyName("tree"u8);
            WriteNode(json, profile.Root);
        }

        json.WriteEndObject();
    }

    private static void WriteFetch(Utf8JsonWriter json, FetchProfile fetch)
    {
        json.WriteStartObject();
        json.WriteString("selector"u8, fetch.Selector);
        json.WriteNumber("fromMs"u8, fetch.FromMs);
        json.WriteNumber("toMs"u8, fetch.ToMs);
        json.WriteNumber("series"u8, fetch.Series);
        json.WriteNumber("samples"u8, fetch.Samples);
        if (fetch.Blocks >= 0)
        {
            json.WriteNumber("blocks"u8, fetch.Blocks);
        }

        json.WriteNumber("resolutionMs"u8, fetch.ResolutionMs);
        json.WriteNumber("elapsedMs"u8, fetch.Elapsed.TotalMilliseconds);
        json.WriteEndObject();
    }

    /// <summary>A node and those below it; the parser bounds how deep that goes.</summary>
    private static void WriteNode(Utf8JsonWriter json, NodeProfile node)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, node.Kind);
        json.WriteString("expression"u8, node.Expression);
        json.WriteNumber("series"u8, node.Series);
        json.WriteNumber("steps"u8, node.Steps);
        json.WriteNumber("samples"u8, node.Samples);
        json.WriteNumber("elapsedMs"u8, node.Elapsed.TotalMilliseconds);
        if (node.Note.Length > 0)
        {
            json.WriteString("note"u8, node.Note);
        }

        json.WriteStartArray("children"u8);
        foreach (var child in node.Children)
        {
            WriteNode(json, child);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
