using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Query;
using Toka.Tracing.SpanMetrics;

namespace Toka.Tracing.ServiceMap;

/// <summary>
/// Reads services, their operations and the calls between them from the series that <see cref="SpanMetricsWriter"/> makes, for any
/// stretch of time that series are kept of. Thread-safe.
/// </summary>
/// <remarks>
/// All figures are those of PromQL: <c>rate()</c> over the whole stretch at its end, <c>histogram_quantile()</c> over the native
/// histograms, or over the classic ones where there are no native ones.
/// </remarks>
/// <param name="engine">Answers PromQL.</param>
/// <param name="series">Reads exemplars.</param>
public sealed class ServiceMapReader(IQueryEngine engine, ISeriesReader series)
{
    private const string Requests = "span_kind=~\"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER\"";
    private const string NoRequests = "span_kind!~\"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER\"";
    private const string Failed = "status_code=\"STATUS_CODE_ERROR\"";

    /// <summary>Series whose exemplars are read for a map.</summary>
    private const int ExemplarSeriesMax = 20_000;

    private static readonly string[] s_service = ["service_name"];
    private static readonly string[] s_operation = ["span_name", "span_kind"];
    private static readonly string[] s_edge = ["client", "server", "connection_type"];
    private static readonly string[] s_virtual = ["server", "connection_type"];

    /// <summary>The services that sent spans.</summary>
    /// <param name="fromMs">The first moment, ms since the Unix epoch.</param>
    /// <param name="toMs">The last moment.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>The services by name.</returns>
    /// <exception cref="Query.Results.QueryException">A limit of queries was reached.</exception>
    public async Task<IReadOnlyList<ServiceSummary>> ServicesAsync(long fromMs, long toMs, CancellationToken cancellationToken)
    {
        var queries = new RedQueries(engine, fromMs, toMs);
        var all = await OfServicesAsync(queries, Requests, cancellationToken);
        var others = await OfServicesAsync(queries, NoRequests, cancellationToken);
        foreach (var (service, summary) in others)
        {
            all.TryAdd(service, summary);
        }

        return [.. all.Values.OrderBy(static service => service.Service, StringComparer.Ordinal)];
    }

    /// <summary>Services and the calls between them.</summary>
    /// <inheritdoc cref="ServicesAsync"/>
    public async Task<ServiceGraphMap> MapAsync(long fromMs, long toMs, CancellationToken cancellationToken)
    {
        var queries = new RedQueries(engine, fromMs, toMs);
        var services = await ServicesAsync(fromMs, toMs, cancellationToken);
        var edges = await EdgesAsync(queries, fromMs, toMs, "", cancellationToken);
        var nodes = services.ToDictionary(static service => service.Service, static service => new MapNode(service.Service, "", service.Figures), StringComparer.Ordinal);
        if (edges.Any(edge => !nodes.ContainsKey(edge.Server)))
        {
            var called = await queries.AskAsync(s_virtual, SpanMetricNames.Requests, SpanMetricNames.Failed, SpanMetricNames.ServerSeconds, "", cancellationToken);
            foreach (var (key, figures) in called.Values)
            {
                nodes.TryAdd(key[0], new MapNode(key[0], key[1], figures));
            }
        }

        foreach (var edge in edges)
        {
            var isUser = edge.Client == SpanMetricNames.User && edge.Kind == SpanMetricNames.VirtualNode;
            nodes.TryAdd(edge.Client, new MapNode(edge.Client, isUser ? SpanMetricNames.VirtualNode : "", new RedFigures(0, 0, double.NaN, double.NaN, double.NaN)));
        }

        return new ServiceGraphMap([.. nodes.Values.OrderBy(static node => node.Service, StringComparer.Ordinal)], edges);
    }

    /// <summary>One service with its operations, who calls it and whom it calls.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="fromMs">The first moment, ms since the Unix epoch.</param>
    /// <param name="toMs">The last moment.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="Query.Results.QueryException">A limit of queries was reached.</exception>
    public async Task<ServiceDetails> ServiceAsync(string service, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(service);
        var queries = new RedQueries(engine, fromMs, toMs);
        var named = $"service_name={RedQueries.Quoted(service)}";
        var figures = await AskAsync(queries, s_service, $"{named}, {Requests}", cancellationToken);
        if (figures.Count == 0)
        {
            figures = await AskAsync(queries, s_service, named, cancellationToken);
        }

        var operations = await AskAsync(queries, s_operation, named, cancellationToken);
        var callers = await EdgesAsync(queries, fromMs, toMs, $"server={RedQueries.Quoted(service)}", cancellationToken);
        var callees = await EdgesAsync(queries, fromMs, toMs, $"client={RedQueries.Quoted(service)}", cancellationToken);
        return new ServiceDetails(
            service,
            figures.Values.Select(static found => (RedFigures?)found.Figures).FirstOrDefault(),
            [.. operations.Values.Select(static found => new OperationSummary(found.Key[0], found.Key[1], found.Figures))
                .OrderByDescending(static operation => operation.Figures.Rate).ThenBy(static operation => operation.Name, StringComparer.Ordinal)],
            callers,
            callees);
    }

    private static Task<Dictionary<string, (string[] Key, RedFigures Figures)>> AskAsync(RedQueries queries, string[] by, string matchers, CancellationToken cancellationToken) =>
        queries.AskAsync(by, $"{SpanMetricNames.Calls}{{{matchers}}}", $"{SpanMetricNames.Calls}{{{matchers}, {Failed}}}", SpanMetricNames.Duration, matchers, cancellationToken);

    private static async Task<Dictionary<string, ServiceSummary>> OfServicesAsync(RedQueries queries, string matchers, CancellationToken cancellationToken)
    {
        var figures = await AskAsync(queries, s_service, matchers, cancellationToken);
        var summaries = new Dictionary<string, ServiceSummary>(StringComparer.Ordinal);
        if (figures.Count == 0)
        {
            return summaries;
        }

        var operations = await queries.OperationCountsAsync($"{SpanMetricNames.Calls}{{{matchers}}}", cancellationToken);
        foreach (var (service, found) in figures)
        {
            summaries[service] = new ServiceSummary(service, found.Figures, operations.GetValueOrDefault(service));
        }

        return summaries;
    }

    private async Task<IReadOnlyList<MapEdge>> EdgesAsync(RedQueries queries, long fromMs, long toMs, string matchers, CancellationToken cancellationToken)
    {
        var figures = await queries.AskAsync(
            s_edge, $"{SpanMetricNames.Requests}{{{matchers}}}", $"{SpanMetricNames.Failed}{{{matchers}}}", SpanMetricNames.ServerSeconds, matchers, cancellationToken);
        if (figures.Count == 0)
        {
            return [];
        }

        var exemplars = await ExemplarsAsync(SpanMetricNames.ServerSeconds, fromMs, toMs, cancellationToken);
        if (exemplars.Count == 0)
        {
            exemplars = await ExemplarsAsync(SpanMetricNames.ServerSeconds + "_bucket", fromMs, toMs, cancellationToken);
        }

        return [.. figures
            .Select(found => new MapEdge(
                found.Value.Key[0], found.Value.Key[1], found.Value.Key[2], found.Value.Figures, exemplars.TryGetValue(found.Key, out var exemplar) ? exemplar : null))
            .OrderBy(static edge => edge.Client, StringComparer.Ordinal).ThenBy(static edge => edge.Server, StringComparer.Ordinal).ThenBy(static edge => edge.Kind, StringComparer.Ordinal)];
    }

    /// <summary>The slowest exemplar of each edge.</summary>
    private async Task<Dictionary<string, EdgeExemplar>> ExemplarsAsync(string name, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        var request = new SelectRequest
        {
            Matchers = [new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, name)],
            FromMs = fromMs,
            ToMs = toMs,
            PrefersRaw = true,
            Limit = ExemplarSeriesMax,
            IsCutAtLimit = true,
        };
        using var found = await series.SelectAsync(request, cancellationToken);
        using var column = new ExemplarColumn();
        var slowest = new Dictionary<string, EdgeExemplar>(StringComparer.Ordinal);
        for (var i = 0; i < found.Count; i++)
        {
            column.Clear();
            found.ReadExemplars(i, column);
            var labels = found.LabelsOf(i);
            var key = string.Join('\0', s_edge.Select(label => labels[label]));
            for (var at = 0; at < column.Count; at++)
            {
                var exemplar = column[at];
                if (TraceId.TryParse(exemplar.Labels["trace_id"], out var trace) && SpanId.TryParse(exemplar.Labels["span_id"], out var span)
                    && (!slowest.TryGetValue(key, out var other) || exemplar.Value > other.Seconds))
                {
                    slowest[key] = new EdgeExemplar(trace, span, exemplar.Value);
                }
            }
        }

        return slowest;
    }
}
