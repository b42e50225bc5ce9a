using Toka.Tracing.Trees;

namespace Toka.Tracing.CriticalPath;

/// <summary>A stretch of time in which one span kept its trace from ending sooner.</summary>
/// <param name="Span">The span's place in its <see cref="TraceTree"/>.</param>
/// <param name="FromNs">When it began, ns since the Unix epoch.</param>
/// <param name="ToNs">When it ended, ns since the Unix epoch.</param>
public readonly record struct CriticalSegment(int Span, long FromNs, long ToNs)
{
    /// <summary>How long it was, ns.</summary>
    public long DurationNs => ToNs - FromNs;
}

/// <summary>Finds the critical path of a trace: what bounds its time from end to end.</summary>
/// <remarks>
/// From the root's end backwards: of the children that had ended by then, the last one to end is what the span waited for. The time
/// after it is the span's own; before it, the same question is asked of the child, and then of the span again from where that child
/// began. A child counts only within the span that waits for it: one that runs on past it (asynchronous work) is cut at its
/// end, one that began before it is cut at its begin. A child that ran at the same time as the one that ended last, and ended
/// after that one had begun, was not waited for. Sources: Z. Zhang et al., "CRISP: Critical Path Analysis of Large-Scale
/// Microservice Architectures", USENIX ATC 2022; Jaeger's documentation of its trace page.
/// </remarks>
public static class CriticalPaths
{
    /// <summary>The critical path of a trace's root.</summary>
    /// <param name="tree">The trace.</param>
    /// <returns>Segments by time: none overlaps another, and together they cover the root's duration. None for a trace without time.</returns>
    public static IReadOnlyList<CriticalSegment> Of(TraceTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return tree.Count == 0 ? [] : Of(tree, tree.Root);
    }

    /// <summary>The critical path of a span and what is below it.</summary>
    /// <param name="tree">The trace.</param>
    /// <param name="root">The span's place.</param>
    /// <returns>Segments by time: none overlaps another, and together they cover the span's duration.</returns>
    public static IReadOnlyList<CriticalSegment> Of(TraceTree tree, int root)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var segments = new List<CriticalSegment>();
        var open = new Stack<Frame>();
        open.Push(FrameOf(tree, root, tree.Spans[root].StartNs, tree.EndOf(root)));
        while (open.TryPop(out var frame))
        {
            if (NextChild(tree, ref frame) is not { } child)
            {
                Add(segments, new CriticalSegment(frame.Span, frame.FromNs, frame.CursorNs));
                continue;
            }

            Add(segments, new CriticalSegment(frame.Span, child.ToNs, frame.CursorNs));
            frame.CursorNs = child.FromNs;
            open.Push(frame);
            open.Push(FrameOf(tree, child.Span, child.FromNs, child.ToNs));
        }

        segments.Reverse();
        return segments;
    }

    /// <summary>How long each span is on the critical path, ns, by its place.</summary>
    /// <param name="tree">The trace.</param>
    /// <param name="path">Its critical path.</param>
    public static long[] TimeBySpan(TraceTree tree, IReadOnlyList<CriticalSegment> path)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(path);
        var times = new long[tree.Count];
        foreach (var segment in path)
        {
            times[segment.Span] += segment.DurationNs;
        }

        return times;
    }

    /// <summary>The child that was waited for last before the cursor; its time as it counts within the span.</summary>
    private static CriticalSegment? NextChild(TraceTree tree, ref Frame frame)
    {
        while (frame.Next < frame.Children.Length)
        {
            var child = frame.Children[frame.Next++];
            var from = Math.Max(tree.Spans[child].StartNs, frame.FromNs);
            var to = Math.Min(tree.EndOf(child), frame.ToNs);
            if (to > from && to <= frame.CursorNs)
            {
                return new CriticalSegment(child, from, to);
            }
        }

        return null;
    }

    /// <summary>The children by when they end within the span, the last one first; of those the one that began last.</summary>
    private static Frame FrameOf(TraceTree tree, int span, long fromNs, long toNs)
    {
        var children = tree.ChildrenOf(span).ToArray();
        if (children.Length > 1)
        {
            Array.Sort(children, (left, right) =>
            {
                var order = Math.Min(tree.EndOf(right), toNs).CompareTo(Math.Min(tree.EndOf(left), toNs));
                return order != 0 ? order : right.CompareTo(left);
            });
        }

        return new Frame { Span = span, FromNs = fromNs, ToNs = toNs, CursorNs = toNs, Children = children };
    }

    /// <summary>Segments come from the last to the first; two of one span that touch are one.</summary>
    private static void Add(List<CriticalSegment> segments, CriticalSegment segment)
    {
        if (segment.ToNs <= segment.FromNs)
        {
            return;
        }

        if (segments.Count > 0 && segments[^1].Span == segment.Span && segments[^1].FromNs == segment.ToNs)
        {
            segments[^1] = segments[^1] with { FromNs = segment.FromNs };
            return;
        }

        segments.Add(segment);
    }

    private struct Frame
    {
        public int Span;
        public long FromNs;
        public long ToNs;
        public long CursorNs;
        public int[] Children;
        public int Next;
    }
}
