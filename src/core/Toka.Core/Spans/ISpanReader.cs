using Toka.Core.Searching;

namespace Toka.Core.Spans;

/// <summary>
/// Reads spans. An app's ring, the embedded store and a later cluster implement it; searches, languages and pages know nothing
/// else. Implementations are thread-safe. Every search ends when it is cancelled.
/// </summary>
public interface ISpanReader
{
    /// <summary>Finds spans that hold a condition, the newest first.</summary>
    ValueTask<SpanPage> FindAsync(SpanQuery query, CancellationToken cancellationToken);

    /// <summary>Finds traces one of whose spans holds a condition, those with the newest such span first.</summary>
    ValueTask<TracePage> FindTracesAsync(SpanQuery query, CancellationToken cancellationToken);

    /// <summary>All spans of traces, however late they came, by trace in the order that was asked for and then by start.</summary>
    /// <param name="traces">Which.</param>
    /// <param name="hint">When they ran, as far as it is known: a store may look there first. Spans outside of it are returned too.</param>
    /// <param name="spansMax">The most spans to return; at least 1. More are left out, and the cost says so.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<SpanPage> TracesAsync(IReadOnlyList<TraceId> traces, EventRange hint, int spansMax, CancellationToken cancellationToken);

    /// <summary>What is to be known of traces at a glance, in the order that was asked for; those that are not there are left out.</summary>
    ValueTask<IReadOnlyList<TraceSummary>> SummariesAsync(IReadOnlyList<TraceId> traces, EventRange hint, CancellationToken cancellationToken);

    /// <summary>Counts spans in groups.</summary>
    ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken);

    /// <summary>Keys of attributes in use, by scope and key.</summary>
    /// <param name="range">When.</param>
    /// <param name="limit">The most to return.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken);

    /// <summary>Values of a field, the most frequent first where that is known.</summary>
    /// <param name="field">Which: an attribute, or a field of text.</param>
    /// <param name="condition">Of spans that hold this.</param>
    /// <param name="range">When.</param>
    /// <param name="limit">The most to return.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken);
}

/// <summary>What spans to find.</summary>
public sealed record SpanQuery
{
    /// <summary>What must hold of a span.</summary>
    public Condition Condition { get; init; } = Condition.Always;

    /// <summary>When the span must have begun.</summary>
    public required EventRange Range { get; init; }

    /// <summary>The most spans, or the most traces, to return; at least 1. Default 20.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>For traces: the most spans of each that are returned as matched. Default 3.</summary>
    public int SpansPerTrace { get; init; } = 3;
}

/// <summary>Spans that were found.</summary>
/// <param name="Spans">The spans.</param>
/// <param name="Cost">What was looked at.</param>
public sealed record SpanPage(IReadOnlyList<SpanRecord> Spans, SearchCost Cost);

/// <summary>A trace that was found.</summary>
/// <param name="TraceId">Its id.</param>
/// <param name="Matched">Spans of it that hold the condition, by start; no more than were asked for.</param>
/// <param name="MatchedCount">How many spans of it hold the condition; of those that were looked at.</param>
public sealed record FoundTrace(TraceId TraceId, IReadOnlyList<SpanRecord> Matched, int MatchedCount);

/// <summary>Traces that were found.</summary>
/// <param name="Traces">The traces.</param>
/// <param name="Cost">What was looked at.</param>
public sealed record TracePage(IReadOnlyList<FoundTrace> Traces, SearchCost Cost);

/// <summary>A trace at a glance.</summary>
public sealed record TraceSummary
{
    /// <summary>Its id.</summary>
    public required TraceId TraceId { get; init; }

    /// <summary>When its first span began, ns since the Unix epoch.</summary>
    public required long StartNs { get; init; }

    /// <summary>From there to when its last span ended, ns.</summary>
    public required long DurationNs { get; init; }

    /// <summary>The service of its root: the first span without a parent, or, where there is none (yet), the first span.</summary>
    public required string RootService { get; init; }

    /// <summary>The name of its root.</summary>
    public required string RootName { get; init; }

    /// <summary>Whether the root has no parent. False: the real root is missing.</summary>
    public required bool HasRoot { get; init; }

    /// <summary>How many spans it has.</summary>
    public required int Spans { get; init; }

    /// <summary>How many of them failed.</summary>
    public required int Errors { get; init; }

    /// <summary>Its services, those with the most spans first.</summary>
    public required IReadOnlyList<ServiceCount> Services { get; init; }

    /// <summary>The summary of a trace's spans.</summary>
    /// <param name="spans">All of them, at least one, by start.</param>
    public static TraceSummary Of(IReadOnlyList<SpanRecord> spans)
    {
        ArgumentNullException.ThrowIfNull(spans);
        var root = spans.FirstOrDefault(span => span.ParentId.IsEmpty);
        var first = root ?? spans[0];
        var services = spans.GroupBy(span => span.Origin.Service)
            .Select(group => new ServiceCount(group.Key, group.Count(), group.Count(span => span.Status == SpanStatus.Error)));
        return new TraceSummary
        {
            TraceId = first.TraceId,
            StartNs = spans[0].StartNs,
            DurationNs = spans.Max(span => span.EndNs) - spans[0].StartNs,
            RootService = first.Origin.Service,
            RootName = first.Name,
            HasRoot = root is not null,
            Spans = spans.Count,
            Errors = spans.Count(span => span.Status == SpanStatus.Error),
            Services = [.. services.OrderByDescending(service => service.Spans).ThenBy(service => service.Service, TextOrder.Instance)],
        };
    }
}

/// <summary>A service's part of a trace.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Spans">Its spans.</param>
/// <param name="Errors">Those of them that failed.</param>
public readonly record struct ServiceCount(string Service, int Spans, int Errors);
