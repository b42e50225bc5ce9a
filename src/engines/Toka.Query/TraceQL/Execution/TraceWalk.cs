using System.Runtime.CompilerServices;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL.Execution;

/// <summary>A trace that holds a query, and the sets that the query takes of it.</summary>
/// <param name="Trace">The trace; not all of its spans where they were not needed.</param>
/// <param name="Sets">At least one set.</param>
internal sealed record TraceHit(TraceView Trace, IReadOnlyList<Spanset> Sets);

/// <summary>Goes through the traces that may hold a query, the newest first, and checks each. Not thread-safe; one for each search.</summary>
internal sealed class TraceWalk(ISpanReader reader, TraceQlOptions options, SearchPlan plan, EventRange range)
{
    // Spans of a trace that come with its candidate. More than these, and the trace is read as a whole.
    private const int SpansPerCandidate = 200;

    // Whole traces that are read in one go.
    private const int TracesPerRead = 16;

    private readonly HashSet<TraceId> _seen = [];

    /// <summary>Computes the sets; and expressions of the spans in them.</summary>
    public SpansetEvaluator Evaluator { get; } = new(range);

    /// <summary>What was read so far. It is cut where not every trace could be looked at.</summary>
    public SearchCost Cost { get; private set; }

    /// <summary>How many traces were looked at so far.</summary>
    public int Looked => _seen.Count;

    /// <summary>Says that there is more than was taken.</summary>
    public void Cut() => Cost = Cost with { IsCut = true };

    /// <summary>Goes through the traces.</summary>
    /// <param name="wanted">How many are wanted, as far as that is known.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async IAsyncEnumerable<TraceHit> WalkAsync(int wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A reader has no bookmark: what is not enough is asked for again, four times as much.
        for (var limit = Math.Clamp(wanted * 2L, 32, options.TracesMax); ; limit = Math.Min(limit * 4, options.TracesMax))
        {
            var query = new SpanQuery { Condition = plan.Candidates, Range = range, Limit = (int)limit, SpansPerTrace = plan.NeedsWholeTraces ? 1 : SpansPerCandidate };
            var page = await reader.FindTracesAsync(query, cancellationToken);
            Cost += page.Cost with { IsCut = false };
            var fresh = page.Traces.Where(trace => _seen.Add(trace.TraceId)).ToList();
            foreach (var chunk in fresh.Chunk(TracesPerRead))
            {
                foreach (var trace in await ReadAsync(chunk, cancellationToken))
                {
                    var sets = Evaluator.Evaluate(plan.Spans, trace);
                    if (sets.Count > 0)
                    {
                        yield return new TraceHit(trace, sets);
                    }
                }
            }

            if (!page.Cost.IsCut)
            {
                yield break;
            }

            if (limit >= options.TracesMax || fresh.Count == 0)
            {
                Cut();
                yield break;
            }
        }
    }

    private async ValueTask<IReadOnlyList<TraceView>> ReadAsync(FoundTrace[] candidates, CancellationToken cancellationToken)
    {
        var whole = candidates.Where(trace => plan.NeedsWholeTraces || trace.MatchedCount > trace.Matched.Count).Select(trace => trace.TraceId).ToList();
        var views = await ReadWholeAsync(whole, cancellationToken);
        var partial = candidates.Where(trace => !views.ContainsKey(trace.TraceId) && !whole.Contains(trace.TraceId)).ToList();
        var summaries = new Dictionary<TraceId, TraceSummary>();
        if (plan.NeedsSummaries && partial.Count > 0)
        {
            foreach (var summary in await reader.SummariesAsync([.. partial.Select(trace => trace.TraceId)], range, cancellationToken))
            {
                summaries[summary.TraceId] = summary;
            }
        }

        foreach (var trace in partial)
        {
            views[trace.TraceId] = new TraceView(trace.Matched, summaries.GetValueOrDefault(trace.TraceId));
        }

        return [.. candidates.Select(trace => views.GetValueOrDefault(trace.TraceId)).OfType<TraceView>()];
    }

    private async ValueTask<Dictionary<TraceId, TraceView>> ReadWholeAsync(List<TraceId> traces, CancellationToken cancellationToken)
    {
        var views = new Dictionary<TraceId, TraceView>();
        if (traces.Count == 0)
        {
            return views;
        }

        var page = await reader.TracesAsync(traces, range, options.SpansMax, cancellationToken);
        Cost += page.Cost with { IsCut = false };
        if (page.Cost.IsCut && traces.Count > 1)
        {
            // Together they are too large: one by one.
            foreach (var trace in traces)
            {
                foreach (var (id, view) in await ReadWholeAsync([trace], cancellationToken))
                {
                    views[id] = view;
                }
            }

            return views;
        }

        Cost = Cost with { IsCut = Cost.IsCut || page.Cost.IsCut };
        foreach (var spans in page.Spans.GroupBy(span => span.TraceId))
        {
            views[spans.Key] = new TraceView([.. spans]);
        }

        return views;
    }
}
