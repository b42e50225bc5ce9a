using Toka.Alerting.Options;
using Toka.Configuration.Binding;
using Toka.Forwarding.Options;
using Toka.Monitoring.StatsD;
using Toka.Protocols.Otlp;
using Toka.Server.Configuration.Prometheus;

namespace Toka.Server.Configuration;

/// <summary>What the defaults are made for.</summary>
public enum DeploymentKind
{
    /// <summary>Everything on, every second.</summary>
    Development,

    /// <summary>Lean: every 10 seconds, a tenth of the traces, no page unless asked for.</summary>
    Production,
}

/// <summary>Everything that <c>toka.yaml</c> says. Immutable.</summary>
public sealed record TokaOptions
{
    /// <summary><c>environment</c>: which defaults apply. Default development.</summary>
    public required DeploymentKind Environment { get; init; }

    /// <summary><c>performance</c>: what is switched on.</summary>
    public required PerformanceOptions Performance { get; init; }

    /// <summary><c>monitoring</c>: how this host is watched.</summary>
    public required MonitoringSettings Monitoring { get; init; }

    /// <summary><c>dashboard</c>: what the page shows.</summary>
    public required DashboardOptions Dashboard { get; init; }

    /// <summary><c>alerting</c>: rules of one's own and receivers.</summary>
    public required AlertingOptions Alerting { get; init; }

    /// <summary><c>storage</c>: what is kept.</summary>
    public required StorageOptions Storage { get; init; }

    /// <summary><c>events</c>: how spans and log records are kept.</summary>
    public EventSettings Events { get; init; } = new();

    /// <summary><c>tracing</c>: what is made of spans.</summary>
    public TracingSettings Tracing { get; init; } = new();

    /// <summary><c>statsd</c>: how StatsD is added up.</summary>
    public required StatsDOptions StatsD { get; init; }

    /// <summary><c>query</c>: what one query may take.</summary>
    public required QuerySettings Query { get; init; }

    /// <summary><c>otlp</c>: how OTLP metrics are named and labelled.</summary>
    public required OtlpTranslationOptions Otlp { get; init; }

    /// <summary>What the file of Prometheus says that was given beside it. Default none.</summary>
    public PrometheusOptions Prometheus { get; init; } = PrometheusOptions.None;

    /// <summary><c>remote_write</c>: where samples are also sent to. Default nowhere; at most 16.</summary>
    public ValueList<RemoteWriteOptions> RemoteWrite { get; init; } = [];

    /// <summary>The remotes of both configuration files.</summary>
    public IReadOnlyList<RemoteWriteOptions> Remotes => [.. RemoteWrite, .. Prometheus.RemoteWrite];

    /// <summary><c>forwarding</c>: the queue on disk of what is not sent yet.</summary>
    public ForwardingOptions Forwarding { get; init; } = ForwardingOptions.Default;
}

/// <summary>The section <c>performance</c>.</summary>
public sealed record PerformanceOptions
{
    /// <summary>Metrics are received and collected. Default true.</summary>
    public required bool MetricsEnabled { get; init; }

    /// <summary>Traces are received. Default true.</summary>
    public required bool TracingEnabled { get; init; }

    /// <summary>This host is watched and thresholds are judged; the same switch as <c>monitoring.enabled</c>. Default true.</summary>
    public required bool MonitoringEnabled { get; init; }

    /// <summary>Benchmarks can be run and kept. Default true.</summary>
    public required bool BenchmarkingEnabled { get; init; }

    /// <summary>Benchmark results are compared with their baselines. Default true.</summary>
    public required bool RegressionDetectionEnabled { get; init; }

    /// <summary>The page is served; the same switch as <c>dashboard.enabled</c>. Default true, in production false.</summary>
    public required bool DashboardEnabled { get; init; }

    /// <summary>How often the instruments of an app are collected. Default 1 s, in production 10 s; 1 s to 1 h.</summary>
    public required TimeSpan MetricsInterval { get; init; }

    /// <summary>The share of traces that are kept. Default 1, in production 0.1; 0 to 1.</summary>
    public required double TracingSampleRate { get; init; }
}

/// <summary>The section <c>monitoring</c>.</summary>
public sealed record MonitoringSettings
{
    /// <summary>This host is watched and thresholds are judged. Default true.</summary>
    public required bool Enabled { get; init; }

    /// <summary>How often this host is collected and rules are evaluated. Default 1 s, in production 10 s; 1 s to 2 min.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long an app's own monitor keeps values in memory; a server keeps what its store keeps. Default 60 min; 1 min to 1 day.</summary>
    public required TimeSpan HistoryRetention { get; init; }

    /// <summary>The shipped thresholds.</summary>
    public required ThresholdOptions Thresholds { get; init; }
}

/// <summary>How the page is coloured.</summary>
public enum DashboardTheme
{
    /// <summary>Dark.</summary>
    Dark,

    /// <summary>Light.</summary>
    Light,

    /// <summary>High contrast.</summary>
    HighContrast,

    /// <summary>As the reader's system is.</summary>
    Auto,
}

/// <summary>What a widget is drawn as.</summary>
public enum WidgetType
{
    /// <summary>Lines over time.</summary>
    Line,

    /// <summary>Bars.</summary>
    Bar,

    /// <summary>One value on a scale.</summary>
    Gauge,

    /// <summary>One number.</summary>
    Counter,

    /// <summary>Rows of labels and values.</summary>
    Table,

    /// <summary>Colours over time.</summary>
    Heatmap,
}

/// <summary>The section <c>dashboard</c>.</summary>
public sealed record DashboardOptions
{
    /// <summary>Widgets, count: each is a live query of every open page.</summary>
    public const int WidgetsMax = 100;

    /// <summary>The page is served. Default true, in production false.</summary>
    public required bool Enabled { get; init; }

    /// <summary>How often widgets are refreshed. Default 1 s, in production 30 s; 1 s to 1 h.</summary>
    public required TimeSpan RefreshInterval { get; init; }

    /// <summary>Points of one widget's series. Default 100; 10 to 10,000.</summary>
    public required int MaxDataPoints { get; init; }

    /// <summary>The theme of a reader who chose none. Default dark.</summary>
    public required DashboardTheme Theme { get; init; }

    /// <summary>Widgets beside the standard overview. Default none; at most <see cref="WidgetsMax"/>.</summary>
    public required IReadOnlyList<WidgetOptions> Widgets { get; init; }
}

/// <summary>One widget.</summary>
/// <param name="Id">Its name, unique in the file.</param>
/// <param name="Type">What it is drawn as.</param>
/// <param name="MetricName">A metric alias or PromQL.</param>
/// <param name="Title">Its title; null for the alias' title or the expression.</param>
public sealed record WidgetOptions(string Id, WidgetType Type, string MetricName, string? Title);
