using Toka.Configuration.Binding;
using Toka.Tracing.SpanMetrics;
using Toka.Tracing.TailSampling;

namespace Toka.Server.Configuration;

/// <summary>The section <c>tracing</c>: what is made of spans. Immutable.</summary>
public sealed record TracingSettings
{
    /// <summary><c>tracing.span_metrics</c>: the series that are made of spans.</summary>
    public SpanMetricsOptions SpanMetrics { get; init; } = new();

    /// <summary><c>tracing.tail_sampling</c>: which traces are kept. Default all.</summary>
    public TailSamplingOptions TailSampling { get; init; } = new();

    internal static TracingSettings Bind(ConfigSection section) => new()
    {
        SpanMetrics = SpanMetricsOptions.Bind(section.Section("span_metrics", "The series that are made of spans: rates, errors, durations, and calls between services.")),
        TailSampling = TailSamplingOptions.Bind(section.Section("tail_sampling", "Which traces are kept, decided once they are whole.")),
    };
}
