using CsCheck;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Engines.Tests.Events;

/// <summary>The store and the ring, which looks at every span, say the same.</summary>
public sealed class StoreAgainstRingTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Spans_traces_groups_keys_and_values_are_those_of_the_ring()
    {
        await using var store = _folder.Open();
        var ring = new SpanRing(100_000, long.MaxValue);
        foreach (var batch in Made(EventGen.Spans, 1000).Select(static (span, i) => span with { SpanId = new SpanId(((ulong)i + 1) * 0x9E3779B97F4A7C15) }).Chunk(100))
        {
            await store.Spans.WriteAsync(Of(batch), None);
            await ring.WriteAsync(Of(batch), None);
        }

        await EventGen.Questions.SampleAsync(question => SameAsync(store.Spans, ring, question), iter: 100);
    }

    [Fact]
    public async Task Sealed_files_and_late_spans_in_the_table_are_found_as_the_ring_finds_them()
    {
        await using var store = _folder.Open();
        var ring = new SpanRing(100_000, long.MaxValue);
        foreach (var batch in Made(EventGen.Spans, 1000).Select(static (span, i) => span with { SpanId = new SpanId(((ulong)i + 1) * 0x9E3779B97F4A7C15) }).Chunk(100))
        {
            await store.Spans.WriteAsync(Of(batch), None);
            await ring.WriteAsync(Of(batch), None);
            if (batch[0].TraceId.Value % 3 == 0)
            {
                await store.SealAsync(None);
            }
        }

        Assert.Equal(0, _folder.Metric("toka_events_seal_failures_total"));
        await EventGen.Questions.SampleAsync(question => SameAsync(store.Spans, ring, question), iter: 100);
    }

    /// <summary>Random values, other ones in each run.</summary>
    internal static List<T> Made<T>(Gen<T> gen, int count)
    {
        var made = new List<T>();
        gen.Sample(made.Add, iter: count, threads: 1);
        return made;
    }

    internal static async Task SameAsync(ISpanReader store, ISpanReader ring, EventQuestion question)
    {
        var query = new SpanQuery { Condition = question.Condition, Range = question.Range, Limit = question.Limit };
        var (spans, expected) = (await store.FindAsync(query, None), await ring.FindAsync(query, None));
        Assert.Equal(expected.Spans.Select(EventStoreTests.Text), spans.Spans.Select(EventStoreTests.Text));
        Assert.Equal(expected.Cost.IsCut, spans.Cost.IsCut);

        var (traces, expectedTraces) = (await store.FindTracesAsync(query, None), await ring.FindTracesAsync(query, None));
        Assert.Equal(expectedTraces.Traces.Select(Words), traces.Traces.Select(Words));

        var ids = expectedTraces.Traces.Select(trace => trace.TraceId).ToList();
        Assert.Equal(
            (await ring.TracesAsync(ids, question.Range, 1000, None)).Spans.Select(EventStoreTests.Text),
            (await store.TracesAsync(ids, question.Range, 1000, None)).Spans.Select(EventStoreTests.Text));

        var aggregation = new EventAggregation { Condition = question.Condition, Range = question.Range, By = question.By, Measure = question.Measure, WithBuckets = true, StepNs = question.StepNs };
        Assert.Equal((await ring.AggregateAsync(aggregation, None)).Groups.Select(Words), (await store.AggregateAsync(aggregation, None)).Groups.Select(Words));
        Assert.Equal(
            (await ring.ValuesAsync(question.Field, question.Condition, question.Range, 1000, None)).Select(Words).Order(),
            (await store.ValuesAsync(question.Field, question.Condition, question.Range, 1000, None)).Select(Words).Order());
    }

    private static string Words(FieldValue value) => $"{value.Value.Kind}:{value.Value}={value.Count}";

    private static string Words(FoundTrace trace) => $"{trace.TraceId} {trace.MatchedCount} {string.Join(' ', trace.Matched.Select(EventStoreTests.Text))}";

    private static string Words(EventGroup group) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{group.Step} {string.Join(',', group.By.Select(value => $"{value.Kind}:{value}"))} {group.Count} {group.Sum:G9} {group.Min} {group.Max} {string.Join(',', group.Buckets)}");
}
