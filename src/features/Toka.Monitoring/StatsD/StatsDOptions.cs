using Toka.Configuration.Binding;
using Toka.Protocols.StatsD;

namespace Toka.Monitoring.StatsD;

/// <summary>How StatsD is received and added up. Immutable.</summary>
public sealed record StatsDOptions
{
    /// <summary>How often what was received is written. Default 10 s, as StatsD's own; 1 s to 5 min. What a <c>kill -9</c> costs.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a series is written without a new value; then it gets a stale marker and is forgotten. Default 5 min; 1 s to 1 day.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Series that are held at the same time. Default 20,000; 1 to 1,000,000. A histogram of 160 buckets takes some 2 KiB.</summary>
    public int SeriesMax { get; init; } = 20_000;

    /// <summary>Members of one set in one interval. Default 10,000. Further ones are not counted into the set, and counted as refused.</summary>
    public int SetMembersMax { get; init; } = 10_000;

    /// <summary>Members of all sets in one interval. Default 500,000, some 12 MB.</summary>
    public int AllMembersMax { get; init; } = 500_000;

    /// <summary>Connections over TCP at the same time. Default 64: a client of an application holds one.</summary>
    public int ConnectionsMax { get; init; } = 64;

    /// <summary>How long a line that has begun may take over TCP. Default 10 s.</summary>
    public TimeSpan LineTimeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection over TCP may send nothing. Default 10 min: it holds one of few places.</summary>
    public TimeSpan ConnectionIdleMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What a line may have.</summary>
    public StatsDLimits Limits { get; init; } = StatsDLimits.Default;

    /// <summary>Reads the section <c>statsd</c>.</summary>
    /// <param name="section">The section.</param>
    public static StatsDOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var fallback = new StatsDOptions();
        return new StatsDOptions
        {
            Interval = section.Duration("interval", fallback.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), "How often what came by StatsD is written: what a crash can cost."),
            Idle = section.Duration("idle", fallback.Idle, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), "How long a StatsD series is written without a new value; then it ends."),
            SeriesMax = section.Integer("series_max", fallback.SeriesMax, 1, 1_000_000, "The most StatsD series held at the same time; further ones are refused."),
        };
    }
}
