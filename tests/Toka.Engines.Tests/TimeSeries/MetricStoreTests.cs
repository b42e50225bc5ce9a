using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries;

public sealed class MetricStoreTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly LabelSet _cpu = Fixture.Labels("cpu", "mode", "idle");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task What_is_written_is_read_over_many_chunks_and_in_any_range()
    {
        await using var store = _fixture.InMemory();
        var random = new Random(7);
        var start = _fixture.NowMs - 3_600_000;
        var samples = Enumerable.Range(0, 3000).Select(i => (_cpu, start + (i * 1000L), i % 3 == 0 ? random.NextDouble() : i)).ToArray();

        Assert.Equal(3000, (await Fixture.Write(store, samples)).Accepted);

        for (var i = 0; i < 50; i++)
        {
            var from = start + random.Next(-5000, 3_005_000);
            var to = from + random.Next(0, 1_000_000);
            var expected = samples.Where(s => s.Item2 >= from && s.Item2 <= to).Select(static s => (s.Item2, BitConverter.DoubleToUInt64Bits(s.Item3)));
            Assert.Equal(expected, (await Fixture.ReadAll(store, from, to)).Select(static s => (s.Time, s.Bits)));
        }
    }

    [Fact]
    public async Task Late_samples_are_merged_duplicates_are_nothing_new_and_conflicts_are_refused_by_name()
    {
        await using var store = _fixture.InMemory();
        var t = _fixture.NowMs - 1_000_000;
        var samples = Enumerable.Range(0, 600).Select(i => (_cpu, t + (i * 1000L), (double)i)).ToArray();
        await Fixture.Write(store, [.. samples.Where(static (_, i) => i % 7 != 3)]);

        var late = samples.Where(static (_, i) => i % 7 == 3).ToArray();
        new Random(3).Shuffle(late);
        Assert.Equal(late.Length, (await Fixture.Write(store, late)).Accepted);
        var again = await Fixture.Write(store, samples);
        Assert.Equal((0, 600, 0), (again.Accepted, again.Duplicates, again.Refused));
        var conflict = await Fixture.Write(store, [.. samples.Select(static s => (s._cpu, s.Item2, s.Item3 + 1))]);

        Assert.Equal((0, 600), (conflict.Accepted, conflict.Conflicting));
        Assert.Contains("cpu{mode=\"idle\"}", conflict.FirstReason, StringComparison.Ordinal);
        Assert.Equal(600, _fixture.Counter("toka_dropped_total", ("signal", "metrics"), ("reason", "conflicting")));
        Assert.Equal(samples.Select(static s => (s.Item2, BitConverter.DoubleToUInt64Bits(s.Item3))), (await Fixture.ReadAll(store)).Select(static s => (s.Time, s.Bits)));
    }

    [Fact]
    public async Task Too_old_too_new_and_one_series_too_many_are_refused_beside_good_ones()
    {
        await using var store = _fixture.InMemory(static o => o with { SeriesMax = 1, Retention = TimeSpan.FromHours(1) });
        var now = _fixture.NowMs;

        var result = await Fixture.Write(
            store, (_cpu, now, 1), (_cpu, now - 3_600_001, 1), (_cpu, now + 600_001, 1), (Fixture.Labels("other"), now, 1), (_cpu, now + 1, 2));

        Assert.Equal((2, 1, 1, 1), (result.Accepted, result.TooOld, result.TooFarInFuture, result.OverSeriesLimit));
        Assert.EndsWith("is the sender's clock right?", (await Fixture.Write(store, (_cpu, now + 600_001, 1))).FirstReason, StringComparison.Ordinal);
        Assert.Equal(2, _fixture.Counter("toka_store_samples_total"));
        Assert.Equal(2, (await Fixture.ReadAll(store)).Count);
    }

    [Fact]
    public async Task Retention_frees_chunks_and_series_and_their_ids_are_used_again()
    {
        await using var store = _fixture.OnDisk(static o => o with { Retention = TimeSpan.FromMinutes(10), SegmentBytes = 65_536 });
        for (var round = 0; round < 20; round++)
        {
            var rows = from s in Enumerable.Range(0, 50) from i in Enumerable.Range(0, 100) select (Fixture.Labels("m" + round, "s", s.ToString()), _fixture.NowMs + i, i + 0.37);
            Assert.Equal(5000, (await Fixture.Write(store, [.. rows])).Accepted);
            _fixture.Time.Advance(TimeSpan.FromMinutes(4));
            store.Maintain();
        }

        var names = (await Fixture.ReadAll(store)).Select(static s => s.Labels[..s.Labels.IndexOf('{')]).Distinct().ToArray();
        Assert.Equal(["m18", "m19"], names.Order());
        Assert.Equal(["m18", "m19"], await store.LabelValuesAsync("__name__", new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default));
        Assert.Equal(100, _fixture.Metrics.Read().Single(static m => m.Labels[LabelSet.MetricName] == "toka_store_series").Value);
        Assert.InRange(Directory.GetFiles(_fixture.Path, "*.wal").Length, 1, 6);
    }

    [Fact]
    public async Task Over_the_memory_limit_the_oldest_samples_go_and_are_counted()
    {
        await using var store = _fixture.InMemory(static o => o with { MemoryBytesMax = 1024 * 1024 });
        var random = new Random(1);
        var accepted = 0L;
        for (var i = 0; i < 40; i++)
        {
            var t = _fixture.NowMs - 1_000_000 + (i * 10_000);
            accepted += (await Fixture.Write(store, [.. Enumerable.Range(0, 10_000).Select(j => (_cpu, t + j, random.NextDouble()))])).Accepted;
        }

        var left = await Fixture.ReadAll(store);
        Assert.Equal(400_000, accepted);
        Assert.Equal(accepted, left.Count + _fixture.Counter("toka_dropped_total", ("signal", "metrics"), ("reason", "memory_limit")));
        Assert.InRange(left.Count, 50_000, 200_000);
        Assert.Equal(1, (await Fixture.Write(store, (_cpu, _fixture.NowMs - 1_000_000, 1))).TooOld);
    }

    [Fact]
    public async Task Late_samples_are_within_the_memory_limit_too_and_none_goes_uncounted()
    {
        await using var store = _fixture.InMemory(static o => o with { MemoryBytesMax = 1024 * 1024 });
        long accepted = 0, refused = 0;
        for (var i = 0; i < 30; i++)
        {
            var t = _fixture.NowMs - (i * 10_000);
            var result = await Fixture.Write(store, [.. Enumerable.Range(0, 10_000).Select(j => (_cpu, t - j, j + 0.5))]);
            accepted += result.Accepted;
            refused += result.TooOld;
        }

        Assert.Equal(300_000, accepted + refused);
        Assert.InRange(accepted, 30_000, 70_000);
        Assert.Equal(accepted, (await Fixture.ReadAll(store)).Count + _fixture.Counter("toka_dropped_total", ("signal", "metrics"), ("reason", "memory_limit")));
    }

    [Fact]
    public async Task A_clock_that_is_ahead_does_not_have_others_refused_when_memory_is_full()
    {
        await using var store = _fixture.InMemory(static o => o with { MemoryBytesMax = 1024 * 1024 });
        var random = new Random(1);
        for (var i = 0; i < 40; i++)
        {
            var t = _fixture.NowMs + (i * 10_000);
            await Fixture.Write(store, [.. Enumerable.Range(0, 10_000).Select(j => (_cpu, t + j, random.NextDouble()))]);
        }

        Assert.True(_fixture.Counter("toka_dropped_total", ("signal", "metrics"), ("reason", "memory_limit")) > 0);
        Assert.Equal(1, (await Fixture.Write(store, (Fixture.Labels("other"), _fixture.NowMs + 1, 1))).Accepted);
    }

    [Fact]
    public async Task A_selection_over_its_limit_is_refused_by_name()
    {
        await using var store = _fixture.InMemory();
        await Fixture.Write(store, (_cpu, _fixture.NowMs, 1), (Fixture.Labels("other"), _fixture.NowMs, 1));

        var refused = await Assert.ThrowsAsync<LimitExceededException>(async () => await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue, Limit = 1 }, default));

        Assert.Equal("series", refused.Limit);
    }

    [Fact]
    public async Task A_set_in_hand_outlives_the_retention_of_its_series()
    {
        await using var store = _fixture.InMemory();
        await Fixture.Write(store, (_cpu, _fixture.NowMs, 1));
        using var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default);
        _fixture.Time.Advance(TimeSpan.FromDays(20));
        store.Maintain();
        await Fixture.Write(store, (Fixture.Labels("other"), _fixture.NowMs, 9));

        using var column = new FloatColumn();
        set.ReadFloats(0, column);

        Assert.Equal(_cpu, set.LabelsOf(0));
        Assert.Equal(0, column.Count);
    }

    [Fact]
    public async Task Concurrent_writers_and_readers_lose_nothing_and_invent_nothing()
    {
        const int Writers = 8;
        const int Batches = 60;
        await using (var store = _fixture.OnDisk(static o => o with { SegmentBytes = 65_536 }))
        {
            using var done = new CancellationTokenSource();
            var reader = Task.Run(async () =>
            {
                var seen = 0;
                while (!done.IsCancellationRequested)
                {
                    var now = await Fixture.ReadAll(store);
                    Assert.True(now.Count >= seen);
                    Assert.All(now, static s => Assert.Equal((double)s.Time, BitConverter.UInt64BitsToDouble(s.Bits)));
                    seen = now.Count;
                }
            });
            var written = await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(async () =>
            {
                var accepted = 0;
                for (var b = 0; b < Batches; b++)
                {
                    var rows = Enumerable.Range(0, 20).Select(i => (Fixture.Labels("m", "writer", $"{w}-{i % 5}"), Time: _fixture.NowMs + (b * 20) + i, 0.0));
                    accepted += (await Fixture.Write(store, [.. rows.Select(static r => (r.Item1, r.Time, (double)r.Time))])).Accepted;
                }

                return accepted;
            })));
            await done.CancelAsync();
            await reader;

            Assert.Equal(Writers * Batches * 20, written.Sum());
            Assert.Equal(written.Sum(), (await Fixture.ReadAll(store)).Count);
            Assert.Equal(written.Sum(), _fixture.Counter("toka_store_samples_total"));
        }

        await using var again = _fixture.OnDisk();
        Assert.Equal(Writers * Batches * 20, (await Fixture.ReadAll(again)).Count);
    }

    [Fact]
    public async Task Metadata_is_listed_and_survives()
    {
        await using (var store = _fixture.OnDisk())
        {
            using var batch = new WriteBatch();
            batch.AddMetadata(new MetricMetadata("up", MetricType.Gauge, "first", ""));
            batch.AddMetadata(new MetricMetadata("up", MetricType.Gauge, "whether it is up", ""));
            await store.WriteAsync(batch, default);
        }

        await using var again = _fixture.OnDisk();
        Assert.Equal([new MetricMetadata("up", MetricType.Gauge, "whether it is up", "")], again.Metadata(null, 0));
        Assert.Empty(again.Metadata("down", 0));
    }
}
