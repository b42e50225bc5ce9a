using Toka.Core.Spans;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Finds spans by what other spans they stand above, below or beside. Each takes time linear to the trace's spans.</summary>
internal static class Relations
{
    /// <summary>Which spans stand in a relation to one of a set.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="op">The relation: for <c>&gt;</c> those whose parent is in the set.</param>
    /// <param name="set">Which spans the set has.</param>
    public static bool[] Of(TraceView trace, SpansetOperator op, bool[] set) => op switch
    {
        SpansetOperator.Child => Children(trace, set),
        SpansetOperator.Descendant => Descendants(trace, set),
        SpansetOperator.Parent => Parents(trace, set),
        SpansetOperator.Ancestor => Ancestors(trace, set),
        SpansetOperator.Sibling => Siblings(trace, set),
        _ => throw new InvalidOperationException($"{op} is no relation"),
    };

    /// <summary>The relation that is seen from the other side.</summary>
    public static SpansetOperator Inverse(SpansetOperator op) => op switch
    {
        SpansetOperator.Child => SpansetOperator.Parent,
        SpansetOperator.Parent => SpansetOperator.Child,
        SpansetOperator.Descendant => SpansetOperator.Ancestor,
        SpansetOperator.Ancestor => SpansetOperator.Descendant,
        _ => op,
    };

    private static bool[] Children(TraceView trace, bool[] set)
    {
        var found = new bool[set.Length];
        for (var i = 0; i < set.Length; i++)
        {
            found[i] = trace.ParentOf(i) is >= 0 and var parent && set[parent];
        }

        return found;
    }

    private static bool[] Parents(TraceView trace, bool[] set)
    {
        var found = new bool[set.Length];
        for (var i = 0; i < set.Length; i++)
        {
            if (set[i] && trace.ParentOf(i) is >= 0 and var parent)
            {
                found[parent] = true;
            }
        }

        return found;
    }

    private static bool[] Ancestors(TraceView trace, bool[] set)
    {
        // Whoever is found has been walked above already; that also ends the walk where parents form a ring.
        var found = new bool[set.Length];
        for (var i = 0; i < set.Length; i++)
        {
            var at = set[i] ? trace.ParentOf(i) : -1;
            while (at >= 0 && !found[at])
            {
                found[at] = true;
                at = trace.ParentOf(at);
            }
        }

        return found;
    }

    private static bool[] Descendants(TraceView trace, bool[] set)
    {
        var found = new bool[set.Length];
        var isKnown = new bool[set.Length];
        var way = new List<int>();
        for (var i = 0; i < set.Length; i++)
        {
            way.Clear();
            var at = i;
            while (at >= 0 && !isKnown[at])
            {
                isKnown[at] = true;
                way.Add(at);
                at = trace.ParentOf(at);
            }

            // Walked to a root, to a span that is known, or round a ring: there, once more round tells all of it.
            var isRing = at >= 0 && way.Contains(at);
            var isBelow = isRing ? RingHas(trace, at, set) : at >= 0 && (found[at] || set[at]);
            for (var j = way.Count - 1; j >= 0; j--)
            {
                found[way[j]] = isBelow;
                isBelow |= set[way[j]];
            }
        }

        return found;
    }

    private static bool RingHas(TraceView trace, int start, bool[] set)
    {
        var at = start;
        do
        {
            if (set[at])
            {
                return true;
            }

            at = trace.ParentOf(at);
        }
        while (at != start);
        return false;
    }

    private static bool[] Siblings(TraceView trace, bool[] set)
    {
        var counts = new Dictionary<SpanId, int>();
        for (var i = 0; i < set.Length; i++)
        {
            var parent = trace.Spans[i].ParentId;
            if (set[i] && !parent.IsEmpty)
            {
                counts[parent] = counts.GetValueOrDefault(parent) + 1;
            }
        }

        var found = new bool[set.Length];
        for (var i = 0; i < set.Length; i++)
        {
            var parent = trace.Spans[i].ParentId;
            found[i] = !parent.IsEmpty && counts.GetValueOrDefault(parent) > (set[i] ? 1 : 0);
        }

        return found;
    }
}
