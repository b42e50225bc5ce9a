using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Searching;
using Toka.Core.Spans;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Core.Tests.Spans;

public sealed class SpanRingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_newest_spans_that_hold_the_condition_come_first_and_a_limit_is_said()
    {
        var ring = await RingOf(Span(1, 1, 100), Span(1, 2, 300), Span(2, 3, 200, "other"));
        var page = await ring.FindAsync(new SpanQuery { Condition = NameIs("op"), Range = EventRange.All, Limit = 1 }, None);

        Assert.Equal([2ul], page.Spans.Select(span => span.SpanId.Value));
        Assert.Equal(new SearchCost(3, 0, 0, true), page.Cost);
    }

    [Fact]
    public async Task A_range_has_its_both_ends()
    {
        var ring = await RingOf(Span(1, 1, 100), Span(1, 2, 200), Span(1, 3, 300));
        var page = await ring.FindAsync(new SpanQuery { Range = new EventRange(100, 200) }, None);

        Assert.Equal([2ul, 1ul], page.Spans.Select(span => span.SpanId.Value));
        Assert.False(page.Cost.IsCut);
    }

    [Fact]
    public async Task Traces_come_by_their_newest_matching_span()
    {
        var ring = await RingOf(Span(1, 1, 100), Span(1, 2, 400, "other"), Span(2, 3, 200), Span(2, 4, 150), Span(3, 5, 50));
        var page = await ring.FindTracesAsync(new SpanQuery { Condition = NameIs("op"), Range = EventRange.All, Limit = 2, SpansPerTrace = 1 }, None);

        Assert.Equal([2u, 1u], page.Traces.Select(trace => (uint)trace.TraceId.Value));
        Assert.Equal(4ul, Assert.Single(page.Traces[0].Matched).SpanId.Value);
        Assert.Equal(2, page.Traces[0].MatchedCount);
        Assert.True(page.Cost.IsCut);
    }

    [Fact]
    public async Task Whole_traces_come_in_the_order_that_was_asked_for()
    {
        var ring = await RingOf(Span(1, 1, 100), Span(2, 3, 200), Span(2, 4, 150));
        var page = await ring.TracesAsync([new TraceId(2), new TraceId(9), new TraceId(1)], new EventRange(0, 1), 10, None);

        Assert.Equal([4ul, 3ul, 1ul], page.Spans.Select(span => span.SpanId.Value));
        Assert.True((await ring.TracesAsync([new TraceId(2)], EventRange.All, 1, None)).Cost.IsCut);
    }

    [Fact]
    public async Task A_summary_tells_root_length_errors_and_services()
    {
        var root = Span(1, 1, 100) with { DurationNs = 50 };
        var child = Span(1, 2, 90, "child", "db") with { ParentId = new SpanId(1), DurationNs = 100, Status = SpanStatus.Error };
        var ring = await RingOf(child, root, child with { SpanId = new SpanId(3), Status = SpanStatus.Ok });
        var summary = Assert.Single(await ring.SummariesAsync([new TraceId(1), new TraceId(7)], EventRange.All, None));

        Assert.Equal((90L, 100L, "web", "op", true, 3, 1), (summary.StartNs, summary.DurationNs, summary.RootService, summary.RootName, summary.HasRoot, summary.Spans, summary.Errors));
        Assert.Equal([new ServiceCount("db", 2, 1), new ServiceCount("web", 1, 0)], summary.Services);
    }

    [Fact]
    public async Task A_trace_without_a_root_is_told_by_its_first_span()
    {
        var ring = await RingOf(Span(1, 2, 90, "late") with { ParentId = new SpanId(1) }, Span(1, 3, 80, "first") with { ParentId = new SpanId(1) });
        var summary = Assert.Single(await ring.SummariesAsync([new TraceId(1)], EventRange.All, None));

        Assert.Equal(("first", false), (summary.RootName, summary.HasRoot));
    }

    [Fact]
    public async Task Groups_are_by_step_and_by_fields_with_sums_and_buckets()
    {
        var ring = await RingOf(
            Span(1, 1, 100) with { DurationNs = 1 },
            Span(1, 2, 109) with { DurationNs = 4 },
            Span(1, 3, 110) with { DurationNs = 8 },
            Span(1, 4, 110, "other") with { DurationNs = 0 });
        var groups = (await ring.AggregateAsync(new EventAggregation
        {
            Range = new EventRange(100, 200),
            StepNs = 10,
            By = [new Field(FieldKind.Name), Field.Attribute("none")],
            Measure = new Field(FieldKind.Duration),
            WithBuckets = true,
        }, None)).Groups;

        Assert.Equal(3, groups.Count);
        Assert.Equal((0, 2L, 5.0, 1.0, 4.0), (groups[0].Step, groups[0].Count, groups[0].Sum, groups[0].Min, groups[0].Max));
        Assert.Equal([AttributeValue.Of("op"), default], groups[0].By);
        Assert.Equal([KeyValuePair.Create(0, 1L), KeyValuePair.Create(16, 1L)], groups[0].Buckets);
        Assert.Equal([KeyValuePair.Create(EventBuckets.Zero, 1L)], groups.Single(group => group.By[0].Text == "other").Buckets);
    }

    [Fact]
    public async Task What_has_no_number_is_in_no_group_of_a_measure()
    {
        var ring = await RingOf(Span(1, 1, 100) with { Attributes = AttributesOf(("n", 3L)) }, Span(1, 2, 100) with { Attributes = AttributesOf(("n", "x")) }, Span(1, 3, 100));
        var measured = await ring.AggregateAsync(new EventAggregation { Range = EventRange.All, Measure = Field.Attribute("n") }, None);
        var counted = await ring.AggregateAsync(new EventAggregation { Range = EventRange.All }, None);

        Assert.Equal((1L, 3.0), (measured.Groups.Single().Count, measured.Groups.Single().Sum));
        Assert.Equal(3, counted.Groups.Single().Count);
        Assert.True(double.IsNaN(counted.Groups.Single().Min));
    }

    [Fact]
    public async Task More_groups_than_the_limit_are_said_and_too_many_fields_refused()
    {
        var ring = await RingOf(Span(1, 1, 100), Span(1, 2, 100, "other"));
        var cut = await ring.AggregateAsync(new EventAggregation { Range = EventRange.All, By = [new Field(FieldKind.Name)], Limit = 1 }, None);
        Assert.Single(cut.Groups);
        Assert.True(cut.Cost.IsCut);

        var six = Enumerable.Repeat(new Field(FieldKind.Name), 6).ToArray();
        await Assert.ThrowsAsync<BadInputException>(async () => await ring.AggregateAsync(new EventAggregation { Range = EventRange.All, By = six }, None));
    }

    [Fact]
    public async Task Keys_and_values_in_use_are_told()
    {
        var ring = await RingOf(
            Span(1, 1, 100) with { Attributes = AttributesOf(("b", 1L), ("a", "x")), Events = EventsOf((1, "e", [("k", true)])) },
            Span(1, 2, 100) with { Attributes = AttributesOf(("a", "y")) },
            Span(1, 3, 100) with { Attributes = AttributesOf(("a", "y")) });

        var keys = await ring.KeysAsync(EventRange.All, 10, None);
        Assert.Equal(
            [new(new Field(FieldKind.OwnAttribute, "a"), AttributeKind.Text), new(new Field(FieldKind.OwnAttribute, "b"), AttributeKind.Int),
                new(new Field(FieldKind.ResourceAttribute, "service.name"), AttributeKind.Text), new FieldKey(new Field(FieldKind.EventAttribute, "k"), AttributeKind.Bool)],
            keys);
        var values = await ring.ValuesAsync(Field.Attribute("a"), Condition.Always, EventRange.All, 10, None);
        Assert.Equal([new(AttributeValue.Of("y"), 2), new FieldValue(AttributeValue.Of("x"), 1)], values);
    }

    [Fact]
    public async Task The_oldest_go_first_when_there_are_too_many_and_are_counted()
    {
        var ring = new SpanRing(spansMax: 2);
        await ring.WriteAsync(Of(Span(1, 1, 300), Span(1, 2, 200), Span(1, 3, 100)), None);
        var page = await ring.FindAsync(new SpanQuery { Range = EventRange.All }, None);

        Assert.Equal([2ul, 3ul], page.Spans.Select(span => span.SpanId.Value));
        Assert.Equal((2, 1L), (ring.Count, ring.Dropped));
    }

    [Fact]
    public async Task Bytes_are_bounded_and_nothing_is_kept_of_what_went()
    {
        var ring = new SpanRing(bytesMax: 10_000);
        for (var i = 0ul; i < 100; i++)
        {
            await ring.WriteAsync(Of(Span(1, i + 1, 100, service: "service" + i)), None);
            Assert.InRange(ring.Bytes, 1, 10_000);
        }

        Assert.Equal(100, ring.Count + ring.Dropped);
        await ring.WriteAsync(Of(Span(1, 1, 100) with { Name = new string('x', 20_000) }), None);
        Assert.Equal((0, 0L, 101L), (ring.Count, ring.Bytes, ring.Dropped));
    }

    private static SpanRecord Span(ulong trace, ulong id, long start, string name = "op", string service = "web") => new()
    {
        TraceId = new TraceId(trace),
        SpanId = new SpanId(id),
        StartNs = start,
        DurationNs = 10,
        Origin = From(service),
        Name = name,
    };

    private static Condition.Compare NameIs(string name) => new Condition.Compare(new Field(FieldKind.Name), Comparison.Equal, AttributeValue.Of(name));

    private static async Task<SpanRing> RingOf(params SpanRecord[] spans)
    {
        var ring = new SpanRing();
        Assert.Equal(new EventWriteResult(spans.Length), await ring.WriteAsync(Of(spans), None));
        return ring;
    }
}
