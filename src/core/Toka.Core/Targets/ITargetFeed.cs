using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Core.Targets;

/// <summary>What is scraped and how that goes. Implementations are thread-safe.</summary>
public interface ITargetFeed
{
    /// <summary>The names of the jobs, in the order of the configuration.</summary>
    IReadOnlyList<string> Pools { get; }

    /// <summary>The targets that are scraped, in the order of their jobs.</summary>
    IReadOnlyList<ScrapeTargetStatus> Active { get; }

    /// <summary>Targets that were found and are not scraped; at most as many of a job as it keeps.</summary>
    IReadOnlyList<DroppedTarget> Dropped { get; }

    /// <summary>How many targets of each job are not scraped, those that are not kept too.</summary>
    IReadOnlyDictionary<string, int> DroppedCounts { get; }
}

/// <summary>How a target does.</summary>
public enum TargetHealth
{
    /// <summary>It has not been scraped yet.</summary>
    Unknown,

    /// <summary>The last scrape went well.</summary>
    Up,

    /// <summary>The last scrape failed.</summary>
    Down,
}

/// <summary>A target that is scraped, at one moment. Immutable.</summary>
public sealed record ScrapeTargetStatus
{
    /// <summary>The job's name.</summary>
    public required string Pool { get; init; }

    /// <summary>The labels before relabelling.</summary>
    public required LabelSet DiscoveredLabels { get; init; }

    /// <summary>The labels of its series.</summary>
    public required LabelSet Labels { get; init; }

    /// <summary>The address that is scraped.</summary>
    public required Uri Url { get; init; }

    /// <summary>How it does.</summary>
    public TargetHealth Health { get; init; }

    /// <summary>Why the last scrape failed, or what of it was refused; empty where nothing is wrong.</summary>
    public string LastError { get; init; } = "";

    /// <summary>When the last scrape began, ms since the Unix epoch; null before the first.</summary>
    public long? LastScrapeMs { get; init; }

    /// <summary>How long the last scrape took.</summary>
    public TimeSpan LastDuration { get; init; }

    /// <summary>How often it is scraped.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>What a scrape may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Samples in the last body.</summary>
    public int Samples { get; init; }

    /// <summary>What it says of its families.</summary>
    public IReadOnlyList<MetricMetadata> Metadata { get; init; } = [];
}

/// <summary>A target that was found and is not scraped.</summary>
/// <param name="Pool">The job's name.</param>
/// <param name="DiscoveredLabels">Its labels before relabelling.</param>
/// <param name="Reason">Why not, in one sentence.</param>
public sealed record DroppedTarget(string Pool, LabelSet DiscoveredLabels, string Reason);
