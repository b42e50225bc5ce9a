using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Protocols.Otlp.Traces;
using Toka.Query.TraceQL;
using Toka.Query.TraceQL.Parsing;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Tempo;

/// <summary>Tempo's HTTP API under <c>/tempo</c>: traces, searches and series; see docs/reference/jaeger-tempo.md.</summary>
/// <param name="services">What the endpoints stand on.</param>
/// <param name="spans">Where the spans are.</param>
internal sealed class TempoApi(TokaWebServices services, ISpanReader spans)
{
    /// <summary>Where it stands.</summary>
    public const string Root = "/tempo/api";

    /// <summary>What the endpoints here and their answers are like: clients read it to know what they may ask.</summary>
    private const string ApiVersion = "2.9.0";

    private const string Protobuf = "application/protobuf";
    private const string NotWhole = "not all was looked at: a limit was met or the time was up; ask for a shorter time or a narrower filter";
    private const int SpansMax = 200_000;
    private const int LimitStandard = 20;
    private const int SpansStandard = 3;
    private const int SpansPerSetMax = 1000;
    private const int ExemplarsStandard = 100;
    private const int ExemplarsMax = 1000;

    private static readonly string[] s_get = ["GET"];

    private readonly TraceQlEngine _engine = new(spans, null, services.Time);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root + "/echo", s_get, endpoint.Always(static (context, cancellationToken) => context.Response.WriteAsync("echo", cancellationToken)));
        endpoints.MapMethods(Root + "/status/buildinfo", s_get, endpoint.Always(static (context, _) => SendBuildInfoAsync(context)));
        endpoints.MapMethods(Root + "/traces/{traceId}", s_get, endpoint.Always((context, cancellationToken) => ShowAsync(context, isSecond: false, cancellationToken)));
        endpoints.MapMethods(Root + "/v2/traces/{traceId}", s_get, endpoint.Always((context, cancellationToken) => ShowAsync(context, isSecond: true, cancellationToken)));
        endpoints.MapMethods(Root + "/search", s_get, endpoint.Always(SearchAsync));
        endpoints.MapMethods(Root + "/metrics/query_range", s_get, endpoint.Always((context, cancellationToken) => SeriesAsync(context, isInstant: false, cancellationToken)));
        endpoints.MapMethods(Root + "/metrics/query", s_get, endpoint.Always((context, cancellationToken) => SeriesAsync(context, isInstant: true, cancellationToken)));
    }

    private static Task SendBuildInfoAsync(HttpContext context) => EventJson.SendAsync(context, static json =>
    {
        json.WriteString("version"u8, ApiVersion);
        foreach (var name in (ReadOnlySpan<string>)["revision", "branch", "buildUser", "buildDate", "goVersion"])
        {
            json.WriteString(name, ""u8);
        }
    });

    private async Task ShowAsync(HttpContext context, bool isSecond, CancellationToken cancellationToken)
    {
        var text = (string?)context.Request.RouteValues["traceId"];
        if (!TraceId.TryParse(text, out var id))
        {
            throw ApiParameters.Invalid("traceId", $"\"{text}\" is not the id of a trace: write up to 32 hexadecimal digits");
        }

        var page = await spans.TracesAsync([id], EventRange.All, SpansMax, cancellationToken);
        if (page.Spans.Count == 0)
        {
            await ErrorResponse.SendAsync(context, StatusCodes.Status404NotFound, "not_found", $"trace {id} is not there");
            return;
        }

        if (context.Request.Headers.Accept.Any(static accept => accept?.Contains(Protobuf, StringComparison.OrdinalIgnoreCase) == true))
        {
            await SendProtobufAsync(context, page, isSecond, cancellationToken);
            return;
        }

        await using var response = new JsonResponse(context);
        var json = response.Json;
        json.WriteStartObject();
        if (isSecond)
        {
            json.WriteStartObject("trace"u8);
        }

        json.WritePropertyName(isSecond ? "resourceSpans"u8 : "batches"u8);
        await OtlpTraceJson.WriteAsync(json, page.Spans, response.SendIfReadyAsync);
        if (isSecond)
        {
            json.WriteEndObject();
            TempoJson.WriteStatus(json, page.Cost.IsCut, NotWhole);
        }

        json.WriteEndObject();
        await response.CompleteAsync();
    }

    /// <summary>The first version is the trace itself, the second has it as a field, and another one for whether it is whole.</summary>
    private static async Task SendProtobufAsync(HttpContext context, SpanPage page, bool isSecond, CancellationToken cancellationToken)
    {
        using var encoder = new OtlpTraceEncoder();
        byte[] status = isSecond && page.Cost.IsCut ? [3 << 3, 1] : [];
        byte[] body = isSecond ? [.. encoder.EncodeAs(1, page.Spans), .. status] : encoder.Encode(page.Spans).ToArray();
        context.Response.ContentType = Protobuf;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, cancellationToken);
    }

    private async Task SearchAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var request = new TraceQlRequest
        {
            Query = TempoParameters.QueryOf(parameters),
            Range = TempoParameters.RangeOf(parameters, services.Time),
            Limit = TempoParameters.CountOf(parameters, "limit", LimitStandard, EventParameters.LimitMax),
            SpansPerSet = TempoParameters.CountOf(parameters, "spss", SpansStandard, SpansPerSetMax),
        };
        var result = await _engine.SearchAsync(request, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("traces"u8);
            foreach (var trace in result.Traces)
            {
                TempoJson.WriteTrace(json, trace);
            }

            json.WriteEndArray();
            json.WriteStartObject("metrics"u8);
            json.WriteNumber("inspectedTraces"u8, result.Looked);
            TempoJson.WriteWhole(json, "inspectedSpans"u8, result.Cost.Rows);
            json.WriteNumber("totalBlocks"u8, result.Cost.Parts + result.Cost.PartsSkipped);
            json.WriteNumber("completedJobs"u8, 1);
            json.WriteNumber("totalJobs"u8, 1);
            json.WriteEndObject();
        });
    }

    private async Task SeriesAsync(HttpContext context, bool isInstant, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var query = parameters.First("q") ?? parameters.Required("query");
        var range = TempoParameters.RangeOf(parameters, services.Time, isSeries: true);
        var request = new TraceQlSeriesRequest
        {
            Query = query,
            Range = range,
            StepNs = isInstant ? 1 : TempoParameters.StepOf(parameters, range),
            IsInstant = isInstant,
            Exemplars = isInstant ? 0 : TempoParameters.CountOf(parameters, "exemplars", ExemplarsStandard, ExemplarsMax),
        };
        var result = await _engine.SeriesAsync(request, cancellationToken);
        var name = TraceQlParser.Parse(query).Metrics!.Name;
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("series"u8);
            foreach (var series in result.Series)
            {
                TempoJson.WriteSeries(json, result, series, name, isInstant);
            }

            json.WriteEndArray();
            json.WriteStartObject("metrics"u8);
            TempoJson.WriteWhole(json, "inspectedSpans"u8, result.Cost.Rows);
            json.WriteNumber("completedJobs"u8, 1);
            json.WriteNumber("totalJobs"u8, 1);
            json.WriteEndObject();
            TempoJson.WriteStatus(json, result.Cost.IsCut, NotWhole);
        });
    }
}
