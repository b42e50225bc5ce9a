using Toka.Core.Labels;

namespace Toka.Core.Alerts;

/// <summary>How bad it is. The numbers are stored: append only.</summary>
public enum Severity
{
    /// <summary>Worth knowing.</summary>
    Low = 1,

    /// <summary>Look at it today.</summary>
    Medium = 2,

    /// <summary>Look at it now.</summary>
    High = 3,

    /// <summary>Users are hurt, or will be within the hour.</summary>
    Critical = 4,
}

/// <summary>Where an alert stands in its life. The numbers are stored: append only.</summary>
public enum AlertState
{
    /// <summary>The condition holds, but not yet for as long as the rule asks.</summary>
    Pending = 1,

    /// <summary>The condition holds.</summary>
    Active = 2,

    /// <summary>The condition holds, and somebody has taken it on.</summary>
    Acknowledged = 3,

    /// <summary>The condition no longer holds.</summary>
    Resolved = 4,
}

/// <summary>One alert: a rule's condition that holds, or held, for one set of labels.</summary>
public sealed record Alert
{
    /// <summary>Stable over restarts: derived from the rule's name and the labels.</summary>
    public required string Id { get; init; }

    /// <summary>The rule's name.</summary>
    public required string Rule { get; init; }

    /// <summary>How bad it is.</summary>
    public required Severity Severity { get; init; }

    /// <summary>Where it stands.</summary>
    public required AlertState State { get; init; }

    /// <summary>What it is about; <c>alertname</c> and <c>severity</c> included.</summary>
    public required LabelSet Labels { get; init; }

    /// <summary>One plain sentence: what, where, how much, which threshold.</summary>
    public required string Summary { get; init; }

    /// <summary>The PromQL expression without its comparison: the evidence, ready to be charted.</summary>
    public required string Expression { get; init; }

    /// <summary>The expression's value at the last evaluation.</summary>
    public required double Value { get; init; }

    /// <summary>The threshold it is held against; NaN where the condition is not a single number.</summary>
    public required double Threshold { get; init; }

    /// <summary>Since when the condition has held, ms since the Unix epoch.</summary>
    public required long SinceMs { get; init; }

    /// <summary>When it became active, ms since the Unix epoch; null while pending.</summary>
    public long? ActiveAtMs { get; init; }

    /// <summary>When it was resolved, ms since the Unix epoch; null before.</summary>
    public long? ResolvedAtMs { get; init; }

    /// <summary>Who acknowledged it; null where nobody did.</summary>
    public string? AcknowledgedBy { get; init; }

    /// <summary>When it was acknowledged, ms since the Unix epoch.</summary>
    public long? AcknowledgedAtMs { get; init; }
}
