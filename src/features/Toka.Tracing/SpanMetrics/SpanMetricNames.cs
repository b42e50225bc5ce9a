using Toka.Core.Samples;
using Toka.Core.Spans;

namespace Toka.Tracing.SpanMetrics;

/// <summary>The names of the series that are made of spans.</summary>
/// <remarks>
/// Sources: the OpenTelemetry Collector's span metrics connector (<c>traces.span.metrics.calls</c> and <c>.duration</c>, with the dimensions
/// service.name, span.name, span.kind and status.code) by the standard translation to Prometheus; Grafana Tempo's documentation of
/// its service graphs.
/// </remarks>
public static class SpanMetricNames
{
    /// <summary>Spans, by service, operation, kind and status.</summary>
    public const string Calls = "traces_span_metrics_calls_total";

    /// <summary>Their durations in seconds: the native histogram; classic ones add <c>_bucket</c>, <c>_sum</c> and <c>_count</c>.</summary>
    public const string Duration = "traces_span_metrics_duration_seconds";

    /// <summary>Calls from one service to another.</summary>
    public const string Requests = "traces_service_graph_request_total";

    /// <summary>Those of them that failed on either side.</summary>
    public const string Failed = "traces_service_graph_request_failed_total";

    /// <summary>How long they took where they were handled, seconds.</summary>
    public const string ServerSeconds = "traces_service_graph_request_server_seconds";

    /// <summary>How long they took where they were made, seconds.</summary>
    public const string ClientSeconds = "traces_service_graph_request_client_seconds";

    /// <summary>The connection_type of an edge to a database.</summary>
    public const string Database = "database";

    /// <summary>The connection_type of an edge over messages.</summary>
    public const string Messaging = "messaging_system";

    /// <summary>The connection_type of an edge whose one side sends no spans.</summary>
    public const string VirtualNode = "virtual_node";

    /// <summary>The client of requests whose trace begins at the server.</summary>
    public const string User = "user";

    /// <summary>What stands for what was too much.</summary>
    public const string Other = "other";

    internal static readonly MetricMetadata[] Families =
    [
        new(Calls, MetricType.Counter, "Spans, by service, operation, kind and status; a span of a sampled trace counts for those that were not kept.", ""),
        new(Duration, MetricType.Histogram, "Durations of spans, by service, operation, kind and status.", "seconds"),
        new(Requests, MetricType.Counter, "Calls from one service to another.", ""),
        new(Failed, MetricType.Counter, "Calls from one service to another that failed on either side.", ""),
        new(ServerSeconds, MetricType.Histogram, "Durations of calls where they were handled.", "seconds"),
        new(ClientSeconds, MetricType.Histogram, "Durations of calls where they were made.", "seconds"),
    ];

    /// <summary>A kind as the label <c>span_kind</c> has it.</summary>
    public static string KindOf(SpanKind kind) => kind switch
    {
        SpanKind.Internal => "SPAN_KIND_INTERNAL",
        SpanKind.Server => "SPAN_KIND_SERVER",
        SpanKind.Client => "SPAN_KIND_CLIENT",
        SpanKind.Producer => "SPAN_KIND_PRODUCER",
        SpanKind.Consumer => "SPAN_KIND_CONSUMER",
        _ => "SPAN_KIND_UNSPECIFIED",
    };

    /// <summary>A status as the label <c>status_code</c> has it.</summary>
    public static string StatusOf(SpanStatus status) => status switch
    {
        SpanStatus.Ok => "STATUS_CODE_OK",
        SpanStatus.Error => "STATUS_CODE_ERROR",
        _ => "STATUS_CODE_UNSET",
    };
}
