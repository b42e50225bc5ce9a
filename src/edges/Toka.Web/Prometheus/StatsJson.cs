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
            json.WritePropertyName("toka"u8);
            QueryProfileJson.Write(json, statistics);
        }

        json.WriteEndObject();
    }
}
