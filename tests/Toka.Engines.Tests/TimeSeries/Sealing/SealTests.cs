using Toka.Core.Labels;
using Toka.Core.Limits;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries;
using Toka.TimeSeries.Care;

namespace Toka.Engines.Tests.TimeSeries.Sealing;

public sealed class SealTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly LabelSet _cpu = Fixture.Labels("cpu", "mode", "idle");

    public void Dispose() => _fixture.Dispose();

    private string[] Segments => Directory.GetFiles(_fixture.Path, "*.wal");

    private string[] Blocks => Directory.GetFiles(Path.Combine(_fixture.Path, "blocks"), "*.tkb");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_is_written_sealed_and_restarted_answers_like_a_plain_list(int seed)
    {
        var random = new Random(seed);
        var load = new RandomLoad(random);
        var model = new Model();
        var store = _fixture.OnDisk();
        for (var step = 0; step < 120; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    Assert.True(store.Seal());
                    Assert.Empty(Segments);
                    break;
                case 1:
                    _fixture.Time.Advance(TimeSpan.FromMinutes(random.Next(1, 130)));
                    store.Maintain();
                    break;
                case 2 when step % 3 == 0:
                    var isClean = random.Next(2) == 0;
                    await store.DisposeAsync();
                    store = isClean ? _fixture.OnDisk() : _fixture.ToBeKilled();
                    break;
                default:
                    await model.WriteAsync(store, load.Next(_fixture.NowMs, random.Next(1, 60)));
                    _fixture.Time.Advance(TimeSpan.FromMilliseconds(random.Next(1, 5000)));
                    break;
            }

            var from = _fixture.NowMs - random.Next(0, 30_000_000);
            await model.VerifyAsync(store, from, from + random.Next(0, 10_000_000), new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, "m" + random.Next(3)));
            await model.VerifyAsync(store, _fixture.NowMs - 60_000, _fixture.NowMs);
        }

        await model.VerifyAsync(store);
        await store.DisposeAsync();
        await using var again = _fixture.OnDisk();
        await model.VerifyAsync(again);
        Assert.True(Blocks.Length > 3);
        Assert.True(model.Count > 1000);
    }

    [Fact]
    public async Task Metadata_outlives_a_lost_checkpoint_and_a_kill_before_the_next_seal()
    {
        await using (var store = _fixture.OnDisk())
        {
            using var batch = new WriteBatch();
            batch.Add(Fixture.Labels("cpu"), _fixture.NowMs, 1);
            batch.AddMetadata(new MetricMetadata("cpu", MetricType.Gauge, "how busy", ""));
            await store.WriteAsync(batch, CancellationToken.None);
        }

        File.Delete(Path.Combine(_fixture.Path, "checkpoint"));
        for (var kill = 0; kill < 3; kill++)
        {
            await using var store = _fixture.ToBeKilled();
            await store.Recovered;
            Assert.Equal("how busy", Assert.Single(store.Metadata("cpu", 0)).Help);
        }
    }

    [Fact]
    public async Task A_clean_stop_leaves_no_log_and_the_next_start_replays_nothing()
    {
        var model = new Model();
        await using (var store = _fixture.OnDisk())
        {
            using var batch = new WriteBatch();
            batch.AddMetadata(new MetricMetadata("cpu", MetricType.Gauge, "how busy", ""));
            await store.WriteAsync(batch, default);
            await model.WriteAsync(store, [.. Enumerable.Range(0, 5000).Select(i => (_cpu, _fixture.NowMs + i, i * 0.5))]);
        }

        Assert.Empty(Segments);
        await using var again = _fixture.OnDisk();
        Assert.Equal((0, 0L, 1), (again.Recovery.Segments, again.Recovery.Samples, again.Recovery.Blocks));
        await model.VerifyAsync(again);
        Assert.Equal("how busy", Assert.Single(again.Metadata("cpu", 0)).Help);
    }

    [Fact]
    public async Task What_has_ended_is_sealed_after_a_delay_into_aligned_blocks_and_leaves_memory_and_the_log()
    {
        var model = new Model();
        await using var store = _fixture.OnDisk(static o => o with { SegmentBytes = 65_536 });
        for (var minute = 0; minute < 6 * 60; minute++)
        {
            await model.WriteAsync(store, [.. Enumerable.Range(0, 60).Select(s => (Fixture.Labels("m", "s", s.ToString()), _fixture.NowMs, (minute * s) + 0.1))]);
            _fixture.Time.Advance(TimeSpan.FromMinutes(1));
            store.Maintain();
        }

        Assert.Equal(2, _fixture.Counter("toka_store_seals_total"));
        Assert.Equal(2, Blocks.Length);
        await model.VerifyAsync(store);
        var head = _fixture.Metrics.Read().Single(static m => m.Labels[LabelSet.MetricName] == "toka_store_chunk_bytes").Value;
        _fixture.Time.Advance(TimeSpan.FromMinutes(10));
        store.Maintain();
        Assert.Equal(3, Blocks.Length);
        Assert.True(_fixture.Metrics.Read().Single(static m => m.Labels[LabelSet.MetricName] == "toka_store_chunk_bytes").Value < head);
        Assert.Empty(Segments);
        await model.VerifyAsync(store);
    }

    [Fact]
    public async Task A_set_in_hand_reads_everything_also_when_its_samples_move_to_blocks_meanwhile()
    {
        var model = new Model();
        await using var store = _fixture.OnDisk();
        await model.WriteAsync(store, [.. Enumerable.Range(0, 1000).Select(i => (Fixture.Labels("m", "s", (i % 10).ToString()), _fixture.NowMs + i, (double)i))]);
        using var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default);
        Assert.True(store.Seal());
        _fixture.Time.Advance(TimeSpan.FromHours(3));
        store.Maintain();
        Assert.Equal(0, _fixture.Metrics.Read().Single(static m => m.Labels[LabelSet.MetricName] == "toka_store_series").Value);
        await Fixture.Write(store, (Fixture.Labels("other"), _fixture.NowMs, 1));

        using var column = new FloatColumn();
        for (var i = 0; i < set.Count; i++)
        {
            set.ReadFloats(i, column);
        }

        Assert.Equal((10, 1000), (set.Count, column.Count));
    }

    [Fact]
    public async Task Late_samples_duplicates_and_conflicts_are_told_apart_against_blocks_too()
    {
        var model = new Model();
        var start = _fixture.NowMs - 86_400_000;
        var all = Enumerable.Range(0, 20_000).Select(i => (_cpu, start + (i * 1000L), (double)i)).ToArray();
        await using var store = _fixture.OnDisk();
        await model.WriteAsync(store, [.. all.Where(static (_, i) => i % 3 != 1)]);
        Assert.True(store.Seal());

        await model.WriteAsync(store, all);
        var conflict = await Fixture.Write(store, (_cpu, start + 1000, -1), (_cpu, start, -1));
        Assert.Equal((0, 2), (conflict.Accepted, conflict.Conflicting));
        Assert.Contains("cpu{mode=\"idle\"}", conflict.FirstReason, StringComparison.Ordinal);
        await model.VerifyAsync(store);
        Assert.True(store.Seal());
        Assert.Equal(all.Length, (await Fixture.Write(store, all)).Duplicates);
        await model.VerifyAsync(store);
    }

    [Fact]
    public async Task A_backfill_of_a_hundred_days_in_any_order_is_taken_and_lands_in_blocks_of_its_own_time()
    {
        var model = new Model();
        await using var store = _fixture.OnDisk(static o => o with { Retention = TimeSpan.FromDays(200) });
        await model.WriteAsync(store, (_cpu, _fixture.NowMs, 1));
        var back = Enumerable.Range(1, 40_000).Select(i => (_cpu, _fixture.NowMs - (i * 216_000L), (double)i)).ToArray();
        await model.WriteAsync(store, back);
        Assert.True(store.Seal());
        Assert.InRange(Blocks.Length, 50, 130);
        await model.VerifyAsync(store);
        new Random(1).Shuffle(back);
        await model.WriteAsync(store, back[..1000]);
    }

    [Fact]
    public async Task Over_the_memory_limit_samples_move_to_blocks_and_none_is_lost()
    {
        var model = new Model();
        var random = new Random(1);
        await using (var store = _fixture.OnDisk(static o => o with { MemoryBytesMax = 1024 * 1024 }))
        {
            for (var i = 0; i < 40; i++)
            {
                var t = _fixture.NowMs;
                await model.WriteAsync(store, [.. Enumerable.Range(0, 10_000).Select(j => (_cpu, t + j, random.NextDouble()))]);
                _fixture.Time.Advance(TimeSpan.FromSeconds(10));
            }

            Assert.True(_fixture.Counter("toka_store_seals_total") > 0);
            Assert.InRange(_fixture.Metrics.Read().Single(static m => m.Labels[LabelSet.MetricName] == "toka_store_chunk_bytes").Value, 0, 3 * 1024 * 1024);
            await model.VerifyAsync(store);
        }

        Assert.Equal(0, _fixture.Counter("toka_dropped_total", ("signal", "metrics"), ("reason", "memory_limit")));
        await using var again = _fixture.OnDisk();
        await model.VerifyAsync(again);
    }

    [Fact]
    public async Task Where_the_process_is_short_of_memory_samples_move_to_blocks_early_once_a_minute_and_not_for_a_few()
    {
        var used = 0L;
        var budget = new MemoryBudget(1000, () => Volatile.Read(ref used), static () => { }, _fixture.Time);
        await using var store = _fixture.OnDisk(options => options with { MemoryBytesMax = 2 * 1024 * 1024, Memory = budget });
        var from = _fixture.NowMs - (3600 * 1000);
        async Task<long> SealsAfterAsync(TimeSpan time, int late)
        {
            await Fixture.Write(store, [.. Enumerable.Range(0, late).Select(i => (_cpu, from - (2 * i), (double)i))]);
            from -= 2 * late;
            _fixture.Time.Advance(time);
            store.Maintain();
            return _fixture.Counter("toka_store_seals_total");
        }

        // The first late samples of all are sealed when a span has ended, and that has the one before the start.
        await Fixture.Write(store, (_cpu, _fixture.NowMs, 1));
        Assert.Equal(1, await SealsAfterAsync(TimeSpan.Zero, 1));
        Assert.Equal(1, await SealsAfterAsync(TimeSpan.FromSeconds(30), 40_000));

        Volatile.Write(ref used, 950);
        Assert.Equal(2, await SealsAfterAsync(TimeSpan.FromSeconds(2), 0));
        Assert.Equal(2, await SealsAfterAsync(TimeSpan.FromSeconds(40), 40_000));
        Assert.Equal(3, await SealsAfterAsync(TimeSpan.FromSeconds(30), 0));
        Assert.Equal(3, await SealsAfterAsync(TimeSpan.FromSeconds(90), 100));
    }

    [Fact]
    public async Task Sealing_beside_writers_and_readers_loses_nothing_and_invents_nothing()
    {
        const int Writers = 4;
        const int Batches = 150;
        await using (var store = _fixture.OnDisk(static o => o with { SegmentBytes = 65_536 }))
        {
            using var done = new CancellationTokenSource();
            var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                var seen = 0;
                while (!done.IsCancellationRequested)
                {
                    var now = await Fixture.ReadAll(store);
                    Assert.True(now.Count >= seen, $"{now.Count} samples after {seen}");
                    Assert.Equal(now.Count, now.Select(static s => (s.Labels, s.Time)).Distinct().Count());
                    Assert.All(now, static s => Assert.Equal((double)s.Time, BitConverter.UInt64BitsToDouble(s.Bits)));
                    seen = now.Count;
                }
            })).ToArray();
            var sealer = Task.Run(() =>
            {
                while (!done.IsCancellationRequested)
                {
                    Assert.True(store.Seal());
                    store.Maintain();
                }
            });
            var written = await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(async () =>
            {
                var accepted = 0;
                for (var b = 0; b < Batches; b++)
                {
                    var rows = Enumerable.Range(0, 20).Select(i => (Fixture.Labels("m", "writer", $"{w}-{i % 5}"), Time: _fixture.NowMs + (b * 20) + (i * 7 % 20), 0.0));
                    accepted += (await Fixture.Write(store, [.. rows.Select(static r => (r.Item1, r.Time, (double)r.Time))])).Accepted;
                }

                return accepted;
            })));
            await done.CancelAsync();
            await Task.WhenAll([.. readers, sealer]);
            Assert.Equal(Writers * Batches * 20, written.Sum());
            Assert.Equal(written.Sum(), (await Fixture.ReadAll(store)).Count);
        }

        await using var again = _fixture.OnDisk();
        Assert.Equal(Writers * Batches * 20, (await Fixture.ReadAll(again)).Count);
    }

    [Fact]
    public async Task Label_names_and_values_come_from_memory_and_blocks()
    {
        await using var store = _fixture.OnDisk();
        await Fixture.Write(store, (Fixture.Labels("a", "old", "1"), _fixture.NowMs, 1), (Fixture.Labels("b", "both", "1"), _fixture.NowMs, 1));
        Assert.True(store.Seal());
        await Fixture.Write(store, (Fixture.Labels("c", "new", "1"), _fixture.NowMs + 1, 1), (Fixture.Labels("b", "both", "2"), _fixture.NowMs + 1, 1));
        var all = new SelectRequest { FromMs = 0, ToMs = long.MaxValue };

        Assert.Equal(["__name__", "both", "new", "old"], await store.LabelNamesAsync(all, default));
        Assert.Equal(["1", "2"], await store.LabelValuesAsync("both", all, default));
        Assert.Equal(["a", "b"], await store.LabelValuesAsync("__name__", all with { Limit = 2 }, default));
        Assert.Equal(["b"], await store.LabelValuesAsync("__name__", all with { Matchers = [new LabelMatcher("both", MatchOperator.Matches, ".+")] }, default));
        await Assert.ThrowsAsync<Core.Errors.LimitExceededException>(async () => await store.SelectAsync(all with { Limit = 3 }, default));
    }

    [Fact]
    public async Task A_damaged_chunk_is_passed_over_named_in_the_warnings_and_counted()
    {
        await using (var store = _fixture.OnDisk())
        {
            await Fixture.Write(store, [.. Enumerable.Range(0, 2000).Select(i => (Fixture.Labels("m", "s", (i % 2).ToString()), _fixture.NowMs + i, i * 1.37))]);
        }

        var bytes = await File.ReadAllBytesAsync(Blocks[0]);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(Blocks[0], bytes);

        var told = new List<string>();
        await using var again = _fixture.OnDisk(options => options with { Report = told.Add });
        Assert.Empty(again.DamagedBlocks);
        using var set = await again.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default);
        using var column = new FloatColumn();
        for (var i = 0; i < set.Count; i++)
        {
            set.ReadFloats(i, column);
        }

        Assert.Equal(2, set.Count);
        Assert.InRange(column.Count, 0, 1000);
        Assert.Contains(Blocks[0], Assert.Single(set.Warnings), StringComparison.Ordinal);
        Assert.True(_fixture.Counter("toka_store_damaged_chunks_total") > 0);

        // The log has it once, and the store knows it for as long as the block is there.
        set.ReadFloats(0, column);
        set.ReadFloats(1, column);
        _fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Contains(Blocks[0], Assert.Single(told, static line => line.Contains("Damage was met", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(Blocks[0], Assert.Single(again.DamagedBlocks));
    }

    [Fact]
    public async Task Answers_say_that_a_block_was_set_aside_for_as_long_as_its_file_lies_there()
    {
        await using (var store = _fixture.OnDisk())
        {
            await Fixture.Write(store, (Fixture.Labels("m"), _fixture.NowMs, 1));
        }

        var block = Blocks[0];
        await using (var bytes = File.Open(block, FileMode.Open))
        {
            bytes.SetLength(bytes.Length - 3);
        }

        async Task<(int Aside, IReadOnlyList<string> Warnings)> OpenAsync()
        {
            await using var store = _fixture.OnDisk();
            using var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default);
            return (store.SetAsideBlocks.Count, set.Warnings);
        }

        foreach (var _ in (int[])[1, 2])
        {
            var (aside, warnings) = await OpenAsync();
            Assert.Equal(1, aside);
            Assert.Contains(Path.GetFileName(block), Assert.Single(warnings), StringComparison.Ordinal);
        }

        // The doctor names it, and whoever has it repaired knows.
        Assert.Contains("damaged", Assert.Single(StoreDoctor.Examine(_fixture.Path, repairs: false, default).Findings).File, StringComparison.Ordinal);
        Assert.EndsWith("no longer tell of it", Assert.Single(StoreDoctor.Examine(_fixture.Path, repairs: true, default).Findings).Done, StringComparison.Ordinal);
        Assert.True(StoreDoctor.Examine(_fixture.Path, repairs: false, default).IsHealthy);
        Assert.Equal((0, 0), await OpenAsync() is var (count, none) ? (count, none.Count) : default);
    }
}
