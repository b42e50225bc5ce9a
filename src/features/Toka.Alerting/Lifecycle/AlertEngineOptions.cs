using Toka.Alerting.Options;

namespace Toka.Alerting.Lifecycle;

/// <summary>What <see cref="AlertEngine"/> works by.</summary>
public sealed record AlertEngineOptions
{
    /// <summary>The shipped thresholds.</summary>
    public required ThresholdOptions Thresholds { get; init; }

    /// <summary>Rules of one's own and receivers.</summary>
    public required AlertingOptions Alerting { get; init; }

    /// <summary>How often rules are evaluated (<c>monitoring.interval_seconds</c>); at least 1 s.</summary>
    public required TimeSpan EvaluationInterval { get; init; }

    /// <summary>How often metrics are collected (<c>performance.metrics_interval_seconds</c>): the window of rates follows from it.</summary>
    public required TimeSpan CollectionInterval { get; init; }

    /// <summary>The page's address in messages, without a slash at its end. Default <c>http://127.0.0.1:4319</c>.</summary>
    public string ExternalUrl { get; init; } = "http://127.0.0.1:4319";
}
