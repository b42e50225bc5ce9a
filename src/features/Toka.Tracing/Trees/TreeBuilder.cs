using Toka.Core.Spans;

namespace Toka.Tracing.Trees;

/// <summary>Puts the spans of a trace together.</summary>
internal static class TreeBuilder
{
    public static TraceTree Build(IReadOnlyList<SpanRecord> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        var sorted = given.ToArray();
        Array.Sort(sorted, Compare);
        var (spans, ofId, shared, repeated) = Distinct(sorted);
        var parents = ParentsOf(spans, ofId, shared);
        var cycles = CutCycles(parents);
        var (order, places) = Walk(parents);

        var ordered = new SpanRecord[spans.Count];
        var orderedParents = new int[spans.Count];
        for (var i = 0; i < ordered.Length; i++)
        {
            ordered[i] = spans[order[i]];
            var parent = parents[order[i]];
            orderedParents[i] = parent < 0 ? parent : places[parent];
        }

        return new TraceTree(ordered, orderedParents, new TraceOddities(
            parents.Count(static parent => parent == TraceTree.MissingParent) - cycles,
            parents.Count(static parent => parent == TraceTree.NoParent),
            repeated,
            shared.Count,
            cycles));
    }

    /// <summary>By start; the longer one first, as it may be the parent; then by id, so that the order is always the same.</summary>
    private static int Compare(SpanRecord left, SpanRecord right)
    {
        var order = left.StartNs.CompareTo(right.StartNs);
        order = order != 0 ? order : right.DurationNs.CompareTo(left.DurationNs);
        order = order != 0 ? order : left.SpanId.Value.CompareTo(right.SpanId.Value);
        return order != 0 ? order : left.Kind.CompareTo(right.Kind);
    }

    /// <summary>
    /// The spans without those that came again; which one an id means to children; and for each span of an id that another
    /// one has, the client it is the server's side of, or −1.
    /// </summary>
    private static (List<SpanRecord> Spans, Dictionary<SpanId, int> OfId, Dictionary<int, int> Shared, int Repeated) Distinct(SpanRecord[] sorted)
    {
        var spans = new List<SpanRecord>(sorted.Length);
        var ofId = new Dictionary<SpanId, int>(sorted.Length);
        var sameId = new Dictionary<SpanId, (int First, HashSet<SpanRecord> All)>();
        var shared = new Dictionary<int, int>();
        var repeated = 0;
        foreach (var span in sorted)
        {
            if (ofId.TryAdd(span.SpanId, spans.Count) || span.SpanId.IsEmpty)
            {
                spans.Add(span);
                continue;
            }

            if (!sameId.TryGetValue(span.SpanId, out var others))
            {
                var one = ofId[span.SpanId];
                sameId[span.SpanId] = others = (one, new HashSet<SpanRecord>(SameContent.Instance) { spans[one] });
            }

            if (!others.All.Add(span))
            {
                repeated++;
                continue;
            }

            var first = others.First;
            if (others.All.Count == 2 && spans[first].Kind == SpanKind.Client && span.Kind == SpanKind.Server)
            {
                shared[spans.Count] = first;
                ofId[span.SpanId] = spans.Count;
            }
            else if (others.All.Count == 2 && spans[first].Kind == SpanKind.Server && span.Kind == SpanKind.Client)
            {
                shared[first] = spans.Count;
            }
            else
            {
                shared[spans.Count] = -1;
            }

            spans.Add(span);
        }

        return (spans, ofId, shared, repeated);
    }

    private static int[] ParentsOf(List<SpanRecord> spans, Dictionary<SpanId, int> ofId, Dictionary<int, int> shared)
    {
        var parents = new int[spans.Count];
        for (var i = 0; i < parents.Length; i++)
        {
            parents[i] = shared.TryGetValue(i, out var client) && client >= 0 ? client
                : spans[i].ParentId.IsEmpty ? TraceTree.NoParent
                : ofId.TryGetValue(spans[i].ParentId, out var parent) ? parent
                : TraceTree.MissingParent;
        }

        return parents;
    }

    /// <summary>Cuts each ring at its first span. Spans are by start, so that is the one of the lowest number.</summary>
    private static int CutCycles(int[] parents)
    {
        const byte OnPath = 1, Done = 2;
        var state = new byte[parents.Length];
        var path = new List<int>();
        var cycles = 0;
        for (var i = 0; i < parents.Length; i++)
        {
            path.Clear();
            var at = i;
            while (at >= 0 && state[at] == 0)
            {
                state[at] = OnPath;
                path.Add(at);
                at = parents[at];
            }

            if (at >= 0 && state[at] == OnPath)
            {
                var first = at;
                for (var on = parents[at]; on != at; on = parents[on])
                {
                    first = Math.Min(first, on);
                }

                parents[first] = TraceTree.MissingParent;
                cycles++;
            }

            foreach (var span in path)
            {
                state[span] = Done;
            }
        }

        return cycles;
    }

    /// <summary>Depth first, roots and children by number. Lists of children are chains, begun from the last.</summary>
    private static (int[] Order, int[] Places) Walk(int[] parents)
    {
        var first = new int[parents.Length];
        var next = new int[parents.Length];
        Array.Fill(first, -1);
        var firstRoot = -1;
        for (var i = parents.Length - 1; i >= 0; i--)
        {
            ref var head = ref firstRoot;
            if (parents[i] >= 0)
            {
                head = ref first[parents[i]];
            }

            next[i] = head;
            head = i;
        }

        var order = new int[parents.Length];
        var places = new int[parents.Length];
        var count = 0;
        var open = new Stack<int>();
        open.Push(firstRoot);
        while (open.TryPop(out var span))
        {
            if (span < 0)
            {
                continue;
            }

            places[span] = count;
            order[count++] = span;
            open.Push(next[span]);
            open.Push(first[span]);
        }

        return (order, places);
    }

    /// <summary>Spans of one id are told apart by what they say, by hash: there may be as many as a trace has spans.</summary>
    private sealed class SameContent : IEqualityComparer<SpanRecord>
    {
        public static readonly SameContent Instance = new();

        public bool Equals(SpanRecord? left, SpanRecord? right) => left is not null && right is not null
            && left.StartNs == right.StartNs && left.DurationNs == right.DurationNs && left.Kind == right.Kind && left.ParentId == right.ParentId
            && left.Name == right.Name && left.Status == right.Status && left.Origin.Equals(right.Origin) && left.Attributes.Span.SequenceEqual(right.Attributes.Span);

        public int GetHashCode(SpanRecord span)
        {
            var hash = default(HashCode);
            hash.Add(span.StartNs);
            hash.Add(span.DurationNs);
            hash.Add(span.Name);
            hash.AddBytes(span.Attributes.Span);
            return hash.ToHashCode();
        }
    }
}
