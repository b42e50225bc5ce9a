namespace Toka.Monitoring;

/// <summary>The section <c>monitoring</c> of the configuration, as far as it concerns collecting.</summary>
public sealed record MonitoringOptions
{
    /// <summary>Shortest interval that is accepted, in seconds: below it the collector would cost more than it tells.</summary>
    public const int IntervalSecondsMin = 1;

    /// <summary>Longest interval that is accepted, in seconds: beyond it PromQL's look-back of five minutes finds gaps.</summary>
    public const int IntervalSecondsMax = 120;

    /// <summary><c>monitoring.enabled</c>: whether this host is watched. Default: true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// <c>monitoring.interval_seconds</c>: seconds between two collections, 1 to 120. Default: 1, which is development's;
    /// production's is 10.
    /// </summary>
    public int IntervalSeconds { get; init; } = 1;
}
