using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Tracing.Live;

namespace Toka.Features.Tests.Tracing.Live;

public sealed class FeedTests
{
    private readonly SelfMetrics _metrics = new();

    [Fact]
    public async Task A_follower_gets_the_spans_of_its_condition_once_they_are_stored()
    {
        var feed = new SpanFeed(new SpanRing(), _metrics);
        using var errors = feed.Subscribe(new Condition.Compare(new Field(FieldKind.Status), Core.Searching.Comparison.Equal, AttributeValue.Of((long)SpanStatus.Error)));
        await feed.WriteAsync(TestTrace.BatchOf([TestTrace.Span(1, 1, 0, 0, 5), TestTrace.Span(1, 2, 0, 0, 5, status: SpanStatus.Error)]), CancellationToken.None);
        Assert.Equal((2UL, 0L), await NextAsync(errors));
    }

    [Fact]
    public async Task A_slow_follower_loses_the_oldest_and_is_told_how_many()
    {
        var feed = new SpanFeed(new SpanRing(), _metrics);
        using var slow = feed.Subscribe(Condition.Always, 3);
        await feed.WriteAsync(TestTrace.BatchOf(Enumerable.Range(1, 10).Select(static i => TestTrace.Span(1, (ulong)i, 0, 0, 5))), CancellationToken.None);
        Assert.Equal((8UL, 7L), await NextAsync(slow));
        Assert.Equal(7, _metrics.Read().Single(static m => m.Labels["reason"] == "slow_subscriber").Value);
    }

    [Fact]
    public async Task What_was_not_stored_is_not_shown_and_who_left_gets_nothing()
    {
        var feed = new SpanFeed(new RefusingWriter(), _metrics);
        var subscription = feed.Subscribe(Condition.Always);
        await feed.WriteAsync(TestTrace.BatchOf([TestTrace.Span(1, 1, 0, 0, 5)]), CancellationToken.None);
        subscription.Dispose();
        await foreach (var item in subscription.ReadAllAsync(CancellationToken.None))
        {
            Assert.Fail(item.ToString());
        }
    }

    [Fact]
    public async Task A_condition_that_is_not_valid_ends_its_own_follower_and_no_write()
    {
        var feed = new SpanFeed(new SpanRing(), _metrics);
        using var bad = feed.Subscribe(new Condition.Compare(new Field(FieldKind.Name), Core.Searching.Comparison.Matches, AttributeValue.Of("(")));
        Assert.Equal(1, (await feed.WriteAsync(TestTrace.BatchOf([TestTrace.Span(1, 1, 0, 0, 5)]), CancellationToken.None)).Accepted);
        await Assert.ThrowsAsync<BadInputException>(() => NextAsync(bad));
    }

    [Fact]
    public void Followers_are_bounded_and_a_place_is_given_back()
    {
        var feed = new SpanFeed(new SpanRing(), _metrics);
        var all = Enumerable.Range(0, 100).Select(_ => feed.Subscribe(Condition.Always)).ToArray();
        Assert.Throws<LimitExceededException>(() => feed.Subscribe(Condition.Always));
        all[0].Dispose();
        feed.Subscribe(Condition.Always).Dispose();
    }

    [Fact]
    public async Task Log_records_are_followed_alike()
    {
        var feed = new LogFeed(new LogRing(), _metrics);
        using var subscription = feed.Subscribe(Condition.Always);
        var batch = new LogBatch();
        batch.Add(new LogRow { TimeNs = 5, Origin = batch.AddOrigin(TestTrace.OriginOf("shop")), Body = batch.Bytes.Add(Encoding.UTF8.GetBytes("hello")) });
        await feed.WriteAsync(batch, CancellationToken.None);
        await foreach (var item in subscription.ReadAllAsync(CancellationToken.None))
        {
            Assert.Equal("hello", item.Record.Body);
            return;
        }
    }

    private static async Task<(ulong Span, long Lost)> NextAsync(FeedSubscription<SpanRecord> subscription)
    {
        await foreach (var item in subscription.ReadAllAsync(CancellationToken.None))
        {
            return (item.Record.SpanId.Value, item.Lost);
        }

        return default;
    }

    private sealed class RefusingWriter : ISpanWriter
    {
        public ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken) => ValueTask.FromResult(new EventWriteResult(0, OverQuota: batch.Count));
    }
}
