using Toka.Core.Attributes;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events;
using static Toka.Engines.Tests.Events.EventStoreTests;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Engines.Tests.Events;

public sealed class SealingTests : IDisposable
{
    private const long HourNs = 3_600_000_000_000;
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_sealed_span_is_read_whole_by_this_store_and_the_next_one()
    {
        var span = Span(1, 2, 5) with
        {
            ParentId = new SpanId(9),
            Kind = SpanKind.Client,
            Status = SpanStatus.Error,
            StatusMessage = "down",
            TraceState = "a=b",
            Flags = 1,
            Dropped = 3,
            Attributes = AttributesOf(("code", 503L), ("User", "a"), ("user", "b"), ("quote\"d", "new\nline"), ("größe", 0.5), ("nothing", null), ("ok", true)),
            Events = EventsOf((7, "exception", [("exception.type", "Boom")])),
            Links = LinksOf((new TraceId(77), new SpanId(78), [])),
        };
        await using (var store = _folder.Open())
        {
            await store.Spans.WriteAsync(Of(span), None);
            await store.SealAsync(None);
            Assert.Equal((0, 1, 1), (store.Status.Spans.CurrentRows, store.Status.Spans.SealedRows, store.Status.Spans.Files));
            Assert.Equal(Text(span), Text(Assert.Single((await store.Spans.TracesAsync([span.TraceId], EventRange.All, 9, None)).Spans)));
        }

        await using var again = _folder.Open();
        Assert.Equal(Text(span), Text(Assert.Single((await again.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans)));
    }

    [Fact]
    public async Task A_crash_between_the_files_and_the_end_of_the_journal_neither_doubles_nor_loses()
    {
        await using (var store = _folder.Open())
        {
            await store.Spans.WriteAsync(Of(Span(1, 1, 1), Span(2, 2, 2)), None);
            var journal = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "spans-journal")));
            File.Copy(journal, journal + ".kept");
            await store.SealAsync(None);
            File.Move(journal + ".kept", journal);
        }

        await using var again = _folder.Open();
        Assert.Equal(2, (await again.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans.Count);
        Assert.Equal((2, 0), (again.Status.Spans.CurrentRows, again.Status.Spans.Files));
        await again.SealAsync(None);
        Assert.Equal(2, (await again.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans.Count);
    }

    [Fact]
    public async Task What_a_crash_left_at_the_end_of_a_journal_is_cut_off_and_counted()
    {
        await using (var store = _folder.Open())
        {
            await store.Spans.WriteAsync(Of(Span(1, 1, 1)), None);
        }

        var journal = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "spans-journal")));
        await File.AppendAllBytesAsync(journal, [9, 0, 0, 0, 1, 2, 3]);
        await using (var again = _folder.Open())
        {
            await again.Spans.WriteAsync(Of(Span(1, 2, 2)), None);
            Assert.Equal(7, _folder.Metric("toka_events_torn_bytes_total"));
        }

        await using var third = _folder.Open();
        Assert.Equal(2, (await third.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans.Count);
    }

    [Fact]
    public async Task A_damaged_index_is_made_anew_from_its_file()
    {
        var spans = Enumerable.Range(1, 100).Select(i => Span((uint)i, (ulong)i, i) with { Attributes = AttributesOf(("n", (long)i), ("even", i % 2 == 0 ? "yes" : null)) }).ToList();
        await using (var store = _folder.Open())
        {
            await store.Spans.WriteAsync(Of(spans), None);
            await store.SealAsync(None);
        }

        var index = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "spans"), "*.idx"));
        var bytes = await File.ReadAllBytesAsync(index);
        bytes[^40] ^= 1;
        await File.WriteAllBytesAsync(index, bytes);

        await using var again = _folder.Open();
        Assert.Equal(Text(spans[41]), Text(Assert.Single((await again.Spans.FindAsync(Where("n", AttributeValue.Of(42L)), None)).Spans)));
        Assert.Equal(Text(spans[41]), Text(Assert.Single((await again.Spans.TracesAsync([new TraceId(42)], EventRange.All, 9, None)).Spans)));
        Assert.Equal(0, (await again.Spans.FindAsync(Where("n", AttributeValue.Of(1000L)), None)).Cost.Parts);
        Assert.Equal(1, _folder.Metric("toka_events_damaged_files_total"));
        Assert.Contains(".idx", again.Status.Damage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_set_aside_and_the_rest_is_found()
    {
        await using (var store = _folder.Open())
        {
            await store.Spans.WriteAsync(Of(Span(1, 1, 1)), None);
            await store.SealAsync(None);
            await store.Spans.WriteAsync(Of(Span(2, 2, 2)), None);
            await store.SealAsync(None);
        }

        var first = Directory.GetFiles(Path.Combine(_folder.Path, "spans"), "*.parquet").Order().First();
        await File.WriteAllTextAsync(first, "this is not Parquet");
        await using var again = _folder.Open();

        Assert.Equal(2ul, Assert.Single((await again.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans).SpanId.Value);
        Assert.True(File.Exists(first + ".damaged"));
        Assert.Equal(2, _folder.Metric("toka_events_damaged_files_total"));
    }

    [Fact]
    public async Task A_damaged_journal_is_set_aside_and_the_store_goes_on()
    {
        await using (var store = _folder.Open())
        {
            await store.Logs.WriteAsync(Of(Log(1, 1, "one")), None);
        }

        var journal = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "logs-journal")));
        await File.WriteAllTextAsync(journal, "this is no journal at all");
        await using var again = _folder.Open();
        await again.Logs.WriteAsync(Of(Log(1, 2, "two")), None);

        Assert.Equal("two", Assert.Single((await again.Logs.FindAsync(new LogQuery { Range = EventRange.All }, None)).Records).Body);
        Assert.True(File.Exists(journal + ".damaged"));
    }

    [Fact]
    public async Task An_hour_seals_and_the_retention_removes()
    {
        await using var store = _folder.Open(options => options with { Retention = TimeSpan.FromHours(3) });
        await store.Spans.WriteAsync(Of(Span(1, 1, 1)), None);
        await store.CareAsync();
        Assert.Equal(0, store.Status.Spans.Files);
        _folder.Clock.Advance(TimeSpan.FromHours(1));
        await store.CareAsync();
        await store.CaredAsync();
        await store.CareAsync();
        Assert.Equal(1, store.Status.Spans.Files);
        _folder.Clock.Advance(TimeSpan.FromHours(2.5));
        await store.CareAsync();

        Assert.Equal(0, store.Status.Spans.Files);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "spans")));
        Assert.Equal(1, _folder.Metric("toka_events_removed_rows_total", "age"));
    }

    [Theory]
    [InlineData("noisy")]
    [InlineData("it's \0 noisy")]
    public async Task A_noisy_service_has_files_of_its_own(string noisy)
    {
        await using var store = _folder.Open();
        for (var i = 0; i < 10; i++)
        {
            await store.Spans.WriteAsync(Of(Enumerable.Range(0, 1000).Select(n => Span((uint)n + 1, (ulong)((i * 1000) + n + 1), n, service: noisy))), None);
        }

        await store.Spans.WriteAsync(Of(Enumerable.Range(0, 1000).Select(n => Span((uint)n + 1, (ulong)n + 50_000, n, service: $"quiet-{n % 3}"))), None);
        await store.SealAsync(None);

        Assert.Equal(2, store.Status.Spans.Files);
        Assert.Equal(11, (await store.Spans.TracesAsync([new TraceId(7)], EventRange.All, 100, None)).Spans.Count);
        var groups = (await store.Spans.AggregateAsync(new EventAggregation { Range = EventRange.All, By = [new Field(FieldKind.Service)] }, None)).Groups;
        Assert.Equal([10_000, 334, 333, 333], groups.Select(group => group.Count));
    }

    [Fact]
    public async Task An_index_skips_files_and_granules_that_have_nothing()
    {
        await using var store = _folder.Open();
        for (var slice = 0; slice < 3; slice++)
        {
            await store.Spans.WriteAsync(Of(Enumerable.Range(0, 100).Select(n => Span((uint)n + 1, (ulong)((slice * 100) + n + 1), (slice * HourNs / 100) + n) with { Attributes = AttributesOf(("id", (long)((slice * 100) + n))) })), None);
            await store.SealAsync(None);
        }

        var page = await store.Spans.FindAsync(Where("id", AttributeValue.Of(150L)), None);
        Assert.Equal(151ul, Assert.Single(page.Spans).SpanId.Value);
        Assert.Equal((1, 2), (page.Cost.Parts, page.Cost.PartsSkipped));
        var newest = await store.Spans.FindAsync(new SpanQuery { Range = EventRange.All, Limit = 5 }, None);
        Assert.Equal((1, true), (newest.Cost.Parts, newest.Cost.IsCut));
    }

    [Fact]
    public async Task Keys_of_sealed_files_and_of_the_table_are_told_by_scope()
    {
        await using var store = _folder.Open();
        await store.Spans.WriteAsync(Of(Span(1, 1, 1) with { Attributes = AttributesOf(("a", "x")), Events = EventsOf((7, "e", [("b", 1L)])) }), None);
        await store.SealAsync(None);
        await store.Spans.WriteAsync(Of(Span(1, 2, 1) with { Attributes = AttributesOf(("c", true)), Links = LinksOf((new TraceId(7), new SpanId(8), [("d", 0.5)])) }), None);
        var keys = await store.Spans.KeysAsync(EventRange.All, 100, None);

        Assert.Equal(
            [(FieldKind.OwnAttribute, "a"), (FieldKind.OwnAttribute, "c"), (FieldKind.ResourceAttribute, "service.name"), (FieldKind.EventAttribute, "b"), (FieldKind.LinkAttribute, "d")],
            keys.Select(key => (key.Field.FieldKind, key.Field.Key)));
    }

    [Fact]
    public async Task A_stopped_store_is_read_without_changing_it()
    {
        await using (var store = _folder.Open())
        {
            await store.Spans.WriteAsync(Of(Span(1, 1, 1)), None);
            await store.SealAsync(None);
            await store.Spans.WriteAsync(Of(Span(1, 2, 2)), None);
        }

        var before = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Order().Select(path => (path, File.GetLastWriteTimeUtc(path))).ToList();
        await using (var reader = _folder.Open(options => options with { IsReadOnly = true }))
        {
            Assert.Equal(2, (await reader.Spans.TracesAsync([new TraceId(1)], EventRange.All, 9, None)).Spans.Count);
            await Assert.ThrowsAsync<IOException>(async () => await reader.Spans.WriteAsync(Of(Span(1, 3, 3)), None));
        }

        Assert.Equal(before, Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Order().Select(path => (path, File.GetLastWriteTimeUtc(path))));
    }

    private static SpanQuery Where(string key, AttributeValue value) =>
        new() { Range = EventRange.All, Condition = new Condition.Compare(Field.Attribute(key), Comparison.Equal, value) };
}
