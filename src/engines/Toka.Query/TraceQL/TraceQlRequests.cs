using Toka.Core.Searching;

namespace Toka.Query.TraceQL;

/// <summary>What traces to find.</summary>
public sealed record TraceQlRequest
{
    /// <summary>TraceQL that finds spans.</summary>
    public required string Query { get; init; }

    /// <summary>When the spans must have begun that filters take.</summary>
    public required EventRange Range { get; init; }

    /// <summary>The most traces to return, at least 1. Default 20.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>The most spans to return of each set, at least 1. Default 3.</summary>
    public int SpansPerSet { get; init; } = 3;
}

/// <summary>What series to compute.</summary>
public sealed record TraceQlSeriesRequest
{
    /// <summary>TraceQL that makes series of spans.</summary>
    public required string Query { get; init; }

    /// <summary>When. The first step begins at or before it: steps are counted from the Unix epoch.</summary>
    public required EventRange Range { get; init; }

    /// <summary>How long a step is, ns; above 0.</summary>
    public required long StepNs { get; init; }

    /// <summary>Whether all of the range is one step, from its beginning.</summary>
    public bool IsInstant { get; init; }

    /// <summary>The most exemplars in all. Default 50; 0 for none.</summary>
    public int Exemplars { get; init; } = 50;
}
