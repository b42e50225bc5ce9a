using Toka.Core.Spans;

namespace Toka.Tracing.ServiceMap;

/// <summary>Rate, errors and durations of requests over a stretch of time.</summary>
/// <param name="Rate">Requests a second, those counted that sampling did not keep.</param>
/// <param name="ErrorRatio">The share of them that failed, 0 to 1; 0 without requests.</param>
/// <param name="P50">The median duration in seconds; NaN where it is not known.</param>
/// <param name="P95">The duration in seconds that 95 % keep within; NaN where it is not known.</param>
/// <param name="P99">The duration in seconds that 99 % keep within; NaN where it is not known.</param>
public readonly record struct RedFigures(double Rate, double ErrorRatio, double P50, double P95, double P99);

/// <summary>A service, its requests being the spans of kind server and consumer; those of any kind where it has none of these.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Figures">Its requests.</param>
/// <param name="Operations">How many different names of such spans it has.</param>
public sealed record ServiceSummary(string Service, RedFigures Figures, int Operations);

/// <summary>An operation of a service.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">The kind of its spans, as <c>SPAN_KIND_SERVER</c>.</param>
/// <param name="Figures">Its spans.</param>
public sealed record OperationSummary(string Name, string Kind, RedFigures Figures);

/// <summary>A node of the service map.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Kind">Empty for a service; <c>database</c>, <c>messaging_system</c> or <c>virtual_node</c> for what sends no spans and is known by those who call it.</param>
/// <param name="Figures">The requests that it handled.</param>
public sealed record MapNode(string Service, string Kind, RedFigures Figures);

/// <summary>A span that stands for an edge.</summary>
/// <param name="TraceId">Its trace.</param>
/// <param name="SpanId">The span.</param>
/// <param name="Seconds">How long it took.</param>
public readonly record struct EdgeExemplar(TraceId TraceId, SpanId SpanId, double Seconds);

/// <summary>An edge of the service map.</summary>
/// <param name="Client">Who calls.</param>
/// <param name="Server">Who is called.</param>
/// <param name="Kind">The type of the connection: empty for a call, <c>messaging_system</c>, <c>database</c>, <c>virtual_node</c>.</param>
/// <param name="Figures">The calls.</param>
/// <param name="Exemplar">The slowest call of which a span is known; null for none.</param>
public sealed record MapEdge(string Client, string Server, string Kind, RedFigures Figures, EdgeExemplar? Exemplar);

/// <summary>Services and the calls between them.</summary>
/// <param name="Nodes">The nodes, by name.</param>
/// <param name="Edges">The edges, by client, server and kind.</param>
public sealed record ServiceGraphMap(IReadOnlyList<MapNode> Nodes, IReadOnlyList<MapEdge> Edges);

/// <summary>A service with its operations and its neighbours.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Figures">Its requests; null where there is no such service.</param>
/// <param name="Operations">Its operations, the busiest first.</param>
/// <param name="Callers">Edges that lead to it.</param>
/// <param name="Callees">Edges that lead from it.</param>
public sealed record ServiceDetails(
    string Service, RedFigures? Figures, IReadOnlyList<OperationSummary> Operations, IReadOnlyList<MapEdge> Callers, IReadOnlyList<MapEdge> Callees);
