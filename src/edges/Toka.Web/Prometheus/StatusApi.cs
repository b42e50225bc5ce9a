using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Health;
using Toka.Core.Series;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>What Prometheus's API tells about the server: <c>api/v1/status</c>, <c>features</c>, <c>notifications</c>.</summary>
internal sealed class StatusApi(TokaWebServices services)
{
    /// <summary>The Prometheus version whose query API this is.</summary>
    private const string ApiVersion = "3.5.0";

    /// <summary>Entries of each list of <c>status/tsdb</c>, unless asked for another number; as Prometheus.</summary>
    private const int CountsDefault = 10;

    /// <summary>The most entries of each list, as Prometheus.</summary>
    private const int CountsMax = 10_000;

    private static readonly string[] s_get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        Map("/api/v1/status/buildinfo", WriteBuildInfo);
        Map("/api/v1/status/config", WriteConfiguration);
        Map("/api/v1/features", json => FeaturesJson.Write(json, services.Language));
        Map("/api/v1/notifications", WriteNotifications);
        if (services.Facts is { } facts)
        {
            Map("/api/v1/status/flags", json => WriteFlags(json, facts));
            Map("/api/v1/status/runtimeinfo", json => WriteRuntime(json, facts));
            Map("/api/v1/status/walreplay", json => WriteReplay(json, facts));
        }

        if (services.SeriesCounts is { } counts)
        {
            endpoints.MapMethods("/api/v1/status/tsdb", s_get, endpoint.Partial((context, cancellationToken) => CountAsync(context, counts, cancellationToken)));
        }

        void Map(string path, Action<Utf8JsonWriter> write) => endpoints.MapMethods(path, s_get, endpoint.Always(Envelope.Of(write)));
    }

    private void WriteBuildInfo(Utf8JsonWriter json)
    {
        json.WriteStartObject();

        // Clients read this to know which calls they may make, so it is the version of the API, not Toka's.
        json.WriteString("version"u8, ApiVersion);
        json.WriteString("revision"u8, ""u8);
        json.WriteString("branch"u8, ""u8);
        json.WriteString("buildUser"u8, ""u8);
        json.WriteString("buildDate"u8, ""u8);
        json.WriteString("goVersion"u8, ""u8);
        json.WriteString("application"u8, "Toka"u8);
        json.WriteString("applicationVersion"u8, services.Version);
        json.WriteEndObject();
    }

    /// <summary>The configuration in force. It is JSON, which is YAML too.</summary>
    private void WriteConfiguration(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("yaml"u8, services.Configuration().Span);
        json.WriteEndObject();
    }

    private static void WriteFlags(Utf8JsonWriter json, IServerFacts facts)
    {
        json.WriteStartObject();
        foreach (var (name, value) in facts.Flags.OrderBy(static flag => flag.Key, StringComparer.Ordinal))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private void WriteRuntime(Utf8JsonWriter json, IServerFacts facts)
    {
        var (runtime, store) = (facts.Runtime, facts.Store);
        json.WriteStartObject();
        json.WriteString("startTime"u8, RuleJson.Time(services.StartedAtMs));
        json.WriteString("CWD"u8, runtime.WorkingDirectory);
        json.WriteString("hostname"u8, services.Instance ?? "");
        json.WriteString("serverTime"u8, RuleJson.Time(services.Time.GetUtcNow().ToUnixTimeMilliseconds()));
        json.WriteBoolean("reloadConfigSuccess"u8, runtime.ReloadSucceeded);
        json.WriteString("lastConfigTime"u8, RuleJson.Time(runtime.LastReloadMs));
        json.WriteNumber("corruptionCount"u8, store.DamagedBlocks);

        // There are no goroutines: the threads that do the work are what comes nearest.
        json.WriteNumber("goroutineCount"u8, ThreadPool.ThreadCount);
        json.WriteNumber("GOMAXPROCS"u8, Environment.ProcessorCount);
        json.WriteNumber("GOMEMLIMIT"u8, runtime.MemoryLimitBytes);
        json.WriteString("GOGC"u8, ""u8);
        json.WriteString("GODEBUG"u8, ""u8);
        json.WriteString("storageRetention"u8, runtime.Retention);
        json.WriteEndObject();
    }

    /// <summary>Counted in percent, because the log is read by bytes.</summary>
    private static void WriteReplay(Utf8JsonWriter json, IServerFacts facts)
    {
        json.WriteStartObject();
        json.WriteNumber("min"u8, 0);
        json.WriteNumber("max"u8, 100);
        json.WriteNumber("current"u8, facts.Store.ReplayedPercent);
        json.WriteEndObject();
    }

    /// <summary>Every part that is not well, since when.</summary>
    private void WriteNotifications(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var part in services.Health.SelectMany(static source => source.Parts).Where(static part => part.State != HealthState.Healthy))
        {
            json.WriteStartObject();
            json.WriteString("text"u8, string.Create(CultureInfo.InvariantCulture, $"{part.Name}: {part.Reason}"));
            json.WriteString("date"u8, RuleJson.Time(part.SinceMs));
            json.WriteBoolean("active"u8, true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private async Task CountAsync(HttpContext context, ICardinalitySource counts, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var limit = parameters.First("limit") is null ? CountsDefault : parameters.Limit();
        if (limit is < 1 or > CountsMax)
        {
            throw ApiParameters.Invalid("limit", $"limit must be 1 to {CountsMax}");
        }

        var report = counts.Cardinality(limit);
        await using var response = Envelope.Begin(context);
        WriteCounts(response.Json, report, limit);
        await Envelope.EndAsync(response);
    }

    private static void WriteCounts(Utf8JsonWriter json, CardinalityReport report, int limit)
    {
        json.WriteStartObject();
        json.WriteStartObject("headStats"u8);
        json.WriteNumber("numSeries"u8, report.Series);
        json.WriteNumber("numLabelPairs"u8, report.LabelPairs);
        json.WriteNumber("chunkCount"u8, report.Chunks);
        json.WriteOptional("minTime"u8, report.OldestMs);
        json.WriteOptional("maxTime"u8, report.NewestMs);
        json.WriteEndObject();
        Write(json, "seriesCountByMetricName"u8, report.Metrics);
        Write(json, "labelValueCountByLabelName"u8, report.Labels);
        Write(json, "memoryInBytesByLabelName"u8, report.LabelBytes);

        // Metric names and jobs have lists of their own in the report; here they are pairs like all others.
        Write(json, "seriesCountByLabelValuePair"u8,
        [
            .. report.Pairs
                .Concat(report.Metrics.Select(static m => new CardinalityCount("__name__=" + m.Name, m.Count)))
                .Concat(report.Jobs.Select(static j => new CardinalityCount("job=" + j.Name, j.Count)))
                .OrderByDescending(static pair => pair.Count).ThenBy(static pair => pair.Name, StringComparer.Ordinal).Take(limit),
        ]);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<CardinalityCount> counts)
    {
        json.WriteStartArray(name);
        foreach (var count in counts)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, count.Name);
            json.WriteNumber("value"u8, count.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
