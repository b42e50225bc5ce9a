using Toka.Configuration.Binding;
using Toka.Tracing.SpanMetrics;

namespace Toka.Server.Configuration;

/// <summary>The section <c>tracing</c>: what is made of spans. Immutable.</summary>
public sealed record TracingSettings
{
    /// <summary><c>tracing.span_metrics</c>: the series that are made of spans.</summary>
    public SpanMetricsOptions SpanMetrics { get; init; } = new();

    internal static TracingSettings Bind(ConfigSection section) => new()
    {
        SpanMetrics = SpanMetricsOptions.Bind(section.Section("span_metrics", "The series that are made of spans: rates, errors, durations, and calls between services.")),
    };
}
