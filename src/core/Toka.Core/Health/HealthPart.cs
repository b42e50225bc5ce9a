namespace Toka.Core.Health;

/// <summary>How well something does its work. Ordered: the larger, the worse.</summary>
public enum HealthState
{
    /// <summary>It does all of its work.</summary>
    Healthy = 0,

    /// <summary>It does part of its work, or does it late.</summary>
    Degraded = 1,

    /// <summary>It does not do its work.</summary>
    Unhealthy = 2,
}

/// <summary>How well one part of Toka does.</summary>
/// <param name="Name">The part's name, lower case, such as <c>store</c>; unique in a process.</param>
/// <param name="State">How well it does.</param>
/// <param name="Reason">One plain sentence that says why; may be empty where it is healthy.</param>
/// <param name="SinceMs">Since when it has been in this state, ms since the Unix epoch.</param>
public sealed record HealthPart(string Name, HealthState State, string Reason, long SinceMs);
