using Toka.Core.Spans;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Spans of one trace and how they belong together. What costs time is computed when it is first asked for. Not thread-safe.</summary>
internal sealed class TraceView
{
    private readonly TraceSummary? _known;
    private TraceSummary? _summary;
    private int[]? _parents;
    private int[]? _childCounts;

    /// <summary>Takes the spans of a trace.</summary>
    /// <param name="spans">By start; at least one. All of them, unless the summary is given.</param>
    /// <param name="summary">The trace at a glance, where these are not all of its spans.</param>
    public TraceView(IReadOnlyList<SpanRecord> spans, TraceSummary? summary = null)
    {
        Spans = spans;
        _known = summary;
    }

    /// <summary>The spans, by start.</summary>
    public IReadOnlyList<SpanRecord> Spans { get; }

    /// <summary>The trace at a glance.</summary>
    public TraceSummary Summary => _known ?? (_summary ??= TraceSummary.Of(Spans));

    /// <summary>The place of the parent; −1 where there is none, or it is not there.</summary>
    public int ParentOf(int span) => Parents[span];

    /// <summary>How many spans have this one as their parent.</summary>
    public int ChildCountOf(int span)
    {
        if (_childCounts is null)
        {
            var counts = new int[Spans.Count];
            foreach (var parent in Parents)
            {
                if (parent >= 0)
                {
                    counts[parent]++;
                }
            }

            _childCounts = counts;
        }

        return _childCounts[span];
    }

    private int[] Parents
    {
        get
        {
            if (_parents is null)
            {
                // Of an id that stands twice (a client and a server that share it, as Zipkin's do) the first span is the parent.
                var places = new Dictionary<SpanId, int>(Spans.Count);
                for (var i = 0; i < Spans.Count; i++)
                {
                    places.TryAdd(Spans[i].SpanId, i);
                }

                var parents = new int[Spans.Count];
                for (var i = 0; i < parents.Length; i++)
                {
                    var id = Spans[i].ParentId;
                    parents[i] = !id.IsEmpty && places.TryGetValue(id, out var place) && place != i ? place : -1;
                }

                _parents = parents;
            }

            return _parents;
        }
    }
}
