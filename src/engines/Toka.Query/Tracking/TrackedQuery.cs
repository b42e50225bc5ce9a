namespace Toka.Query.Tracking;

/// <summary>A query that runs or ran, as lists and the log show it.</summary>
/// <param name="Id">Its number, unique in this process.</param>
/// <param name="Request">What was asked; a long expression is cut where the query has ended.</param>
/// <param name="StartedAtMs">When it came, ms since the Unix epoch.</param>
/// <param name="Elapsed">How long it took, or has taken so far.</param>
/// <param name="Series">Series that its selectors found so far.</param>
/// <param name="Samples">Samples decoded so far.</param>
/// <param name="PeakPoints">The most points held at once so far.</param>
/// <param name="Bytes">The bytes that it held at last.</param>
public sealed record TrackedQuery(
    long Id, QueryRequest Request, long StartedAtMs, TimeSpan Elapsed, long Series, long Samples, long PeakPoints, long Bytes)
{
    /// <summary>How it ended: <c>success</c>, or the kind of failure as the API names it; <c>active</c> while it runs.</summary>
    public string Status { get; init; } = "active";

    /// <summary>Why it failed; empty where it did not.</summary>
    public string Error { get; init; } = "";

    /// <summary>The limit that it reached; null for none.</summary>
    public string? Limit { get; init; }
}
