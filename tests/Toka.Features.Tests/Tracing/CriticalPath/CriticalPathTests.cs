using CsCheck;
using Toka.Core.Spans;
using Toka.Features.Tests.Tracing.Trees;
using Toka.Tracing.CriticalPath;
using Toka.Tracing.Trees;

namespace Toka.Features.Tests.Tracing.CriticalPath;

public sealed class CriticalPathTests
{
    [Fact]
    public void Children_in_a_row_share_the_path_with_the_time_between_them() =>
        Assert.Equal(["1:0-10", "2:10-40", "1:40-50", "3:50-90", "1:90-100"], Path(new TestTrace().Add(1, 0, 0, 100).Add(2, 1, 10, 30).Add(3, 1, 50, 40)));

    [Fact]
    public void Of_children_side_by_side_the_last_to_end_is_what_was_waited_for() =>
        Assert.Equal(["1:0-10", "3:10-90", "1:90-100"], Path(new TestTrace().Add(1, 0, 0, 100).Add(2, 1, 5, 55).Add(3, 1, 10, 80)));

    [Fact]
    public void The_path_leads_down_through_several_levels() =>
        Assert.Equal(
            ["1:0-10", "2:10-20", "3:20-60", "2:60-70", "1:70-100"],
            Path(new TestTrace().Add(1, 0, 0, 100).Add(2, 1, 10, 60).Add(3, 2, 20, 40).Add(4, 2, 15, 30)));

    [Fact]
    public void A_child_that_runs_on_past_its_parent_counts_up_to_the_parents_end() =>
        Assert.Equal(["1:0-60", "2:60-80", "3:80-100"], Path(new TestTrace().Add(1, 0, 0, 100).Add(2, 1, 60, 500).Add(3, 2, 80, 300).Add(4, 2, 200, 10)));

    [Fact]
    public void A_child_that_began_before_its_parent_counts_from_the_parents_begin_and_one_outside_of_it_not_at_all() =>
        Assert.Equal(["2:50-70", "1:70-100"], Path(new TestTrace().Add(1, 0, 50, 50).Add(2, 1, 40, 30).Add(3, 1, 200, 50).Add(4, 1, 0, 20)));

    [Fact]
    public void Segments_do_not_overlap_and_cover_the_root() => TraceTreeTests.AnySpans.Sample(static spans =>
    {
        var tree = TraceTree.Of(spans);
        var path = CriticalPaths.Of(tree);
        if (tree.Count == 0)
        {
            Assert.Empty(path);
            return;
        }

        var at = tree.Spans[tree.Root].StartNs;
        foreach (var segment in path)
        {
            Assert.Equal(at, segment.FromNs);
            Assert.True(segment.ToNs > segment.FromNs);
            Assert.True(segment.FromNs >= tree.Spans[segment.Span].StartNs && segment.ToNs <= tree.EndOf(segment.Span));
            Assert.True(segment.Span == tree.Root || tree.IsBelow(segment.Span, tree.Root));
            at = segment.ToNs;
        }

        Assert.Equal(tree.EndOf(tree.Root), at);
        Assert.Equal(tree.Spans[tree.Root].DurationNs, CriticalPaths.TimeBySpan(tree, path).Sum());
    });

    [Fact]
    public void A_hundred_thousand_spans_are_no_danger_neither_deep_nor_wide()
    {
        const int Count = 100_000;
        var deep = Enumerable.Range(1, Count).Select(static i => TestTrace.Span(1, (ulong)i, (ulong)(i - 1), i * 0.001, 1000 - (i * 0.002)));
        Assert.Equal((2 * Count) - 1, CriticalPaths.Of(TraceTree.Of([.. deep])).Count);
        var wide = Enumerable.Range(1, Count).Select(static i => TestTrace.Span(1, (ulong)i, i == 1 ? 0UL : 1, i == 1 ? 0 : i, i == 1 ? 200_000 : 0.5));
        Assert.Equal((2 * Count) - 1, CriticalPaths.Of(TraceTree.Of([.. wide])).Count);
    }

    private static IEnumerable<string> Path(TestTrace trace)
    {
        var tree = TraceTree.Of(trace.Spans);
        return CriticalPaths.Of(tree).Select(segment => Shown(tree.Spans[segment.Span].SpanId, segment.FromNs, segment.ToNs));
    }

    private static string Shown(SpanId span, long fromNs, long toNs) =>
        $"{span.Value}:{(fromNs - TestTrace.BaseNs) / 1_000_000}-{(toNs - TestTrace.BaseNs) / 1_000_000}";
}
