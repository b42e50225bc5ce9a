using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Tracing.Trees;

namespace Toka.Tracing.Comparing;

/// <summary>A set of traces: those with a span that holds a condition, begun within a stretch of time.</summary>
/// <param name="Condition">What must hold.</param>
/// <param name="Range">When.</param>
public sealed record TraceSetQuery(Condition Condition, EventRange Range);

/// <summary>Reads sets of traces and compares them.</summary>
/// <param name="reader">Where traces are.</param>
public sealed class TraceSets(ISpanReader reader)
{
    /// <summary>Traces that are looked at of a set where nothing else is said: enough to tell a difference of a tenth of a deviation.</summary>
    public const int DefaultTracesMax = 500;

    /// <summary>Spans that are read of one set: some 200 MB.</summary>
    public const int SpansMax = 200_000;

    /// <summary>Compares two sets, the newest traces of each.</summary>
    /// <param name="first">The set that the second is compared with.</param>
    /// <param name="second">The other.</param>
    /// <param name="tracesMax">The most traces of each; 1 to 5,000.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<SetDifference> CompareAsync(TraceSetQuery first, TraceSetQuery second, int tracesMax, CancellationToken cancellationToken)
    {
        var (firsts, firstCost) = await ReadAsync(first, tracesMax, cancellationToken);
        var (seconds, secondCost) = await ReadAsync(second, tracesMax, cancellationToken);
        return SetComparer.Compare(firsts, seconds, firstCost + secondCost);
    }

    /// <summary>Reads the newest traces of a set. One that is not whole, as there are too many spans, is left out, and the cost says so.</summary>
    /// <param name="set">The set.</param>
    /// <param name="tracesMax">The most traces; 1 to 5,000.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<(IReadOnlyList<TraceTree> Traces, SearchCost Cost)> ReadAsync(TraceSetQuery set, int tracesMax, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfLessThan(tracesMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tracesMax, 5000);
        var found = await reader.FindTracesAsync(new SpanQuery { Condition = set.Condition, Range = set.Range, Limit = tracesMax, SpansPerTrace = 1 }, cancellationToken);
        var ids = found.Traces.Select(static trace => trace.TraceId).ToArray();
        if (ids.Length == 0)
        {
            return ([], found.Cost);
        }

        var page = await reader.TracesAsync(ids, set.Range, SpansMax, cancellationToken);
        var traces = page.Spans.GroupBy(static span => span.TraceId).Select(static group => group.ToArray()).ToList();
        if (page.Cost.IsCut && traces.Count > 1)
        {
            traces.RemoveAt(traces.Count - 1);
        }

        return ([.. traces.Select(TraceTree.Of)], found.Cost + page.Cost);
    }
}
