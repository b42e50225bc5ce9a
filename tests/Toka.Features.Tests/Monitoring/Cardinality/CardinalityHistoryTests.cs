using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Features.Tests.Monitoring.Support;
using Toka.Monitoring.Cardinality;
using Toka.TimeSeries;

namespace Toka.Features.Tests.Monitoring.Cardinality;

public sealed class CardinalityHistoryTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SelfMetrics _metrics = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task What_grew_since_yesterday_is_told_by_metric_job_pair_and_label()
    {
        await using var store = MetricStore.Open(new MetricStoreOptions { Retention = TimeSpan.FromDays(3) }, _time, new SelfMetrics());
        var history = History(store, store);
        await AddAsync(store, "requests", 0, 5);
        await history.RecordAsync(CancellationToken.None);
        var recorded = _time.GetUtcNow().ToUnixTimeMilliseconds();

        _time.Advance(TimeSpan.FromDays(1));
        await AddAsync(store, "requests", 0, 40);
        await AddAsync(store, "fresh", 0, 3);
        var growth = await history.CompareAsync(100, recorded + 60_000, CancellationToken.None);

        Assert.Equal(recorded, growth.RecordedAtMs);
        Assert.Equal((40, 5), Of(growth, "metric", "requests"));
        Assert.Equal((3, null), Of(growth, "metric", "fresh"));
        Assert.Equal((43, 5), Of(growth, "job", "app"));
        Assert.Equal((43, 5), Of(growth, "pair", "zone=a"));
        Assert.Equal((40, 5), Of(growth, "label", "n"));
        Assert.Equal("requests", growth.Entries.First(static e => e.By == "metric").Name);
    }

    [Fact]
    public async Task Without_a_record_nothing_is_compared()
    {
        await using var store = MetricStore.Open(new MetricStoreOptions(), _time, new SelfMetrics());
        await AddAsync(store, "requests", 0, 5);
        var growth = await History(store, store).CompareAsync(2, _time.GetUtcNow().ToUnixTimeMilliseconds(), CancellationToken.None);
        Assert.Null(growth.RecordedAtMs);
        Assert.Equal((5, 8), (growth.Series, growth.LabelPairs));
        Assert.All(growth.Entries, static entry => Assert.Null(entry.Before));
    }

    [Fact]
    public async Task A_record_that_cannot_be_written_is_counted_and_told_and_the_next_one_is_tried()
    {
        await GoesOnAfterAsync(new IOException("the disk is full"));
        Assert.Equal("where series come from was not recorded: the disk is full; it is tried again in ten minutes", Assert.Single(_log.Lines));

        // The metric, the job, and three labels with a value each.
        Assert.Equal(8, _metrics.Dropped("metrics", "write_failed").Value);
    }

    [Fact]
    public async Task Any_other_failure_is_logged_too_and_does_not_end_the_recording()
    {
        await GoesOnAfterAsync(new InvalidOperationException("BUG: two writers"));
        Assert.Contains("not recorded", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_store_refuses_of_a_record_is_counted_and_told_once()
    {
        await using var store = MetricStore.Open(new MetricStoreOptions { SeriesMax = 2 }, _time, _metrics);
        await AddAsync(store, "requests", 0, 1);
        var history = History(store, store);
        await history.RecordAsync(CancellationToken.None);
        var refused = _metrics.Dropped("metrics", "series_limit").Value;
        Assert.True(refused > 1);
        await history.RecordAsync(CancellationToken.None);

        Assert.StartsWith($"the store refused {refused} of the samples that record where series come from: ", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    private CardinalityHistory History(MetricStore store, ISeriesWriter writer) => new(store, store, writer, _metrics, _time, _log);

    private async Task GoesOnAfterAsync(Exception failure)
    {
        await using var store = MetricStore.Open(new MetricStoreOptions(), _time, new SelfMetrics());
        await AddAsync(store, "requests", 0, 1);
        var writer = new FailingOnce(store, failure);
        var history = History(store, writer);
        using var stop = new CancellationTokenSource();
        var run = history.RunAsync(stop.Token);
        Assert.False(run.IsCompleted);
        _time.Advance(CardinalityHistory.Interval);
        await writer.Written.Task;
        await stop.CancelAsync();
        await run;
    }

    private static (long, long?) Of(CardinalityGrowth growth, string by, string name)
    {
        var entry = Assert.Single(growth.Entries, e => e.By == by && e.Name == name);
        return (entry.Count, entry.Before);
    }

    private async Task AddAsync(MetricStore store, string metric, int first, int count)
    {
        using var batch = new WriteBatch();
        for (var i = first; i < first + count; i++)
        {
            batch.Add(LabelSet.Of((LabelSet.MetricName, metric), ("job", "app"), ("n", i.ToString()), ("zone", "a")), _time.GetUtcNow().ToUnixTimeMilliseconds(), i);
        }

        Assert.Equal(count, (await store.WriteAsync(batch, CancellationToken.None)).Accepted);
    }

    private sealed class FailingOnce(ISeriesWriter inner, Exception failure) : ISeriesWriter
    {
        private bool _failed;

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
        {
            if (!_failed)
            {
                _failed = true;
                throw failure;
            }

            var result = await inner.WriteAsync(batch, cancellationToken);
            Written.TrySetResult();
            return result;
        }
    }
}
