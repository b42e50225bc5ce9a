using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Columns;
using Toka.TimeSeries;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Wal;

namespace Toka.Engines.Tests.TimeSeries;

/// <summary>Histograms, exemplars and begins of counters through the whole store.</summary>
public sealed class SideStoreTests : IDisposable
{
    private static readonly LabelSet s_latency = Fixture.Labels("latency");
    private static readonly LabelSet s_requests = Fixture.Labels("requests_total");

    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Everything_written_is_read_from_the_log_from_blocks_and_from_both()
    {
        var run = Run(300);
        var store = _fixture.ToBeKilled();
        await store.Recovered;
        Assert.Equal(new WriteResult(150 + 150, Histograms: 150), await Write(store, run.Take(150)) with { Exemplars = 0 });
        await Expect(store, run.Take(150));

        // Killed: the next one has the log only.
        await store.DisposeAsync();
        store = _fixture.ToBeKilled();
        await store.Recovered;
        await Expect(store, run.Take(150));
        Assert.True(store.Seal());
        await Expect(store, run.Take(150));
        await Write(store, run.Skip(150));
        await Expect(store, run);

        // Killed again: a block and the log.
        await store.DisposeAsync();
        store = _fixture.OnDisk();
        await store.Recovered;
        await Expect(store, run);
        await store.DisposeAsync();

        // Stopped: blocks only.
        await using var last = _fixture.OnDisk();
        await last.Recovered;
        Assert.Equal(0, last.Recovery.Samples);
        await Expect(last, run);
    }

    [Fact]
    public async Task The_same_again_is_idempotent_and_another_value_a_named_conflict()
    {
        await using var store = _fixture.InMemory();
        var run = Run(20);
        await Write(store, run);
        Assert.Equal(new WriteResult(0, Duplicates: 40, Histograms: 20, Exemplars: 20), await Write(store, run));
        using var batch = new WriteBatch();
        batch.AddHistogram(s_latency, run[3].Time, NativeHistogram.Stale);
        var result = await store.WriteAsync(batch, CancellationToken.None);
        Assert.Equal((1, 0), (result.Conflicting, result.Accepted));
        Assert.Contains("latency", result.FirstReason, StringComparison.Ordinal);
        await Expect(store, run);
    }

    [Fact]
    public async Task Of_two_histograms_at_one_time_in_two_blocks_the_one_written_first_is_read()
    {
        await using var store = _fixture.ToBeKilled();
        var run = Run(20);
        await Write(store, run.Skip(5));
        Assert.True(store.Seal());
        await Write(store, run.Take(5));
        using var batch = new WriteBatch();
        batch.AddHistogram(s_latency, run[10].Time, NativeHistogram.Stale);
        await store.WriteAsync(batch, CancellationToken.None);
        Assert.True(store.Seal());

        await Expect(store, run);
    }

    [Fact]
    public async Task The_doctor_finds_nothing_wrong_with_what_was_sealed()
    {
        await using (var store = _fixture.OnDisk())
        {
            await store.Recovered;
            await Write(store, Run(300));
        }

        var report = Toka.TimeSeries.Care.StoreDoctor.Examine(_fixture.Path, repairs: false, CancellationToken.None);
        Assert.True(report.Blocks > 0);
        Assert.Empty(report.Findings);
    }

    [Fact]
    public async Task A_counters_begin_that_is_not_kept_is_counted_with_the_reason()
    {
        await using var store = _fixture.ToBeKilled();
        using var batch = new WriteBatch();
        var time = _fixture.NowMs;
        batch.Add(s_requests, time, 1);
        batch.AddCreatedOfLastRow(time - 5);
        await store.WriteAsync(batch, CancellationToken.None);

        batch.Clear();
        batch.AddCreated(s_requests, time, time - 6);
        await store.WriteAsync(batch, CancellationToken.None);
        Assert.Equal(1, _fixture.Counter("toka_dropped_total", ("signal", "created"), ("reason", "conflicting")));

        batch.Clear();
        for (var i = 1; i <= SideSeries.CreatedMax; i++)
        {
            batch.AddCreated(s_requests, time + i, time + i);
        }

        await store.WriteAsync(batch, CancellationToken.None);
        batch.Clear();
        batch.AddCreated(s_requests, time + SideSeries.CreatedMax + 1, 7);
        await store.WriteAsync(batch, CancellationToken.None);
        Assert.Equal(SideSeries.CreatedMax, _fixture.Counter("toka_store_created_total"));
        Assert.Equal(2, _fixture.Counter("toka_dropped_total", ("signal", "created"), ("reason", "limit")));
    }

    [Fact]
    public async Task What_breaks_the_rule_is_refused_by_name_and_loses_nothing_beside_it()
    {
        await using var store = _fixture.InMemory();
        using var batch = new WriteBatch();
        var layout = new HistogramLayout(0, 0, [new HistogramSpan(0, 1)], [], []);
        batch.AddHistogram(s_latency, _fixture.NowMs, new NativeHistogram(layout, HistogramResetHint.Unknown, 0, 5, 1, [1]));
        batch.AddHistogram(s_latency, _fixture.NowMs - 1, NativeHistogram.Stale);
        batch.AddHistogram(s_latency, _fixture.NowMs + 86_400_000, NativeHistogram.Stale);
        batch.AddHistogram(s_latency, 5, NativeHistogram.Stale);
        batch.AddExemplar(s_requests, new Exemplar(LabelSet.Empty, _fixture.NowMs, 1));
        batch.AddExemplar(s_latency, new Exemplar(LabelSet.Empty, 5, 1));
        var result = await store.WriteAsync(batch, CancellationToken.None);
        Assert.Equal((1, 1, 1, 1), (result.Accepted, result.Unstorable, result.TooFarInFuture, result.TooOld));
        Assert.Contains("add up to the count", result.FirstReason, StringComparison.Ordinal);
        Assert.Equal(1, _fixture.Metrics.Dropped("metrics", "bad_histogram").Value);
        Assert.Equal(1, _fixture.Metrics.Dropped("exemplars", "unknown_series").Value);
        Assert.Equal(1, _fixture.Metrics.Dropped("exemplars", "too_old").Value);
    }

    [Fact]
    public async Task Late_histograms_reach_blocks_of_their_own_time_and_are_merged_when_read()
    {
        var store = _fixture.ToBeKilled();
        await store.Recovered;
        var run = Run(400, stepMs: 60_000);
        await Write(store, run.Where((_, i) => i % 3 != 1));
        Assert.True(store.Seal());
        await Write(store, run.Where((_, i) => i % 3 == 1));
        await Expect(store, run);
        Assert.True(store.Seal());
        await Expect(store, run);
        await store.DisposeAsync();
        store = _fixture.OnDisk();
        await store.Recovered;
        await Expect(store, run);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task The_begin_of_a_counter_is_told_in_every_block_that_has_samples_of_it()
    {
        await using var store = _fixture.OnDisk();
        await store.Recovered;
        var start = _fixture.NowMs - (6 * 3_600_000);
        using var batch = new WriteBatch();
        for (var time = start; time <= _fixture.NowMs; time += 60_000)
        {
            batch.Add(s_requests, time, time);
            batch.AddCreatedOfLastRow(time < start + 3_600_000 ? start - 5 : start + 3_600_000 - 7);
        }

        await store.WriteAsync(batch, CancellationToken.None);
        Assert.True(store.Seal());
        using var column = new CreatedColumn();
        await Read(store, s_requests, _fixture.NowMs - 60_000, _fixture.NowMs, (set, i) => set.ReadCreated(i, column));
        Assert.Equal([(_fixture.NowMs - 60_000, start + 3_600_000 - 7)], Columns.Samples.ListOf(column));
        column.Clear();
        await Read(store, s_requests, 0, long.MaxValue, (set, i) => set.ReadCreated(i, column));
        Assert.Equal([(start, start - 5), (start + 3_600_000, start + 3_600_000 - 7)], Columns.Samples.ListOf(column));
        Assert.Equal(2, _fixture.Counter("toka_store_created_total"));
    }

    [Fact]
    public void What_comes_while_a_seal_runs_is_neither_lost_nor_doubled()
    {
        var head = new Toka.TimeSeries.Head.SampleHead(new Toka.TimeSeries.Index.SeriesIndex(), long.MaxValue);
        var run = Columns.Samples.Counting(60);
        foreach (var (time, histogram) in run.Take(30))
        {
            head.AppendHistogram(1, time, histogram);
        }

        var boundary = run[50].Time;
        head.Freeze(boundary);
        foreach (var (time, histogram) in run.Skip(30))
        {
            Assert.Equal(Toka.TimeSeries.Head.SideOutcome.Accepted, head.AppendHistogram(1, time, histogram));
        }

        head.AppendExemplar(1, run[40].Time, 1, LabelSet.Empty.Encoded);
        head.Forget(boundary);
        head.SetWindow(boundary, long.MaxValue);
        using var capture = new Toka.TimeSeries.Head.SideCapture();
        head.Side.Capture(1, long.MinValue, long.MaxValue, capture);
        using var column = new HistogramColumn();
        capture.ReadHistograms(column);
        Assert.Equal(run.Skip(30), Columns.Samples.ListOf(column));
        Assert.Equal(run[40].Time, Assert.Single(capture.Exemplars.Timestamps.ToArray()));
        Assert.True(head.HasLate);
        head.Dispose();
    }

    [Fact]
    public void Numbers_of_records_are_as_they_were() => Assert.Equal(
        ["Series=1", "Samples=2", "Metadata=3", "Histograms=4", "Exemplars=5", "Created=6"],
        Enum.GetValues<RecordType>().Select(static t => $"{t}={(int)t}"));

    private List<(long Time, NativeHistogram Histogram)> Run(int samples, long stepMs = 1000)
    {
        var start = _fixture.NowMs - (samples * stepMs);
        return [.. Columns.Samples.Counting(samples).Select((s, i) => (start + (i * stepMs), s.Histogram))];
    }

    /// <summary>Histograms, and beside each a counter with an exemplar and its begin.</summary>
    private static async Task<WriteResult> Write(MetricStore store, IEnumerable<(long Time, NativeHistogram Histogram)> run)
    {
        using var batch = new WriteBatch();
        foreach (var (time, histogram) in run)
        {
            batch.AddHistogram(s_latency, time, histogram);
            batch.Add(s_requests, time, histogram.Count);
            batch.AddCreatedOfLastRow(77);
            batch.AddExemplar(s_requests, new Exemplar(LabelSet.Of(("trace_id", $"{time:x}")), time, histogram.Sum));
        }

        return await store.WriteAsync(batch, CancellationToken.None);
    }

    private async Task Expect(MetricStore store, IEnumerable<(long Time, NativeHistogram Histogram)> run)
    {
        var expected = run.ToList();
        using var histograms = new HistogramColumn();
        await Read(store, s_latency, 0, long.MaxValue, (set, i) => set.ReadHistograms(i, histograms));
        Assert.Equal(expected, Columns.Samples.ListOf(histograms));
        histograms.Clear();
        var (from, to) = (expected[expected.Count / 4].Time, expected[expected.Count / 2].Time);
        await Read(store, s_latency, from, to, (set, i) => set.ReadHistograms(i, histograms));
        Assert.Equal(expected.Where(e => e.Time >= from && e.Time <= to), Columns.Samples.ListOf(histograms));

        using var floats = new FloatColumn();
        await Read(store, s_requests, 0, long.MaxValue, (set, i) => set.ReadFloats(i, floats));
        Assert.Equal(expected.Select(e => e.Histogram.Count), floats.Values.ToArray());
        using var created = new CreatedColumn();
        await Read(store, s_requests, 0, long.MaxValue, (set, i) => set.ReadCreated(i, created));
        Assert.Equal((77, expected[0].Time), (created.At(expected[^1].Time), created.Timestamps[0]));
        using var exemplars = new ExemplarColumn();
        await Read(store, s_requests, 0, long.MaxValue, (set, i) => set.ReadExemplars(i, exemplars));
        Assert.NotEqual(0, exemplars.Count);
        Assert.All(Enumerable.Range(0, exemplars.Count), i =>
        {
            Assert.Equal(LabelSet.Of(("trace_id", $"{exemplars.Timestamps[i]:x}")), exemplars[i].Labels);
            Assert.Contains(expected, e => e.Time == exemplars[i].TimestampMs && e.Histogram.Sum == exemplars[i].Value);
        });
    }

    private static async Task Read(MetricStore store, LabelSet labels, long from, long to, Action<SeriesSet, int> read)
    {
        using var set = await store.SelectAsync(
            new SelectRequest { Matchers = [new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, labels[LabelSet.MetricName])], FromMs = from, ToMs = to }, CancellationToken.None);
        Assert.Equal(1, set.Count);
        Assert.Equal(labels, set.LabelsOf(0));
        Assert.Empty(set.Warnings);
        read(set, 0);
    }
}
