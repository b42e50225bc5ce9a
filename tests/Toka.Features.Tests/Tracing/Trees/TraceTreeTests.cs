using CsCheck;
using Toka.Core.Spans;
using Toka.Tracing.Trees;

namespace Toka.Features.Tests.Tracing.Trees;

public sealed class TraceTreeTests
{
    /// <summary>Spans whose ids and parents are of a small set, so that orphans, rings and shared ids are frequent.</summary>
    internal static readonly Gen<SpanRecord[]> AnySpans = Gen.Select(Gen.ULong[1, 12], Gen.ULong[0, 14], Gen.Int[0, 50], Gen.Int[0, 30], Gen.Int[0, 5])
        .Select(static (id, parent, start, duration, kind) => TestTrace.Span(1, id, parent, start, duration, kind: (SpanKind)kind)).Array[0, 40];

    [Fact]
    public void Spans_come_depth_first_with_children_by_start()
    {
        var tree = TraceTree.Of(new TestTrace().Add(4, 2, 30, 5).Add(3, 1, 20, 40).Add(1, 0, 0, 100).Add(2, 1, 10, 50).Add(5, 2, 15, 5).Spans);
        Assert.Equal([1, 2, 5, 4, 3], tree.Spans.Select(static span => span.SpanId.Value));
        Assert.Equal([-1, 0, 1, 1, 0], tree.Parents.ToArray());
        Assert.Equal([0, 1, 2, 2, 1], tree.Depths.ToArray());
        Assert.Equal([5, 4, 3, 4, 5], tree.SubtreeEnds.ToArray());
        Assert.Equal([1, 4], tree.ChildrenOf(0));
        Assert.True(tree.IsBelow(3, 1) && !tree.IsBelow(4, 1) && !tree.IsBelow(1, 1));
        Assert.Equal(new TraceOddities(0, 1, 0, 0, 0), tree.Oddities);
    }

    [Fact]
    public void Self_time_is_what_no_child_covers_and_children_count_within_their_parent_alone()
    {
        var tree = TraceTree.Of(new TestTrace().Add(1, 0, 0, 100).Add(2, 1, 10, 30).Add(3, 1, 20, 30).Add(4, 1, 90, 500).Add(5, 1, 200, 5).Spans);
        Assert.Equal(50_000_000, tree.SelfNs[0]);
        Assert.Equal(30_000_000, tree.SelfNs[1]);
    }

    [Fact]
    public void Orphans_and_several_roots_stand_beside_each_other_by_start()
    {
        var tree = TraceTree.Of(new TestTrace().Add(3, 99, 0, 5).Add(1, 0, 10, 5).Add(2, 0, 20, 5).Spans);
        Assert.Equal([TraceTree.MissingParent, TraceTree.NoParent, TraceTree.NoParent], tree.Parents.ToArray());
        Assert.Equal(1, tree.Root);
        Assert.Equal(new TraceOddities(1, 2, 0, 0, 0), tree.Oddities);
    }

    [Fact]
    public void A_ring_is_cut_at_its_first_span_and_named()
    {
        var tree = TraceTree.Of(new TestTrace().Add(1, 3, 10, 5).Add(2, 1, 20, 5).Add(3, 2, 30, 5).Add(4, 2, 0, 5).Add(5, 5, 40, 5).Spans);
        Assert.Equal([1, 2, 4, 3, 5], tree.Spans.Select(static span => span.SpanId.Value));
        Assert.Equal(2, tree.Oddities.Cycles);
        Assert.Equal(0, tree.Oddities.Orphans);
    }

    [Fact]
    public void A_span_that_came_again_stands_once_and_a_server_that_shares_its_clients_id_is_below_it()
    {
        var tree = TraceTree.Of(new TestTrace()
            .Add(1, 0, 0, 100).Add(1, 0, 0, 100)
            .Add(2, 1, 10, 50, kind: SpanKind.Client).Add(2, 1, 12, 40, kind: SpanKind.Server)
            .Add(3, 2, 20, 5).Spans);
        Assert.Equal([1, 2, 2, 3], tree.Spans.Select(static span => span.SpanId.Value));
        Assert.Equal([-1, 0, 1, 2], tree.Parents.ToArray());
        Assert.Equal(SpanKind.Client, tree.Spans[1].Kind);
        Assert.Equal(new TraceOddities(0, 1, 1, 1, 0), tree.Oddities);
    }

    [Fact]
    public void Any_spans_make_a_tree_with_each_of_them_in_it() => AnySpans.Sample(static spans =>
    {
        var tree = TraceTree.Of(spans);
        Assert.Equal(spans.Length, tree.Count + tree.Oddities.Repeated);
        for (var i = 0; i < tree.Count; i++)
        {
            Assert.InRange(tree.Parents[i], -2, i - 1);
            Assert.InRange(tree.SelfNs[i], 0, tree.Spans[i].DurationNs);
            Assert.InRange(tree.SubtreeEnds[i], i + 1, tree.Count);
            var children = tree.ChildrenOf(i).ToArray();
            Assert.All(children, child => Assert.Equal(i, tree.Parents[child]));
            Assert.Equal(children.Order(), children.OrderBy(child => tree.Spans[child].StartNs).ThenBy(static child => child));
        }
    });

    [Fact]
    public void A_hundred_thousand_spans_in_one_line_need_no_stack()
    {
        const int Count = 100_000;
        var spans = Enumerable.Range(1, Count).Select(static i => TestTrace.Span(1, (ulong)i, (ulong)(i - 1), i * 0.001, 1000 - (i * 0.002))).Reverse().ToArray();
        var tree = TraceTree.Of(spans);
        Assert.Equal(Count - 1, tree.Depths[^1]);
        Assert.Equal(1, tree.Oddities.Roots);
        Assert.Equal(tree.Spans[0].DurationNs, tree.SelfNs.ToArray().Sum());
    }
}
