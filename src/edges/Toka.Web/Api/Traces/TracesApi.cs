using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Attributes;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL;
using Toka.Tracing.Live;
using Toka.Web.Api.Events;
using Toka.Web.Api.Logs;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Traces;

/// <summary><c>api/toka/v1/traces</c>: finds traces and shows them; see docs/reference/http-api.md.</summary>
internal sealed class TracesApi(TokaWebServices services, ISpanReader spans, ILogReader? logs)
{
    private const string Root = "/api/toka/v1/traces";
    private const int FoundStandard = 20;

    /// <summary>The most spans of a trace that are shown: a page scrolls through a hundred thousand, more is a fault of whoever made them.</summary>
    private const int SpansMax = 200_000;

    /// <summary>Steps of series for which no step is named.</summary>
    private const int StepsStandard = 60;

    /// <summary>The most steps of series, as of PromQL.</summary>
    private const int StepsMax = 11_000;

    /// <summary>Log records beside one span or one trace.</summary>
    private const int LogsMax = 1000;

    /// <summary>Spans that link to one span.</summary>
    private const int LinkedMax = 20;

    private static readonly string[] s_get = ["GET"];

    private readonly TraceQlEngine _engine = new(spans, time: services.Time);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root, s_get, endpoint.Always(FindAsync));
        endpoints.MapMethods(Root + "/series", s_get, endpoint.Always(SeriesAsync));
        if (services.SpanFeed is { } feed)
        {
            endpoints.MapMethods(Root + "/follow", s_get, endpoint.Unbounded((context, cancellationToken) => FollowAsync(feed, context, cancellationToken)));
        }

        endpoints.MapMethods(Root + "/{traceId}", s_get, endpoint.Always(ShowAsync));
        endpoints.MapMethods(Root + "/{traceId}/logs", s_get, endpoint.Always(LogsAsync));
        endpoints.MapMethods(Root + "/{traceId}/spans/{spanId}", s_get, endpoint.Always(SpanAsync));
    }

    private async Task FindAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var request = new TraceQlRequest { Query = TraceParameters.QueryOf(parameters) ?? "", Range = parameters.Range(services.Time), Limit = parameters.Limit(FoundStandard) };
        var search = TraceParameters.SearchOf(parameters);
        var found = request.Query.Length > 0 ? await _engine.SearchAsync(request, cancellationToken) : await _engine.SearchAsync(search, request, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteString("query"u8, request.Query.Length > 0 ? request.Query : search.ToTraceQl());
            json.WriteStartArray("traces"u8);
            foreach (var trace in found.Traces)
            {
                SummaryJson.Write(json, trace);
            }

            json.WriteEndArray();
            json.WriteCost(found.Cost, started);
        });
    }

    private async Task SeriesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var range = parameters.SeriesRange(services.Time);
        var step = parameters.Step(range, StepsStandard, StepsMax);
        var result = await _engine.SeriesAsync(new TraceQlSeriesRequest { Query = parameters.Required("q"), Range = range, StepNs = step }, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            SeriesJson.Write(json, result);
            json.WriteCost(result.Cost, started);
        });
    }

    private async Task FollowAsync(SpanFeed feed, HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var subscription = feed.Subscribe(TraceParameters.ConditionOf(parameters));
        await FollowResponse.SendAsync(context, subscription, static (json, span) => SpanJson.WriteLine(json, span, withTrace: true), services.Stopping, cancellationToken);
    }

    private async Task ShowAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var id = TraceParameters.TraceOf("traceId", (string?)context.Request.RouteValues["traceId"]);
        var page = await spans.TracesAsync([id], EventRange.All, SpansMax, cancellationToken);
        if (page.Spans.Count == 0)
        {
            await NotFoundAsync(context, id);
            return;
        }

        await using var response = new JsonResponse(context);
        await TraceJson.WriteAsync(response, page.Spans, page.Cost, started);
        await response.CompleteAsync();
    }

    private async Task LogsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var id = TraceParameters.TraceOf("traceId", (string?)context.Request.RouteValues["traceId"]);
        var page = logs is null ? new LogPage([], default) : await logs.OfTraceAsync(id, EventRange.All, parameters.Limit(LogsMax), cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteLogs("logs"u8, page.Records);
            json.WriteCost(page.Cost, started);
        });
    }

    private async Task SpanAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var id = TraceParameters.TraceOf("traceId", (string?)context.Request.RouteValues["traceId"]);
        var spanId = TraceParameters.SpanOf((string?)context.Request.RouteValues["spanId"]);
        var page = await spans.TracesAsync([id], EventRange.All, SpansMax, cancellationToken);
        if (page.Spans.FirstOrDefault(span => span.SpanId == spanId) is not { } found)
        {
            await NotFoundAsync(context, id, spanId);
            return;
        }

        var linked = await spans.FindAsync(
            new SpanQuery
            {
                Condition = new Condition.Compare(new Field(FieldKind.LinkSpanId), Comparison.Equal, AttributeValue.Of(spanId.ToString()))
                    & new Condition.Compare(new Field(FieldKind.LinkTraceId), Comparison.Equal, AttributeValue.Of(id.ToString())),
                Range = AroundOf(found),
                Limit = LinkedMax,
            },
            cancellationToken);
        var records = logs is null ? [] : (await logs.OfTraceAsync(id, AroundOf(found), LogsMax, cancellationToken)).Records.Where(record => record.SpanId == spanId).ToArray();
        await EventJson.SendAsync(context, json => SpanJson.WriteWhole(json, found, linked.Spans, records));
    }

    /// <summary>Where links to a span are looked for: from an hour before it to a day after it.</summary>
    private static EventRange AroundOf(SpanRecord span) => new(span.StartNs - 3_600_000_000_000, span.EndNs + 86_400_000_000_000);

    private static Task NotFoundAsync(HttpContext context, TraceId id, SpanId? span = null) => ErrorResponse.SendAsync(
        context, StatusCodes.Status404NotFound, "not_found",
        span is { } spanId ? $"The trace {id} has no span {spanId}." : $"There is no trace {id}: it was not received, not kept, or is older than what is kept.");
}
