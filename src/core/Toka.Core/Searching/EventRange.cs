namespace Toka.Core.Searching;

/// <summary>A stretch of time.</summary>
/// <param name="FromNs">The first moment, ns since the Unix epoch, inclusive.</param>
/// <param name="ToNs">The last moment, ns since the Unix epoch, inclusive.</param>
public readonly record struct EventRange(long FromNs, long ToNs)
{
    /// <summary>All time.</summary>
    public static EventRange All { get; } = new(long.MinValue, long.MaxValue);

    /// <summary>Whether a moment is in it.</summary>
    public bool Has(long timeNs) => timeNs >= FromNs && timeNs <= ToNs;
}
