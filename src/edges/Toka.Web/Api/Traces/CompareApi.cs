using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Errors;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL;
using Toka.Tracing.Comparing;
using Toka.Tracing.Trees;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Traces;

/// <summary><c>api/toka/v1/traces/compare</c>: two traces, or two sets of traces, beside each other; see docs/reference/events-api.md.</summary>
internal sealed class CompareApi(TokaWebServices services, ISpanReader spans)
{
    private const string Path = "/api/toka/v1/traces/compare";

    /// <summary>Bytes of the request for sets: two queries and their times.</summary>
    private const int BodyBytesMax = 64 * 1024;

    /// <summary>The most spans of one trace that are compared.</summary>
    private const int SpansMax = 200_000;

    private static readonly string[] s_get = ["GET"];
    private static readonly string[] s_post = ["POST"];

    private readonly TraceSets _sets = new(spans);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Path, s_get, endpoint.Always(TracesAsync));
        endpoints.MapMethods(Path, s_post, endpoint.Always(SetsAsync));
    }

    private async Task TracesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var (first, firstCost) = await ReadAsync("a", parameters, cancellationToken);
        var (second, secondCost) = await ReadAsync("b", parameters, cancellationToken);
        var difference = TraceComparer.Compare(first, second);
        await EventJson.SendAsync(context, json =>
        {
            ComparisonJson.Write(json, first, second, difference);
            json.WriteCost(firstCost + secondCost, started);
        });
    }

    private async Task SetsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (first, second) = await ReadSetsAsync(context, cancellationToken);
        var difference = await _sets.CompareAsync(first, second, TraceSets.DefaultTracesMax, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            ComparisonJson.Write(json, difference);
            json.WriteCost(difference.Cost, started);
        });
    }

    private async Task<(TraceTree Tree, SearchCost Cost)> ReadAsync(string name, ApiParameters parameters, CancellationToken cancellationToken)
    {
        var id = TraceParameters.TraceOf(name, parameters.Required(name));
        var page = await spans.TracesAsync([id], EventRange.All, SpansMax, cancellationToken);
        return page.Spans.Count == 0
            ? throw ApiParameters.Invalid(name, $"there is no trace {id}: it was not received, not kept, or is older than what is kept")
            : (TraceTree.Of(page.Spans), page.Cost);
    }

    private static async Task<(TraceSetQuery First, TraceSetQuery Second)> ReadSetsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var body = new byte[BodyBytesMax + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > BodyBytesMax)
        {
            throw new BadInputException($"the body is longer than {BodyBytesMax} bytes; write {{\"a\":{{\"q\",\"from\",\"to\"}},\"b\":{{…}}}}");
        }

        try
        {
            using var document = JsonDocument.Parse(body.AsMemory(0, length));
            return (SetOf(document.RootElement, "a"), SetOf(document.RootElement, "b"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new BadInputException("the body must be {\"a\":{\"q\":TRACEQL,\"from\":TIME,\"to\":TIME},\"b\":{…}}, with times in RFC 3339 or Unix seconds as texts");
        }
    }

    private static TraceSetQuery SetOf(JsonElement body, string name)
    {
        var set = body.GetProperty(name);
        var range = new EventRange(NsOf(set, name, "from"), NsOf(set, name, "to"));
        return new TraceSetQuery(TraceQlFilter.Parse(set.GetProperty("q").GetString() ?? "{}"), range);
    }

    private static long NsOf(JsonElement set, string name, string key) =>
        TimeText.TryTime(set.GetProperty(key).GetString() ?? "", out var ms) && Math.Abs(ms) < long.MaxValue / 1_000_000
            ? ms * 1_000_000
            : throw ApiParameters.Invalid($"{name}.{key}", "it is no time: write RFC 3339 or Unix seconds, as a text");
}
