namespace Toka.Tracing.Comparing;

/// <summary>An attribute that differs between spans of two traces that are at the same place.</summary>
/// <param name="Key">Its key; those of the resource begin with <c>resource.</c>.</param>
/// <param name="First">Its value in the first trace; null where it is not there.</param>
/// <param name="Second">Its value in the second trace; null where it is not there.</param>
/// <param name="Spans">How many pairs of spans differ in it; the values are those of the first pair.</param>
public sealed record AttributeDifference(string Key, string? First, string? Second, int Spans);

/// <summary>One side of a <see cref="ComparedPlace"/>.</summary>
/// <param name="Spans">The places of the spans in their tree, in order.</param>
/// <param name="DurationNs">Their durations together, ns.</param>
/// <param name="SelfNs">Their own times together, ns.</param>
/// <param name="CriticalNs">How long they are on the critical path, ns.</param>
/// <param name="Errors">How many failed.</param>
public sealed record PlaceSide(IReadOnlyList<int> Spans, long DurationNs, long SelfNs, long CriticalNs, int Errors);

/// <summary>All spans that have the same path of services and operations from the root, in two traces.</summary>
/// <param name="Service">The service.</param>
/// <param name="Name">The operation.</param>
/// <param name="Parent">The place above it, before its own; −1 for none.</param>
/// <param name="Depth">How many places are above it.</param>
/// <param name="First">What the first trace has there.</param>
/// <param name="Second">What the second trace has there.</param>
/// <param name="Attributes">Attributes that differ between spans of the same number; no more than <see cref="TraceComparer.AttributesMax"/>.</param>
public sealed record ComparedPlace(
    string Service, string Name, int Parent, int Depth, PlaceSide First, PlaceSide Second, IReadOnlyList<AttributeDifference> Attributes)
{
    /// <summary>By how much the spans' own time is longer in the second trace, ns.</summary>
    public long SelfDeltaNs => Second.SelfNs - First.SelfNs;

    /// <summary>By how much the time on the critical path is longer in the second trace, ns.</summary>
    public long CriticalDeltaNs => Second.CriticalNs - First.CriticalNs;

    /// <summary>Whether the first trace alone has spans there.</summary>
    public bool IsOnlyInFirst => Second.Spans.Count == 0;

    /// <summary>Whether the second trace alone has spans there.</summary>
    public bool IsOnlyInSecond => First.Spans.Count == 0;
}

/// <summary>How two traces differ.</summary>
/// <param name="FirstNs">How long the root of the first took, ns.</param>
/// <param name="SecondNs">How long the root of the second took, ns.</param>
/// <param name="Places">All places, depth first.</param>
/// <param name="ByCriticalDelta">The numbers of the places with a difference on the critical path, the largest first; their differences add up to that of the roots.</param>
/// <param name="BySelfDelta">The numbers of the places with a difference in own time, the largest first.</param>
public sealed record TraceDifference(
    long FirstNs, long SecondNs, IReadOnlyList<ComparedPlace> Places, IReadOnlyList<int> ByCriticalDelta, IReadOnlyList<int> BySelfDelta);
