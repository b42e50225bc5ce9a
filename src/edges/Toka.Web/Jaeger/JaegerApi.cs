using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Jaeger;

/// <summary>Jaeger's HTTP API under <c>/jaeger</c>, as its page and Grafana's data source call it; see docs/reference/jaeger-tempo.md.</summary>
/// <param name="services">What the endpoints stand on.</param>
/// <param name="spans">Where the spans are.</param>
internal sealed class JaegerApi(TokaWebServices services, ISpanReader spans)
{
    private const string Root = "/jaeger/api";

    /// <summary>Services and operations in a list.</summary>
    private const int NamesMax = 10_000;

    /// <summary>Spans of one answer.</summary>
    private const int SpansMax = 200_000;

    /// <summary>How far back services and operations are listed: a week.</summary>
    private static readonly TimeSpan s_named = TimeSpan.FromDays(7);

    private static readonly string[] s_get = ["GET"];

    private readonly TraceQlEngine _engine = new(spans, null, services.Time);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        Map("/services", ServicesAsync);
        Map("/services/{service}/operations", OperationNamesAsync);
        Map("/operations", OperationsAsync);
        Map("/traces", FindAsync);
        Map("/traces/{traceId}", ShowAsync);
        Map("/dependencies", DependenciesAsync);

        void Map(string path, Func<HttpContext, ApiParameters, CancellationToken, Task> handler) =>
            endpoints.MapMethods(Root + path, s_get, endpoint.Always((context, cancellationToken) => AnswerAsync(context, handler, cancellationToken)));
    }

    /// <summary>Runs a handler; what is wrong with the request is told in Jaeger's form.</summary>
    private async Task AnswerAsync(HttpContext context, Func<HttpContext, ApiParameters, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        try
        {
            await handler(context, await ApiParameters.ReadAsync(context, services.Limits, cancellationToken), cancellationToken);
        }
        catch (BadInputException fault) when (!context.Response.HasStarted)
        {
            await SendErrorAsync(context, StatusCodes.Status400BadRequest, fault.Message);
        }
    }

    private async Task ServicesAsync(HttpContext context, ApiParameters parameters, CancellationToken cancellationToken)
    {
        var range = JaegerParameters.LookbackOf(parameters, services.Time, s_named);
        var names = await spans.ValuesAsync(new Field(FieldKind.Service), Condition.Always, range, NamesMax, cancellationToken);
        await SendNamesAsync(context, names.Select(static name => name.Value.ToString()));
    }

    private async Task OperationNamesAsync(HttpContext context, ApiParameters parameters, CancellationToken cancellationToken)
    {
        var condition = Of(FieldKind.Service, AttributeValue.Of(RouteText.Of(context, "service")));
        var range = JaegerParameters.LookbackOf(parameters, services.Time, s_named);
        var names = await spans.ValuesAsync(new Field(FieldKind.Name), condition, range, NamesMax, cancellationToken);
        await SendNamesAsync(context, names.Select(static name => name.Value.ToString()));
    }

    private async Task OperationsAsync(HttpContext context, ApiParameters parameters, CancellationToken cancellationToken)
    {
        var operations = await JaegerOperations.ReadAsync(
            spans, parameters.Required("service"), parameters.First("spanKind"), JaegerParameters.LookbackOf(parameters, services.Time, s_named), cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            JaegerOperations.Write(json, "data"u8, operations);
            JaegerJson.WriteTail(json, operations.Count, 0);
        });
    }

    private async Task FindAsync(HttpContext context, ApiParameters parameters, CancellationToken cancellationToken)
    {
        var asked = parameters.All("traceID").Where(static text => text.Length > 0).Select(IdOf).ToList();
        if (asked.Count > 0)
        {
            await SendTracesAsync(context, asked, EventRange.All, 0, cancellationToken);
            return;
        }

        var range = JaegerParameters.RangeOf(parameters, services.Time);
        var limit = JaegerParameters.LimitOf(parameters);
        var found = await _engine.SearchAsync(JaegerParameters.SearchOf(parameters), new TraceQlRequest { Query = "", Range = range, Limit = limit, SpansPerSet = 1 }, cancellationToken);
        await SendTracesAsync(context, [.. found.Traces.Select(static trace => trace.Summary.TraceId)], range, limit, cancellationToken);
    }

    private async Task ShowAsync(HttpContext context, ApiParameters parameters, CancellationToken cancellationToken)
    {
        var id = IdOf((string)context.Request.RouteValues["traceId"]!);
        await SendTracesAsync(context, [id], EventRange.All, 0, cancellationToken, mustBeThere: true);
    }

    private async Task DependenciesAsync(HttpContext context, ApiParameters parameters, CancellationToken cancellationToken)
    {
        if (services.Dependencies is not { } source)
        {
            await SendErrorAsync(context, StatusCodes.Status501NotImplemented, "calls between services are not counted here");
            return;
        }

        var calls = await source.ReadAsync(JaegerParameters.LookbackOf(parameters, services.Time, TimeSpan.FromDays(1)), cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("data"u8);
            foreach (var call in calls)
            {
                json.WriteStartObject();
                json.WriteString("parent"u8, call.Parent);
                json.WriteString("child"u8, call.Child);
                json.WriteNumber("callCount"u8, call.Calls);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            JaegerJson.WriteTail(json, calls.Count, 0);
        });
    }

    private async Task SendTracesAsync(HttpContext context, List<TraceId> traces, EventRange hint, int limit, CancellationToken cancellationToken, bool mustBeThere = false)
    {
        var page = traces.Count == 0 ? new SpanPage([], default) : await spans.TracesAsync(traces, hint, SpansMax, cancellationToken);
        if (mustBeThere && page.Spans.Count == 0)
        {
            await SendErrorAsync(context, StatusCodes.Status404NotFound, "trace not found");
            return;
        }

        var byTrace = page.Spans.GroupBy(static span => span.TraceId).ToList();
        await using var response = new JsonResponse(context);
        response.Json.WriteStartObject();
        response.Json.WriteStartArray("data"u8);
        for (var i = 0; i < byTrace.Count; i++)
        {
            // Spans come by trace: what is left out is of the last one, and of those behind it.
            var warning = page.Cost.IsCut && i == byTrace.Count - 1 ? FormattableString.Invariant($"only {SpansMax} spans are shown: some of this trace, or of those behind it, are left out") : null;
            await JaegerJson.WriteAsync(response, [.. byTrace[i]], warning);
        }

        response.Json.WriteEndArray();
        JaegerJson.WriteTail(response.Json, byTrace.Count, limit);
        response.Json.WriteEndObject();
        await response.CompleteAsync();
    }

    private static Task SendNamesAsync(HttpContext context, IEnumerable<string> names)
    {
        var ordered = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return EventJson.SendAsync(context, json =>
        {
            json.WriteStartArray("data"u8);
            ordered.ForEach(json.WriteStringValue);
            json.WriteEndArray();
            JaegerJson.WriteTail(json, ordered.Count, 0);
        });
    }

    private static async Task SendErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        await EventJson.SendAsync(context, json =>
        {
            json.WriteNull("data"u8);
            json.WriteNumber("total"u8, 0);
            json.WriteNumber("limit"u8, 0);
            json.WriteNumber("offset"u8, 0);
            json.WriteStartArray("errors"u8);
            json.WriteStartObject();
            json.WriteNumber("code"u8, status);
            json.WriteString("msg"u8, message);
            json.WriteEndObject();
            json.WriteEndArray();
        });
    }

    private static Condition.Compare Of(FieldKind field, AttributeValue value) => new(new Field(field), Comparison.Equal, value);

    private static TraceId IdOf(string text) => TraceId.TryParse(text, out var id)
        ? id
        : throw ApiParameters.Invalid("traceID", $"\"{text}\" is not the id of a trace: write up to 32 hexadecimal digits");
}
