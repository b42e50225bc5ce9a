using Toka.Core.Attributes;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Core.Tests.Logs;

public sealed class LogRingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Records_come_newest_or_oldest_first()
    {
        var ring = await RingOf(Log(1, "a"), Log(3, "b"), Log(2, "c"));
        var newest = await ring.FindAsync(new LogQuery { Range = EventRange.All, Limit = 2 }, None);
        var oldest = await ring.FindAsync(new LogQuery { Range = new EventRange(2, 3), IsOldestFirst = true }, None);

        Assert.Equal(["b", "c"], newest.Records.Select(log => log.Body));
        Assert.True(newest.Cost.IsCut);
        Assert.Equal(["c", "b"], oldest.Records.Select(log => log.Body));
        Assert.False(oldest.Cost.IsCut);
    }

    [Fact]
    public async Task A_traces_records_come_by_time_and_no_trace_has_none()
    {
        var ring = await RingOf(Log(3, "b") with { TraceId = new TraceId(1) }, Log(2, "a") with { TraceId = new TraceId(1) }, Log(1, "none"));

        Assert.Equal(["a", "b"], (await ring.OfTraceAsync(new TraceId(1), new EventRange(9, 9), 10, None)).Records.Select(log => log.Body));
        Assert.True((await ring.OfTraceAsync(new TraceId(1), EventRange.All, 1, None)).Cost.IsCut);
        Assert.Empty((await ring.OfTraceAsync(default, EventRange.All, 10, None)).Records);
    }

    [Fact]
    public async Task Severities_are_counted_by_step()
    {
        var ring = await RingOf(Log(10, "a") with { Severity = 17 }, Log(19, "b") with { Severity = 17 }, Log(20, "c") with { Severity = 9 });
        var groups = await ring.AggregateAsync(new EventAggregation { Range = new EventRange(10, 30), StepNs = 10, By = [new Field(FieldKind.Severity)] }, None);

        Assert.Equal([(0, 17L, 2L), (1, 9L, 1L)], groups.Groups.Select(group => (group.Step, group.By[0].Int, group.Count)));
    }

    [Fact]
    public async Task Keys_and_values_in_use_are_told()
    {
        var ring = await RingOf(Log(1, "a") with { Attributes = AttributesOf(("user", "ann")) }, Log(2, "b") with { Attributes = AttributesOf(("user", "bob")) });

        Assert.Contains(new FieldKey(new Field(FieldKind.OwnAttribute, "user"), AttributeKind.Text), await ring.KeysAsync(EventRange.All, 10, None));
        var values = await ring.ValuesAsync(Field.Attribute("user"), Condition.Always, EventRange.All, 1, None);
        Assert.Equal("ann", Assert.Single(values).Value.Text);
    }

    [Fact]
    public async Task The_oldest_go_first_when_there_are_too_many_and_are_counted()
    {
        var ring = new LogRing(recordsMax: 1);
        await ring.WriteAsync(Of(Log(2, "a"), Log(1, "b")), None);

        Assert.Equal("b", Assert.Single((await ring.FindAsync(new LogQuery { Range = EventRange.All }, None)).Records).Body);
        Assert.Equal((1, 1L), (ring.Count, ring.Dropped));
    }

    private static LogRecord Log(long time, string body) => new() { TimeNs = time, Body = body, Origin = From("web") };

    private static async Task<LogRing> RingOf(params LogRecord[] logs)
    {
        var ring = new LogRing();
        Assert.Equal(new EventWriteResult(logs.Length), await ring.WriteAsync(Of(logs), None));
        return ring;
    }
}
