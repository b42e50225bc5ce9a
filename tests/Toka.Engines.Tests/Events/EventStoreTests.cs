using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Engines.Tests.Events;

public sealed class EventStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_span_that_was_written_is_found_and_read_whole()
    {
        await using var store = _folder.Open();
        var span = Span(1, 2, 5) with
        {
            ParentId = new SpanId(9),
            Kind = SpanKind.Client,
            Status = SpanStatus.Error,
            StatusMessage = "it is down, whatever the reason may be",
            TraceState = "a=b",
            Flags = 1,
            Dropped = 3,
            Attributes = AttributesOf(("http.response.status_code", 503L), ("http.route", "/a/very/long/route/with/{id}"), ("ok", false), ("share", 0.5)),
            Events = EventsOf((7, "exception", [("exception.type", "Boom")])),
            Links = LinksOf((new TraceId(77), new SpanId(78), [])),
        };

        var result = await store.Spans.WriteAsync(Of(span), None);
        var found = Assert.Single((await store.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans);

        Assert.Equal(new EventWriteResult(1), result);
        Assert.Equal(Text(span), Text(found));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_closing_and_opening_again()
    {
        await using (var store = _folder.Open())
        {
            await store.Spans.WriteAsync(Of(Span(1, 1, 100), Span(1, 2, 200, "child")), None);
            await store.Logs.WriteAsync(Of(Log(1, 150, "hello")), None);
        }

        await using var again = _folder.Open();
        var spans = (await again.Spans.TracesAsync([new TraceId(1)], EventRange.All, 10, None)).Spans;
        var logs = (await again.Logs.OfTraceAsync(new TraceId(1), EventRange.All, 10, None)).Records;

        Assert.Equal(["op", "child"], spans.Select(span => span.Name));
        Assert.Equal("shop", spans[0].Origin.Service);
        Assert.Equal("hello", Assert.Single(logs).Body);
    }

    [Fact]
    public async Task A_summary_has_root_and_services()
    {
        await using var store = _folder.Open();
        await store.Spans.WriteAsync(Of(Span(1, 1, 100), Span(1, 2, 200, "child", "db") with { ParentId = new SpanId(1) }), None);
        var summary = Assert.Single(await store.Spans.SummariesAsync([new TraceId(5), new TraceId(1)], EventRange.All, None));

        Assert.Equal(("shop", "op", true, 2), (summary.RootService, summary.RootName, summary.HasRoot, summary.Spans));
    }

    [Fact]
    public async Task Opening_and_searching_an_empty_directory_makes_no_database()
    {
        await using var store = _folder.Open();
        Assert.Empty((await store.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans);
        Assert.Empty(await store.Spans.KeysAsync(EventRange.All, 10, None));
        Assert.Empty((await store.Logs.FindAsync(new LogQuery { Range = EventRange.All }, None)).Records);

        Assert.Equal(["lock"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_is_too_old_or_too_far_ahead_is_refused_and_counted_and_the_rest_is_stored()
    {
        await using var store = _folder.Open();
        var old = Span(1, 1, 0) with { StartNs = StoreFolder.NowNs - (TimeSpan.FromDays(8).Ticks * 100) };
        var ahead = Span(1, 2, 0) with { StartNs = StoreFolder.NowNs + (TimeSpan.FromMinutes(11).Ticks * 100) };
        var result = await store.Spans.WriteAsync(Of(old, ahead, Span(1, 3, 1)), None);

        Assert.Equal((1, 1, 1), (result.Accepted, result.TooOld, result.TooFarInFuture));
        Assert.Contains("shop", result.FirstReason, StringComparison.Ordinal);
        Assert.Equal(3ul, Assert.Single((await store.Spans.FindAsync(new SpanQuery { Range = EventRange.All }, None)).Spans).SpanId.Value);
        Assert.Equal(1, _folder.Metric("toka_dropped_total", "spans", "too_old"));
        Assert.Equal(1, _folder.Metric("toka_dropped_total", "spans", "too_far_in_future"));
    }

    [Fact]
    public async Task A_service_over_its_quota_is_refused_and_another_one_is_not()
    {
        await using var store = _folder.Open(options => options with { ServiceRateMax = 1 });
        var noisy = await store.Spans.WriteAsync(Of(Enumerable.Range(1, 30).Select(i => Span(1, (ulong)i, i, service: "noisy"))), None);
        var quiet = await store.Spans.WriteAsync(Of(Span(1, 99, 1, service: "quiet")), None);
        _folder.Clock.Advance(TimeSpan.FromSeconds(5));
        var later = await store.Spans.WriteAsync(Of(Enumerable.Range(1, 30).Select(i => Span(1, (ulong)i, i, service: "noisy"))), None);

        Assert.Equal((10, 20), (noisy.Accepted, noisy.OverQuota));
        Assert.Equal(1, quiet.Accepted);
        Assert.Equal(5, later.Accepted);
    }

    [Fact]
    public async Task Many_writers_at_once_lose_nothing()
    {
        await using var store = _folder.Open();
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(writer => Task.Run(async () =>
            await store.Spans.WriteAsync(Of(Enumerable.Range(0, 50).Select(i => Span((uint)writer + 1, (ulong)i + 1, i))), None))));

        var groups = await store.Spans.AggregateAsync(new EventAggregation { Range = EventRange.All }, None);
        Assert.Equal(2000, results.Sum(result => result.Accepted));
        Assert.Equal(2000, Assert.Single(groups.Groups).Count);
        Assert.Equal(2000, _folder.Metric("toka_events_stored_total", "spans"));
    }

    [Fact]
    public async Task Two_stores_do_not_share_a_directory()
    {
        await using var store = _folder.Open();
        Assert.Throws<BadInputException>(() => _folder.Open());
    }

    [Fact]
    public async Task A_bad_expression_is_refused_by_name()
    {
        await using var store = _folder.Open();
        await store.Spans.WriteAsync(Of(Span(1, 1, 1)), None);
        var query = new SpanQuery { Range = EventRange.All, Condition = new Condition.Compare(new Field(FieldKind.Name), Comparison.Matches, AttributeValue.Of("(")) };

        await Assert.ThrowsAsync<BadInputException>(async () => await store.Spans.FindAsync(query, None));
    }

    internal static SpanRecord Span(uint trace, ulong id, long startNs, string name = "op", string service = "shop") => new()
    {
        TraceId = new TraceId(trace),
        SpanId = new SpanId(id),
        StartNs = StoreFolder.NowNs + startNs,
        DurationNs = 10,
        Origin = From(service),
        Name = name,
    };

    internal static LogRecord Log(uint trace, long timeNs, string body, byte severity = 9) => new()
    {
        TraceId = new TraceId(trace),
        TimeNs = StoreFolder.NowNs + timeNs,
        Origin = From("shop"),
        Severity = severity,
        Body = body,
    };

    /// <summary>All of a span, in words that can be compared; attributes by key.</summary>
    internal static string Text(SpanRecord span) => string.Join('|',
        span.TraceId, span.SpanId, span.ParentId, span.StartNs, span.DurationNs, span.Origin.Id, span.Name, span.Kind, span.Status, span.StatusMessage, span.TraceState, span.Flags, span.Dropped,
        AttributeText(span.Attributes.Span), System.Text.Encoding.UTF8.GetString(span.Events.Span), System.Text.Encoding.UTF8.GetString(span.Links.Span));

    internal static string AttributeText(ReadOnlySpan<byte> json) =>
        string.Join(',', AttributeJson.Read(json).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key}={one.Value.Kind}:{one.Value}"));
}
