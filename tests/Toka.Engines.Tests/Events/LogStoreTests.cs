using CsCheck;
using Toka.Core.Attributes;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Engines.Tests.Events;

public sealed class LogStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Log_records_in_the_table_and_in_files_are_found_as_the_ring_finds_them()
    {
        await using var store = _folder.Open();
        var ring = new LogRing(100_000, long.MaxValue);
        foreach (var (batch, i) in StoreAgainstRingTests.Made(EventGen.Spans, 600).Select(LogOf).Chunk(100).Select((batch, i) => (batch, i)))
        {
            await store.Logs.WriteAsync(Of(batch), None);
            await ring.WriteAsync(Of(batch), None);
            if (i % 2 == 1)
            {
                await store.SealAsync(None);
            }
        }

        Assert.Equal(3, store.Status.Logs.Files);
        await EventGen.Questions.SampleAsync(question => SameAsync(store.Logs, ring, question), iter: 60);
    }

    [Fact]
    public async Task Records_without_a_trace_are_found_in_files_too()
    {
        await using var store = _folder.Open();
        await store.Logs.WriteAsync(Of(EventStoreTests.Log(0, 5, "alone"), EventStoreTests.Log(1, 6, "of a trace")), None);
        await store.SealAsync(None);
        var condition = new Condition.Compare(new Field(FieldKind.TraceId), Comparison.Equal, AttributeValue.Of(""));
        var page = await store.Logs.FindAsync(new LogQuery { Range = EventRange.All, Condition = condition }, None);
        Assert.Equal("alone", Assert.Single(page.Records).Body);
    }

    [Fact]
    public async Task The_log_records_of_a_trace_come_by_time_wherever_they_are()
    {
        await using var store = _folder.Open();
        await store.Logs.WriteAsync(Of(EventStoreTests.Log(1, 30, "sealed"), EventStoreTests.Log(2, 5, "other")), None);
        await store.SealAsync(None);
        await store.Logs.WriteAsync(Of(EventStoreTests.Log(1, 10, "late")), None);
        var page = await store.Logs.OfTraceAsync(new TraceId(1), new EventRange(0, 1), 10, None);

        Assert.Equal(["late", "sealed"], page.Records.Select(log => log.Body));
        Assert.Empty((await store.Logs.OfTraceAsync(default, EventRange.All, 10, None)).Records);
    }

    [Fact]
    public async Task A_search_that_is_cancelled_ends()
    {
        await using var store = _folder.Open();
        await store.Logs.WriteAsync(Of(EventStoreTests.Log(1, 30, "x")), None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.Logs.FindAsync(new LogQuery { Range = EventRange.All }, new CancellationToken(true)));
    }

    /// <summary>Times of their own, so that there is one order.</summary>
    private static LogRecord LogOf(SpanRecord span, int i) => new()
    {
        TimeNs = StoreFolder.NowNs + ((i * 7919L) % 2003) - 1000,
        ObservedNs = span.StartNs + 1,
        TraceId = i % 4 == 0 ? default : span.TraceId,
        SpanId = i % 4 == 0 ? default : span.SpanId,
        Origin = span.Origin,
        Severity = (byte)(span.DurationNs % 25),
        SeverityText = span.StatusMessage,
        EventName = i % 5 == 0 ? span.Name : "",
        Body = span.Name,
        Attributes = span.Attributes,
    };

    private static async Task SameAsync(LogStore store, LogRing ring, EventQuestion question)
    {
        foreach (var isOldestFirst in new[] { false, true })
        {
            var query = new LogQuery { Condition = question.Condition, Range = question.Range, Limit = question.Limit, IsOldestFirst = isOldestFirst };
            var (page, expected) = (await store.FindAsync(query, None), await ring.FindAsync(query, None));
            Assert.Equal(expected.Records.Select(Text), page.Records.Select(Text));
            Assert.Equal(expected.Cost.IsCut, page.Cost.IsCut);
        }

        var aggregation = new EventAggregation { Condition = question.Condition, Range = question.Range, By = question.By, StepNs = question.StepNs };
        Assert.Equal((await ring.AggregateAsync(aggregation, None)).Groups.Select(Words), (await store.AggregateAsync(aggregation, None)).Groups.Select(Words));
    }

    private static string Words(EventGroup group) => $"{group.Step} {string.Join(',', group.By.Select(value => $"{value.Kind}:{value}"))} {group.Count}";

    private static string Text(LogRecord log) => string.Join('|',
        log.TimeNs, log.ObservedNs, log.TraceId, log.SpanId, log.Origin.Id, log.Flags, log.Dropped, log.Severity, log.SeverityText, log.EventName, log.Body, EventStoreTests.AttributeText(log.Attributes.Span));
}
