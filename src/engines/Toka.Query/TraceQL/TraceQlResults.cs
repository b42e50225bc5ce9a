using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;

namespace Toka.Query.TraceQL;

/// <summary>A span of an answer.</summary>
/// <param name="Span">The span.</param>
/// <param name="Values">Fields that the query named, those of them that the span has, by name; statuses and kinds by their words.</param>
public sealed record FoundSpan(SpanRecord Span, IReadOnlyList<KeyValuePair<string, AttributeValue>> Values);

/// <summary>Spans of one trace that belong together in an answer.</summary>
/// <param name="Spans">The first by start; no more than were asked for.</param>
/// <param name="Matched">How many there are in all.</param>
/// <param name="Values">What was computed of them: the values that they were grouped by, and aggregates, by name.</param>
public sealed record FoundSpans(IReadOnlyList<FoundSpan> Spans, int Matched, IReadOnlyList<KeyValuePair<string, AttributeValue>> Values);

/// <summary>A trace of an answer.</summary>
/// <param name="Summary">The trace at a glance.</param>
/// <param name="Sets">What the query took of it; at least one set.</param>
public sealed record FoundTraceSets(TraceSummary Summary, IReadOnlyList<FoundSpans> Sets)
{
    /// <summary>How many spans of it the query took.</summary>
    public int Matched => Sets.Sum(set => set.Matched);
}

/// <summary>The answer to a search.</summary>
/// <param name="Traces">The traces, those with the newest span first.</param>
/// <param name="Looked">How many traces were looked at.</param>
/// <param name="Cost">What was read, and whether there may be more.</param>
public sealed record TraceQlResult(IReadOnlyList<FoundTraceSets> Traces, int Looked, SearchCost Cost);

/// <summary>A span that stands for a point of a series.</summary>
/// <param name="TraceId">Its trace.</param>
/// <param name="SpanId">Its id.</param>
/// <param name="TimeNs">When it began, ns since the Unix epoch.</param>
/// <param name="Value">What was measured of it, seconds for durations; the point's value where nothing was.</param>
public readonly record struct TraceQlExemplar(TraceId TraceId, SpanId SpanId, long TimeNs, double Value);

/// <summary>A series of an answer.</summary>
/// <param name="Labels">What the spans have in common, by the fields' names; of kind none where a span has no such field.</param>
/// <param name="Points">One for each step; NaN where there is none. Durations are seconds.</param>
/// <param name="Exemplars">Some spans, by time.</param>
public sealed record TraceQlSeries(IReadOnlyList<KeyValuePair<string, AttributeValue>> Labels, IReadOnlyList<double> Points, IReadOnlyList<TraceQlExemplar> Exemplars);

/// <summary>The answer to a query for series.</summary>
/// <param name="StartNs">When the first step begins, ns since the Unix epoch: a whole number of steps.</param>
/// <param name="StepNs">How long a step is, ns. A point stands for the spans that began within its step.</param>
/// <param name="Steps">How many steps there are.</param>
/// <param name="Series">The series.</param>
/// <param name="Cost">What was read, and whether something was left out.</param>
public sealed record TraceQlSeriesResult(long StartNs, long StepNs, int Steps, IReadOnlyList<TraceQlSeries> Series, SearchCost Cost);
