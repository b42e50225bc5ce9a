using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Disk;
using static Toka.Engines.Tests.TimeSeries.Compaction.BlockGen;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class StoreMaintenanceTests
{
    private const long Mb = 1024 * 1024;

    private static readonly RetentionOptions All = new() { RawKeep = TimeSpan.MaxValue, DiskReserveBytes = 0 };

    [Fact]
    public void Maintenance_changes_no_answer_and_ends_with_one_block_a_day() =>
        Model.Small.Array[1, 6].Sample(
            static models =>
            {
                using var store = new MaintainedStore();
                Array.ForEach(models, model => store.Seal(model));
                var before = Model.Of(store.Catalog);
                store.RunToTheEnd();
                Model.Of(store.Catalog).AssertIs(before);
                Assert.Single(store.Catalog.Infos);
                store.AssertFilesAreTheBlocks();
                store.Reopen();
                Model.Of(store.Catalog).AssertIs(before);
            },
            iter: 100);

    [Fact]
    public void After_a_crash_at_any_step_of_a_merge_everything_is_there_once()
    {
        var crashes = 0;
        for (var operation = 0; ; operation++)
        {
            var disk = new FailingDisk();
            using var store = new MaintainedStore(disk);
            store.Seal(Line(0, 100));
            store.Seal(Line(50, 100));
            store.Seal(Line(3 * 3600, 100));
            disk.EndAt(operation);
            store.RunToTheEnd();
            var crashed = disk.HasFailed;
            disk.Mend();
            store.Reopen();
            Model.Of(store.Catalog).AssertIs(Line(0, 150).Add(Line(3 * 3600, 100)));
            store.RunToTheEnd();
            Model.Of(store.Catalog).AssertIs(Line(0, 150).Add(Line(3 * 3600, 100)));
            Assert.Single(store.Catalog.Infos);
            store.AssertFilesAreTheBlocks();
            if (!crashed)
            {
                break;
            }

            crashes++;
        }

        Assert.True(crashes > 5, $"only {crashes} steps");
    }

    [Fact]
    public void A_failure_of_the_disk_is_counted_told_and_tried_again_after_a_while()
    {
        var disk = new FailingDisk();
        using var store = new MaintainedStore(disk);
        store.Seal(Line(0, 10));
        store.Seal(Line(5, 10));
        disk.FailAt(0);
        Assert.Equal(1, store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None).Errors);
        Assert.Contains(store.Log, static line => line.Contains(FailingDisk.Message, StringComparison.Ordinal) && line.Contains("merging blocks 1,2", StringComparison.Ordinal));
        Assert.Equal(1, store.Metrics.Counter("toka_store_maintenance_errors_total", "").Value);
        Assert.Equal(0, store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None).Merged);
        store.Time.Advance(JobBackoff.WaitMin);
        Assert.Equal(2, store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None).Merged);
        store.AssertFilesAreTheBlocks();
    }

    [Fact]
    public void A_conflict_is_counted_and_named_once_a_merge()
    {
        using var store = new MaintainedStore();
        store.Seal(new Model { [Model.Series(0)] = new() { [60_000] = 1, [120_000] = 1 } });
        store.Seal(new Model { [Model.Series(0)] = new() { [60_000] = 2, [120_000] = 2 } });
        store.RunToTheEnd();
        Assert.Equal(2, store.Metrics.Counter("toka_store_conflicts_total", "").Value);
        Assert.Single(store.Log, static line => line.Contains("metric0{instance=\"0\",kind=\"even\"} at 1970-01-01T00:01:00.000Z", StringComparison.Ordinal));
        Assert.All(Model.Of(store.Catalog)[Model.Series(0)].Values, static bits => Assert.Equal(1, bits));
    }

    [Fact]
    public void A_stop_ends_a_job_between_two_series_without_a_trace()
    {
        var disk = new WatchedDisk();
        using var store = new MaintainedStore(disk);
        store.Seal(Line(0, 10).Add(new Model { [Model.Series(1)] = new() { [1] = 1 }, [Model.Series(2)] = new() { [1] = 1 } }));
        store.Seal(Line(5, 10));
        using var stop = new CancellationTokenSource();
        disk.AfterCreate = stop.Cancel;
        var report = store.Maintenance.RunRound(0, long.MaxValue, stop.Token);
        Assert.True(stop.IsCancellationRequested);
        Assert.Equal(0, report.Merged + report.Errors);
        Assert.Equal(2, store.Catalog.Infos.Count);
        store.AssertFilesAreTheBlocks();
        store.RunToTheEnd();
        Assert.Equal(2, store.Catalog.Infos.Count);
        store.Time.Advance(JobBackoff.WaitMin);
        store.RunToTheEnd();
        Assert.Single(store.Catalog.Infos);
    }

    [Fact]
    public void A_damaged_block_is_named_and_left_alone_while_the_others_are_merged()
    {
        using var store = new MaintainedStore();
        var damaged = store.Seal(Line(0, 200));
        store.Seal(Line(10, 200));
        store.Seal(Line(20, 200));
        var bytes = File.ReadAllBytes(damaged.Path);
        bytes[BlockFormat.HeaderBytes + 12] ^= 1;
        File.WriteAllBytes(damaged.Path, bytes);
        store.Reopen();
        store.RunToTheEnd();
        Assert.Single(store.Log, line => line.Contains("Damage was met", StringComparison.Ordinal) && line.Contains(damaged.Path, StringComparison.Ordinal));
        Assert.Equal(2, store.Catalog.Infos.Count);
        Assert.Contains(store.Catalog.Infos, static block => block.Sequence == 1);
        Assert.Contains(store.Catalog.Infos, static block => block.Sources.SequenceEqual([2L, 3L]));
    }

    [Fact]
    public void What_is_past_goes_block_by_block_and_is_counted()
    {
        using var store = new MaintainedStore();
        store.With(All with { RawKeep = TimeSpan.FromDays(10) });
        store.Seal(Line(0, 10));
        store.Seal(Line(86_400, 20));

        // Raw samples go with the end of their day.
        store.RunToTheEnd(11 * Day - 1);
        Assert.Equal(2, store.Catalog.Infos.Count);
        Assert.Equal(1, store.Maintenance.RunRound(11 * Day, long.MaxValue, CancellationToken.None).Deleted);
        Assert.Equal(20, Assert.Single(store.Catalog.Infos).Samples);
        Assert.Equal(10, Deleted(store, "retention"));
        Assert.Contains(store.Log, static line => line.StartsWith("Deleted block 1 (raw, 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:09.000Z, 10 samples", StringComparison.Ordinal));
        store.AssertFilesAreTheBlocks();
    }

    [Fact]
    public void Rules_shorten_and_lengthen_the_time_of_their_series()
    {
        using var store = new MaintainedStore();
        store.With(All with
        {
            RawKeep = TimeSpan.FromDays(10),
            Rules =
            [
                new([new("__name__", MatchOperator.Equal, "metric0")], TimeSpan.FromDays(2)),
                new([new("__name__", MatchOperator.Matches, "metric[01]")], TimeSpan.FromDays(100)),
            ],
        });
        var model = new Model();
        for (var series = 0; series < 3; series++)
        {
            model[Model.Series(series)] = new() { [0] = 1, [60_000] = 2 };
        }

        store.Seal(model);
        store.RunToTheEnd(2 * Day + 60_000);
        Assert.Equal(["metric0", "metric1", "metric2"], Names(store));
        store.RunToTheEnd(2 * Day + 60_001);
        Assert.Equal(["metric1", "metric2"], Names(store));
        Assert.Equal(2, Deleted(store, "retention"));
        store.RunToTheEnd(11 * Day - 1);
        Assert.Equal(["metric1", "metric2"], Names(store));
        store.RunToTheEnd(11 * Day);
        Assert.Equal(["metric1"], Names(store));
        store.RunToTheEnd(100 * Day + 60_000);
        Assert.Equal(["metric1"], Names(store));
        store.RunToTheEnd(100 * Day + 60_001);
        Assert.Empty(Names(store));
        Assert.Equal(6, Deleted(store, "retention"));
        store.AssertFilesAreTheBlocks();
    }

    [Fact]
    public void The_size_cap_holds_at_every_moment_and_the_newest_samples_stay()
    {
        var disk = new WatchedDisk();
        using var store = new MaintainedStore(disk);
        store.With(All with { SizeCapBytes = 16 * Mb });
        disk.AfterWrite = () => Assert.True(store.BytesOnDisk <= 16 * Mb, $"{store.BytesOnDisk} bytes");
        for (var i = 0; i < 60; i++)
        {
            store.LogBytes = i % 4 * Mb;
            Assert.True(store.Maintenance.MakeRoom(Mb));
            store.Seal(Noise(i * 2 * Hour));
            store.RunToTheEnd(sealedUntilMs: (i + 1) * 2 * Hour);
            Assert.True(store.BytesOnDisk <= 15 * Mb, $"{store.BytesOnDisk} bytes");
        }

        Assert.True(Deleted(store, "size_cap") > 0);
        Assert.Equal(119 * Hour, Ladder.StartOf(store.Catalog.Infos.Max(static block => block.MaxMs), Hour));
        Assert.True(store.Catalog.Infos.Sum(static block => block.Bytes) > 6 * Mb, "more was deleted than the cap asks for");
        Assert.Contains(store.Catalog.Infos, static block => block.MaxMs - block.MinMs > 3 * Hour);
        store.AssertFilesAreTheBlocks();
    }

    [Fact]
    public void Where_the_log_alone_is_over_the_cap_that_is_said()
    {
        using var store = new MaintainedStore();
        store.With(All with { SizeCapBytes = 16 * Mb });
        store.LogBytes = 17 * Mb;
        Assert.False(store.Maintenance.MakeRoom(1));
        store.Maintenance.RunRound(0, 0, CancellationToken.None);
        Assert.Contains(store.Log, static line => line.Contains("there is no room for blocks under the size cap", StringComparison.Ordinal));
    }

    [Fact]
    public void Under_a_cap_the_log_is_told_to_become_blocks_before_it_needs_the_room_of_others()
    {
        using var store = new MaintainedStore();
        store.With(All with { SizeCapBytes = 16 * Mb });
        Assert.Equal(LogRoom.Ample, store.Maintenance.RoomForLog(2 * Mb, 0));
        Assert.Equal(LogRoom.NeedsSeal, store.Maintenance.RoomForLog((2 * Mb) + 1, 0));

        // Blocks up to where only the headroom is left.
        for (var i = 0; store.Maintenance.RoomForLog(Mb, 0) == LogRoom.Ample; i++)
        {
            store.Seal(Noise(i * 2 * Hour));
        }

        Assert.InRange(store.BytesOnDisk, 13 * Mb, 16 * Mb);
        Assert.True(store.Maintenance.MakeRoom(Mb));
        Assert.Equal(LogRoom.Ample, store.Maintenance.RoomForLog(Mb, 0));
    }

    [Fact]
    public void A_full_disk_is_told_the_oldest_blocks_go_and_writing_resumes()
    {
        var disk = new FailingDisk { Code = 28, Free = 100 * Mb };
        using var store = new MaintainedStore(disk);
        var findings = new List<string?>();
        store.With(All with { DiskReserveBytes = 10_000 }, hooks => hooks with { PressureChanged = findings.Add });
        for (var i = 0; i < 4; i++)
        {
            store.Seal(Noise(i * Day));
        }

        store.Seal(Line(3 * 86_400, 10));
        disk.Free = 0;
        disk.FailAt(0);
        store.Maintenance.Pressure.WriteFailed(new IOException("No space left on device", 28));
        Assert.True(store.Maintenance.Pressure.IsFull);

        // Deleted files are free at once on this disk.
        disk.Mend();
        var before = store.Catalog.Bytes;
        store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None);
        Assert.Equal(2L, store.Catalog.Infos.Min(static block => block.Sequence));
        Assert.True(store.Maintenance.Pressure.IsFull);
        disk.Free = before - store.Catalog.Bytes;
        store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None);
        Assert.False(store.Maintenance.Pressure.IsFull);
        Assert.Equal(2, findings.Count);
        Assert.Null(findings[1]);
        Assert.True(Deleted(store, "disk_full") > 0);
    }

    [Fact]
    public void Deleting_that_frees_nothing_does_not_go_on_until_nothing_is_left()
    {
        var disk = new FailingDisk { Code = 28, Free = 100 * Mb };
        using var store = new MaintainedStore(disk);
        store.With(All with { DiskReserveBytes = 10_000 });
        for (var i = 0; i < 10; i++)
        {
            store.Seal(Noise(i * Day));
        }

        // As with backups that have the files by another name.
        disk.Free = 0;
        store.Maintenance.Pressure.WriteFailed(new IOException("No space left on device", 28));
        for (var minute = 0; minute < 15; minute++)
        {
            store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None);
            store.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(6, store.Catalog.Infos.Count);
        Assert.True(store.Maintenance.Pressure.IsFull);
        disk.Free = Mb;
        store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None);
        Assert.False(store.Maintenance.Pressure.IsFull);
    }

    [Fact]
    public void A_merge_that_would_not_fit_the_disk_is_not_begun()
    {
        var disk = new FailingDisk { Free = 100 * Mb };
        using var store = new MaintainedStore(disk);
        store.Seal(Noise(0));
        store.Seal(Noise(Hour));
        disk.Free = Mb / 2;
        Assert.Equal(0, store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None).Merged);
        disk.Free = 100 * Mb;
        Assert.Equal(2, store.Maintenance.RunRound(0, long.MaxValue, CancellationToken.None).Merged);
    }

    [Fact]
    public void Deleting_series_takes_their_samples_of_the_range_and_survives_a_restart() =>
        Gen.Select(Model.Small.Array[1, 5], Gen.Long[0, 300], Gen.Long[0, 300]).Sample(
            static (models, a, b) =>
            {
                using var store = new MaintainedStore();
                Array.ForEach(models, model => store.Seal(model));
                var matcher = new LabelMatcher("__name__", MatchOperator.NotEqual, "metric1");
                var (from, to) = (Math.Min(a, b) * 60_000, Math.Max(a, b) * 60_000);
                var held = models.Sum(model => model.Where(series => matcher.IsMatch(series.Key)).Sum(series => series.Value.Keys.Count(time => time >= from && time <= to)));
                var expected = Model.Of(store.Catalog).Remove((labels, time) => matcher.IsMatch(labels) && time >= from && time <= to);
                var report = store.Maintenance.Delete([matcher], from, to, CancellationToken.None);
                Model.Of(store.Catalog).AssertIs(expected);
                Assert.Equal(held, report.Samples);
                Assert.Equal(report.Samples, Deleted(store, "deleted"));
                store.AssertFilesAreTheBlocks();
                store.Reopen();
                Model.Of(store.Catalog).AssertIs(expected);
            },
            iter: 100);

    [Fact]
    public void A_block_whose_samples_are_all_deleted_is_gone()
    {
        using var store = new MaintainedStore();
        store.Seal(Line(0, 10));
        var report = store.Maintenance.Delete([new("__name__", MatchOperator.Equal, "metric0")], long.MinValue, long.MaxValue, CancellationToken.None);
        Assert.Equal(new DeletionReport(1, 1, 10), report);
        Assert.Empty(store.Catalog.Infos);
        store.AssertFilesAreTheBlocks();
    }

    private static long Deleted(MaintainedStore store, string reason) => store.Metrics.Counter("toka_store_deleted_samples_total", "", ("reason", reason)).Value;

    private static IEnumerable<string> Names(MaintainedStore store) => Model.Of(store.Catalog).Keys.Select(static labels => labels["__name__"]);

    /// <summary>One series with a sample each second.</summary>
    internal static Model Line(int fromSecond, int count) => new()
    {
        [Model.Series(0)] = new(Enumerable.Range(fromSecond, count).ToDictionary(static i => i * 1000L, static i => BitConverter.DoubleToInt64Bits(i % 97))),
    };

    /// <summary>About 800 kB that no codec makes smaller, within two hours.</summary>
    internal static Model Noise(long fromMs)
    {
        var random = new Random((int)(fromMs / Hour));
        var samples = Enumerable.Range(0, 20_000).Select(i => fromMs + (i * 350L) + random.Next(300)).ToDictionary(static time => time, _ => random.NextInt64());
        var more = samples.Keys.ToDictionary(static time => time, _ => random.NextInt64());
        return new Model { [Model.Series(0)] = new(samples), [Model.Series(1)] = new(more), [Model.Series(2)] = new(more), [Model.Series(3)] = new(samples) };
    }

    private sealed class WatchedDisk : Disk.PassingDisk
    {
        public Action AfterWrite { get; set; } = static () => { };

        public Action AfterCreate { get; set; } = static () => { };

        public override IStoreFile Create(string path)
        {
            var file = base.Create(path);
            AfterCreate();
            return file;
        }

        public override void SyncDirectory(string path)
        {
            base.SyncDirectory(path);
            AfterWrite();
        }
    }
}
