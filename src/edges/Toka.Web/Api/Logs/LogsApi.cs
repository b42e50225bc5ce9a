using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Tracing.Live;
using Toka.Tracing.LogPatterns;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Logs;

/// <summary><c>api/toka/v1/logs</c>: log records, how many there are over time, and what they look like; see docs/reference/http-api.md.</summary>
internal sealed class LogsApi(TokaWebServices services, ILogReader logs)
{
    private const string Root = "/api/toka/v1/logs";
    private const int Standard = 100;

    private const int PatternsStandard = 50;

    /// <summary>The newest records that patterns are looked for in.</summary>
    private const int SampledMax = 10_000;

    /// <summary>The most steps of a histogram: as many as a wide screen has columns of two pixels.</summary>
    private const int StepsMax = 1000;

    /// <summary>The steps of a histogram for which no step is named.</summary>
    private const int StepsStandard = 60;

    private static readonly string[] s_get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root, s_get, endpoint.Always(FindAsync));
        endpoints.MapMethods(Root + "/histogram", s_get, endpoint.Always(HistogramAsync));
        endpoints.MapMethods(Root + "/patterns", s_get, endpoint.Always(PatternsAsync));
        if (services.LogFeed is { } feed)
        {
            endpoints.MapMethods(Root + "/follow", s_get, endpoint.Unbounded((context, cancellationToken) => FollowAsync(feed, context, cancellationToken)));
        }
    }

    private async Task FindAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var page = await logs.FindAsync(
            new LogQuery
            {
                Condition = LogParameters.ConditionOf(parameters),
                Range = parameters.Range(services.Time),
                Limit = parameters.Limit(Standard),
                IsOldestFirst = IsOldestFirst(parameters),
            },
            cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteLogs("logs"u8, page.Records);
            json.WriteCost(page.Cost, started);
        });
    }

    private async Task HistogramAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var range = parameters.SeriesRange(services.Time);
        var step = parameters.Step(range, StepsStandard, StepsMax);
        var groups = await logs.AggregateAsync(
            new EventAggregation
            {
                Condition = LogParameters.ConditionOf(parameters),
                Range = range,
                StepNs = step,
                By = [new Field(FieldKind.Severity)],
                Limit = StepsMax * 25,
            },
            cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteNumber("stepNs"u8, step);
            WriteSteps(json, groups.Groups, range.FromNs, step);
            json.WriteCost(groups.Cost, started);
        });
    }

    private async Task PatternsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var limit = parameters.Limit(PatternsStandard);
        var page = await logs.FindAsync(
            new LogQuery { Condition = LogParameters.ConditionOf(parameters), Range = parameters.Range(services.Time), Limit = SampledMax }, cancellationToken);
        var patterns = LogPatternMiner.Of(page.Records, limit);
        await EventJson.SendAsync(context, json =>
        {
            PatternJson.Write(json, patterns);
            json.WriteNumber("sampled"u8, page.Records.Count);
            json.WriteCost(page.Cost, started);
        });
    }

    private async Task FollowAsync(LogFeed feed, HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var subscription = feed.Subscribe(LogParameters.ConditionOf(parameters));
        await FollowResponse.SendAsync(context, subscription, static (json, record) => json.WriteLog(record), services.Stopping, cancellationToken);
    }

    private static void WriteSteps(Utf8JsonWriter json, IReadOnlyList<EventGroup> groups, long fromNs, long step)
    {
        json.WriteStartArray("steps"u8);
        foreach (var at in groups.GroupBy(static group => group.Step).OrderBy(static at => at.Key))
        {
            json.WriteStartObject();
            json.WriteNs("fromNs"u8, fromNs + (at.Key * step));
            json.WriteStartObject("counts"u8);
            foreach (var word in at.GroupBy(static group => LogParameters.WordOf(group.By[0].Int)))
            {
                json.WriteNumber(word.Key.Length == 0 ? "unset" : word.Key, word.Sum(static group => group.Count));
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static bool IsOldestFirst(ApiParameters parameters) => parameters.First("order") switch
    {
        null or "newest" => false,
        "oldest" => true,
        var other => throw ApiParameters.Invalid("order", $"\"{other}\" is none: write newest or oldest"),
    };
}
