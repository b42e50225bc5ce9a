using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Labels;
using Toka.Core.Targets;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>
/// What Toka scrapes and which Alertmanagers it sends to: none yet, of these, and an empty list is the true answer. Source:
/// Prometheus 3, "HTTP API", targets.
/// </summary>
internal sealed class TargetsApi(TokaWebServices services)
{
    private static readonly string[] s_get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        Map("/api/v1/targets", TargetsAsync);
        Map("/api/v1/targets/metadata", MetadataAsync);
        Map("/api/v1/scrape_pools", Envelope.Of(WritePools));
        Map("/api/v1/alertmanagers", Envelope.Of(static json =>
        {
            json.WriteStartObject();
            Empty(json, "activeAlertmanagers"u8);
            Empty(json, "droppedAlertmanagers"u8);
            json.WriteEndObject();
        }));

        void Map(string path, Func<HttpContext, CancellationToken, Task> handler) => endpoints.MapMethods(path, s_get, endpoint.Always(handler));
    }

    private async Task TargetsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var state = parameters.First("state") ?? "any";
        if (state is not ("any" or "active" or "dropped"))
        {
            throw ApiParameters.Invalid("state", $"\"{state}\" is not known: give active, dropped, or any (the default)");
        }

        var pool = parameters.First("scrapePool");
        await using var response = Envelope.Begin(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteStartArray("activeTargets"u8);
        foreach (var target in state == "dropped" ? [] : services.Targets?.Active ?? [])
        {
            if (pool is null || target.Pool == pool)
            {
                WriteActive(json, target);
                await SendAsync(response);
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("droppedTargets"u8);
        foreach (var target in state == "active" ? [] : services.Targets?.Dropped ?? [])
        {
            if (pool is null || target.Pool == pool)
            {
                WriteDropped(json, target);
                await SendAsync(response);
            }
        }

        json.WriteEndArray();
        json.WriteStartObject("droppedTargetCounts"u8);
        foreach (var (name, count) in state == "active" ? EmptyCounts : services.Targets?.DroppedCounts ?? EmptyCounts)
        {
            if (pool is null || name == pool)
            {
                json.WriteNumber(name, count);
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
        await Envelope.EndAsync(response);
    }

    private async Task MetadataAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var metric = parameters.First("metric") ?? "";
        var limit = parameters.Limit() is var asked and > 0 ? Math.Min(asked, services.Limits.MaxListed) : services.Limits.MaxListed;
        var matchers = parameters.First("match_target") is { Length: > 0 } selector ? services.Selectors.Parse(selector) : [];
        var written = 0;
        var isCut = false;
        await using var response = Envelope.Begin(context);
        var json = response.Json;
        json.WriteStartArray();
        foreach (var target in services.Targets?.Active ?? [])
        {
            if (!matchers.All(matcher => matcher.IsMatch(target.Labels)))
            {
                continue;
            }

            foreach (var family in target.Metadata)
            {
                if (metric.Length > 0 && family.Family != metric)
                {
                    continue;
                }

                if (written == limit)
                {
                    isCut = true;
                    break;
                }

                written++;
                json.WriteStartObject();
                json.WritePropertyName("target"u8);
                json.WriteLabels(target.Labels);
                if (metric.Length == 0)
                {
                    json.WriteString("metric"u8, family.Family);
                }

                json.WriteString("type"u8, CatalogApi.TypeName(family.Type));
                json.WriteString("help"u8, family.Help);
                json.WriteString("unit"u8, family.Unit);
                json.WriteEndObject();
                await SendAsync(response);
            }
        }

        json.WriteEndArray();
        await Envelope.EndAsync(response, ResultWriter.Truncation(isCut));
    }

    private void WritePools(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WritePropertyName("scrapePools"u8);
        json.WriteStrings(services.Targets?.Pools ?? []);
        json.WriteEndObject();
    }

    private static readonly Dictionary<string, int> EmptyCounts = [];

    private static void WriteActive(Utf8JsonWriter json, ScrapeTargetStatus target)
    {
        json.WriteStartObject();
        WriteLabels(json, "discoveredLabels"u8, target.DiscoveredLabels);
        WriteLabels(json, "labels"u8, target.Labels);
        json.WriteString("scrapePool"u8, target.Pool);
        json.WriteString("scrapeUrl"u8, target.Url.AbsoluteUri);
        json.WriteString("globalUrl"u8, GlobalUrl(target.Url));
        json.WriteString("lastError"u8, target.LastError);
        json.WriteString("lastScrape"u8, RuleJson.Time(target.LastScrapeMs ?? 0));
        json.WriteNumber("lastScrapeDuration"u8, target.LastDuration.TotalSeconds);
        json.WriteString("health"u8, target.Health switch { TargetHealth.Up => "up"u8, TargetHealth.Down => "down"u8, _ => "unknown"u8 });
        json.WriteString("scrapeInterval"u8, Duration(target.Interval));
        json.WriteString("scrapeTimeout"u8, Duration(target.Timeout));
        json.WriteEndObject();
    }

    private static void WriteDropped(Utf8JsonWriter json, DroppedTarget target)
    {
        json.WriteStartObject();
        WriteLabels(json, "discoveredLabels"u8, target.DiscoveredLabels);
        json.WriteString("scrapePool"u8, target.Pool);

        // Not in Prometheus's answer, whose log tells it.
        json.WriteString("reason"u8, target.Reason);
        json.WriteEndObject();
    }

    /// <summary>The address as others reach it: this host is not theirs.</summary>
    private static string GlobalUrl(Uri url) => url.IsLoopback ? new UriBuilder(url) { Host = Environment.MachineName }.Uri.AbsoluteUri : url.AbsoluteUri;

    /// <summary>A duration as Prometheus writes it, such as 1m30s.</summary>
    private static string Duration(TimeSpan duration)
    {
        var rest = (long)duration.TotalMilliseconds;
        var text = "";
        foreach (var (unit, length) in (ReadOnlySpan<(string, long)>)[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)])
        {
            text += rest >= length ? string.Create(CultureInfo.InvariantCulture, $"{rest / length}{unit}") : "";
            rest %= length;
        }

        return text;
    }

    private static ValueTask SendAsync(JsonResponse response) => response.IsPieceReady ? response.SendPieceAsync() : ValueTask.CompletedTask;

    private static void WriteLabels(Utf8JsonWriter json, ReadOnlySpan<byte> name, LabelSet labels)
    {
        json.WritePropertyName(name);
        json.WriteLabels(labels);
    }

    private static void Empty(Utf8JsonWriter json, ReadOnlySpan<byte> name)
    {
        json.WriteStartArray(name);
        json.WriteEndArray();
    }
}
