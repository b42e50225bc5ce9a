using Toka.Configuration.Binding;

namespace Toka.Tracing.SpanMetrics;

/// <summary>In which form histograms of durations are written.</summary>
[Flags]
public enum HistogramForms
{
    /// <summary>One series of native histograms, within 2.2 % at first.</summary>
    Native = 1,

    /// <summary>Series <c>_bucket</c>, <c>_sum</c> and <c>_count</c>, as dashboards for the OpenTelemetry Collector and Tempo read.</summary>
    Classic = 2,

    /// <summary>Both.</summary>
    Both = Native | Classic,
}

/// <summary>How series are made of spans (<c>tracing.span_metrics</c>). Immutable.</summary>
public sealed record SpanMetricsOptions
{
    /// <summary>Whether series are made at all. Default true.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>How often the series are written. Default 10 s; 1 s to 5 min. What a <c>kill -9</c> costs: spans are not counted twice.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a series is written without a new span; then it gets a stale marker and is forgotten. Default 5 min; 10 s to 1 day.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>In which form durations are written. Default both.</summary>
    public HistogramForms Histograms { get; init; } = HistogramForms.Both;

    /// <summary>Different name, kind and status of the spans of one service, over all its instances. Default 1,000; further ones are counted as the operation <c>other</c>. 1 to 100,000.</summary>
    public int OperationsPerServiceMax { get; init; } = 1000;

    /// <summary>The same for all services together. Default 20,000, some 60 MB; further ones are counted as the service <c>other</c>. 1 to 1,000,000.</summary>
    public int OperationsMax { get; init; } = 20_000;

    /// <summary>Different client, server and type of connection. Default 2,000; further ones are counted as from <c>other</c> to <c>other</c>. 1 to 100,000.</summary>
    public int EdgesMax { get; init; } = 2000;

    /// <summary>How long one side of a call waits for the other. Default 10 s, as Tempo's; 1 s to 5 min.</summary>
    public TimeSpan PairWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Sides of calls that wait at the same time. Default 50,000, some 10 MB; where there are more the oldest goes. 100 to 10,000,000.</summary>
    public int PairsMax { get; init; } = 50_000;

    /// <summary>Reads the section <c>tracing.span_metrics</c>.</summary>
    /// <param name="section">The section.</param>
    public static SpanMetricsOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var fallback = new SpanMetricsOptions();
        return new SpanMetricsOptions
        {
            IsEnabled = section.Boolean("enabled", fallback.IsEnabled, "Whether rates, errors and durations of spans are written as series."),
            Interval = section.Duration("interval", fallback.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), "How often the series of spans are written: what a crash can cost."),
            Idle = section.Duration("idle", fallback.Idle, TimeSpan.FromSeconds(10), TimeSpan.FromDays(1), "How long a series of spans is written without a new span; then it ends."),
            Histograms = section.Choice(
                "histograms", "both", [("native", HistogramForms.Native), ("classic", HistogramForms.Classic), ("both", HistogramForms.Both)],
                "In which form durations are written: one native histogram, classic buckets, or both."),
            OperationsPerServiceMax = section.Integer(
                "operations_per_service_max", fallback.OperationsPerServiceMax, 1, 100_000, "The most combinations of name, kind and status of one service's spans; further ones count as the operation other."),
            OperationsMax = section.Integer("operations_max", fallback.OperationsMax, 1, 1_000_000, "The same for all services together; further ones count as the service other."),
            EdgesMax = section.Integer("edges_max", fallback.EdgesMax, 1, 100_000, "The most edges between services; further ones count as from other to other."),
            PairWait = section.Duration("pair_wait", fallback.PairWait, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), "How long one side of a call waits for the other."),
            PairsMax = section.Integer("pairs_max", fallback.PairsMax, 100, 10_000_000, "The most sides of calls that wait at the same time; where there are more the oldest goes."),
        };
    }
}
