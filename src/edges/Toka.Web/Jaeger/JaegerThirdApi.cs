using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Protocols.Otlp.Traces;
using Toka.Query.TraceQL;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Jaeger;

/// <summary>The third version of Jaeger's API, <c>/jaeger/api/v3</c>: traces as OTLP; see docs/reference/jaeger-tempo.md.</summary>
/// <param name="services">What the endpoints stand on.</param>
/// <param name="spans">Where the spans are.</param>
internal sealed class JaegerThirdApi(TokaWebServices services, ISpanReader spans)
{
    private const string Root = "/jaeger/api/v3";
    private const int NamesMax = 10_000;
    private const int SpansMax = 200_000;

    /// <summary>How far back services and operations are listed: a week.</summary>
    private static readonly TimeSpan s_named = TimeSpan.FromDays(7);

    private static readonly string[] s_get = ["GET"];

    private readonly TraceQlEngine _engine = new(spans, null, services.Time);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root + "/services", s_get, endpoint.Always(ServicesAsync));
        endpoints.MapMethods(Root + "/operations", s_get, endpoint.Always(OperationsAsync));
        endpoints.MapMethods(Root + "/traces", s_get, endpoint.Always(FindAsync));
        endpoints.MapMethods(Root + "/traces/{traceId}", s_get, endpoint.Always(ShowAsync));
    }

    private async Task ServicesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var names = await spans.ValuesAsync(new Field(FieldKind.Service), Condition.Always, JaegerParameters.LookbackOf(parameters, services.Time, s_named), NamesMax, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("services"u8);
            foreach (var name in names.Select(static name => name.Value.ToString()).Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        });
    }

    private async Task OperationsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var operations = await JaegerOperations.ReadAsync(
            spans, parameters.Required("service"), parameters.First("span_kind"), JaegerParameters.LookbackOf(parameters, services.Time, s_named), cancellationToken);
        await EventJson.SendAsync(context, json => JaegerOperations.Write(json, "operations"u8, operations));
    }

    private async Task FindAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (search, range, limit) = JaegerParameters.ThirdOf(await ApiParameters.ReadAsync(context, services.Limits, cancellationToken));
        var found = await _engine.SearchAsync(search, new TraceQlRequest { Query = "", Range = range, Limit = limit, SpansPerSet = 1 }, cancellationToken);
        await SendAsync(context, [.. found.Traces.Select(static trace => trace.Summary.TraceId)], range, cancellationToken);
    }

    private async Task ShowAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var text = (string?)context.Request.RouteValues["traceId"];
        await SendAsync(
            context,
            [TraceId.TryParse(text, out var id) ? id : throw ApiParameters.Invalid("traceId", $"\"{text}\" is not the id of a trace: write up to 32 hexadecimal digits")],
            EventRange.All,
            cancellationToken);
    }

    private async Task SendAsync(HttpContext context, List<TraceId> traces, EventRange hint, CancellationToken cancellationToken)
    {
        var page = traces.Count == 0 ? new SpanPage([], default) : await spans.TracesAsync(traces, hint, SpansMax, cancellationToken);
        if (page.Spans.Count == 0)
        {
            await ErrorResponse.SendAsync(context, StatusCodes.Status404NotFound, "not_found", "no traces found");
            return;
        }

        await using var response = new JsonResponse(context);
        response.Json.WriteStartObject();
        response.Json.WriteStartObject("result"u8);
        response.Json.WritePropertyName("resourceSpans"u8);
        await OtlpTraceJson.WriteAsync(response.Json, page.Spans, response.SendIfReadyAsync);
        response.Json.WriteEndObject();
        response.Json.WriteEndObject();
        await response.CompleteAsync();
    }
}
