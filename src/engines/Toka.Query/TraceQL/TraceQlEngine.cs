using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.Results;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Execution;
using Toka.Query.TraceQL.Parsing;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL;

/// <summary>Answers TraceQL over whatever reads spans. Thread-safe.</summary>
/// <remarks>
/// A filter takes spans that began within the range; structure is looked at in the whole trace. Traces are found by a condition
/// that each that matches must hold, the newest first, and each is checked, until enough are found.
/// </remarks>
/// <param name="reader">Where the spans are.</param>
/// <param name="options">Limits; null for the defaults.</param>
/// <param name="time">The clock that ends searches; null for the system's.</param>
public sealed class TraceQlEngine(ISpanReader reader, TraceQlOptions? options = null, TimeProvider? time = null)
{
    private readonly TraceQlOptions _options = options ?? new TraceQlOptions();
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Finds traces.</summary>
    /// <exception cref="QueryException">The query is wrong, or makes series.</exception>
    public async ValueTask<TraceQlResult> SearchAsync(TraceQlRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var query = TraceQlParser.Parse(request.Query);
        if (query.Metrics is { } metrics)
        {
            throw new QueryException(QueryErrorType.BadData, $"{metrics.Name} makes series, and traces were asked for; leave it out, or ask for series");
        }

        return await SearchAsync(SearchPlan.Of(query.Spans), request, cancellationToken);
    }

    /// <summary>Finds traces by the fields of a form.</summary>
    /// <param name="search">The fields.</param>
    /// <param name="request">Range and limits; its query is not looked at.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public ValueTask<TraceQlResult> SearchAsync(TraceSearch search, TraceQlRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(search);
        ArgumentNullException.ThrowIfNull(request);
        return SearchAsync(SearchPlan.Of(search.ToCondition(), [.. search.Attributes.Select(pair => new FieldRef(TraceQlType.Unknown, Intrinsic.None, AttributeScope.Any, pair.Key, false))]), request, cancellationToken);
    }

    /// <summary>Computes series.</summary>
    /// <exception cref="QueryException">The query is wrong, or makes no series, or has too many steps.</exception>
    public async ValueTask<TraceQlSeriesResult> SeriesAsync(TraceQlSeriesRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var query = TraceQlParser.Parse(request.Query);
        if (query.Metrics is null)
        {
            throw new QueryException(QueryErrorType.BadData, "the query finds traces, and series were asked for; add | rate() or another function over time");
        }

        var grid = StepGrid.Of(request, _options.StepsMax);
        return await new SeriesEvaluation(reader, _options, query, grid, request.Exemplars, _time).RunAsync(cancellationToken);
    }

    private async ValueTask<TraceQlResult> SearchAsync(SearchPlan plan, TraceQlRequest request, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.SpansPerSet, 1);
        using var deadline = new Deadline(_options.Timeout, _time, cancellationToken);
        var found = new List<(TraceId Trace, IReadOnlyList<FoundSpans> Sets)>();
        var walk = new TraceWalk(reader, _options, plan, request.Range);
        var plain = default(SearchCost);
        try
        {
            if (plan.ExactSpans is null)
            {
                await CheckAsync(plan, walk, request, found, deadline.Token);
            }
            else
            {
                plain = await FindAsync(plan, request, found, deadline.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            plain = plain with { IsCut = true };
        }

        var looked = plan.ExactSpans is null ? walk.Looked : found.Count;
        return new TraceQlResult(await SummariseAsync(found, request.Range, cancellationToken), looked, walk.Cost + plain);
    }

    /// <summary>A plain filter: what the reader finds is the answer.</summary>
    private async ValueTask<SearchCost> FindAsync(
        SearchPlan plan, TraceQlRequest request, List<(TraceId, IReadOnlyList<FoundSpans>)> found, CancellationToken cancellationToken)
    {
        var query = new SpanQuery { Condition = plan.ExactSpans!, Range = request.Range, Limit = request.Limit, SpansPerTrace = request.SpansPerSet };
        var page = await reader.FindTracesAsync(query, cancellationToken);
        var values = new SpanValues();
        foreach (var trace in page.Traces)
        {
            var view = new TraceView(trace.Matched);
            var spans = Enumerable.Range(0, trace.Matched.Count).Select(span => Shown(plan, values, view, span)).ToList();
            found.Add((trace.TraceId, [new FoundSpans(spans, trace.MatchedCount, [])]));
        }

        return page.Cost;
    }

    private static async ValueTask CheckAsync(
        SearchPlan plan, TraceWalk walk, TraceQlRequest request, List<(TraceId, IReadOnlyList<FoundSpans>)> found, CancellationToken cancellationToken)
    {
        await foreach (var hit in walk.WalkAsync(request.Limit, cancellationToken))
        {
            if (found.Count == request.Limit)
            {
                walk.Cut();
                return;
            }

            var sets = hit.Sets.Select(set => new FoundSpans(
                [.. set.Spans.Take(request.SpansPerSet).Select(span => Shown(plan, walk.Evaluator.Values, hit.Trace, span))], set.Spans.Count, set.Values));
            found.Add((hit.Trace.Spans[0].TraceId, [.. sets]));
        }
    }

    private async ValueTask<IReadOnlyList<FoundTraceSets>> SummariseAsync(
        List<(TraceId Trace, IReadOnlyList<FoundSpans> Sets)> found, EventRange range, CancellationToken cancellationToken)
    {
        if (found.Count == 0)
        {
            return [];
        }

        var summaries = (await reader.SummariesAsync([.. found.Select(one => one.Trace)], range, cancellationToken)).ToDictionary(summary => summary.TraceId);

        // A trace that went meanwhile is told by the spans that are known of it.
        return [.. found.Select(one => new FoundTraceSets(
            summaries.GetValueOrDefault(one.Trace) ?? TraceSummary.Of([.. one.Sets.SelectMany(set => set.Spans).Select(span => span.Span).OrderBy(span => span.StartNs)]), one.Sets))];
    }

    private static FoundSpan Shown(SearchPlan plan, SpanValues values, TraceView trace, int span)
    {
        var shown = new List<KeyValuePair<string, AttributeValue>>();
        foreach (var field in plan.Shown)
        {
            var value = values.ShownValueOf(field, trace, span);
            if (value.Kind != AttributeKind.None)
            {
                shown.Add(new(field.Name, value));
            }
        }

        return new FoundSpan(trace.Spans[span], shown);
    }
}
