namespace Toka.Tracing.Findings;

/// <summary>What a <see cref="Finding"/> is.</summary>
public enum FindingKind
{
    /// <summary>The same call many times in a row under one span, where one for all would do.</summary>
    NPlusOne,

    /// <summary>An attempt that failed and was made again.</summary>
    Retry,

    /// <summary>Different calls one after another that take most of the time of the span above them.</summary>
    SequentialFanOut,

    /// <summary>A span failed, and what called it did not.</summary>
    HandledError,
}

/// <summary>Something worth knowing about a trace that is not seen at once.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Message">A sentence about it.</param>
/// <param name="Spans">The places of the spans in their tree; no more than <see cref="FindingSearch.SpansMax"/>.</param>
/// <param name="Count">How many spans there are.</param>
/// <param name="DurationNs">How long at least one of them ran, ns.</param>
public sealed record Finding(FindingKind Kind, string Message, IReadOnlyList<int> Spans, int Count, long DurationNs);

/// <summary>Names of the kinds.</summary>
public static class FindingKinds
{
    /// <summary>The kind as the API writes it: <c>n_plus_one</c>, <c>retry</c>, <c>sequential_fan_out</c>, <c>handled_error</c>.</summary>
    /// <param name="kind">The kind.</param>
    public static string Word(this FindingKind kind) => kind switch
    {
        FindingKind.NPlusOne => "n_plus_one",
        FindingKind.Retry => "retry",
        FindingKind.SequentialFanOut => "sequential_fan_out",
        _ => "handled_error",
    };
}
