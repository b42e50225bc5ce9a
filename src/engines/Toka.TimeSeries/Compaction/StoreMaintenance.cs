using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Telemetry;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Compaction;

/// <summary>
/// Everything that is done to blocks after they were written: merging, summarising, retention, the size cap, the full disk,
/// deletion of series. Driven from outside, one round at a time; at most one job runs. Thread-safe: a second caller waits.
/// </summary>
internal sealed partial class StoreMaintenance : IBlockMaintenance
{
    private readonly Lock _lock = new();
    private readonly IStoreDisk _disk;
    private readonly BlockCatalog _catalog;
    private readonly RetentionOptions _options;
    private readonly MaintenanceHooks _hooks;
    private readonly RetentionPolicy _policy;
    private readonly RuleClasses _classes;
    private readonly StoreRoom _room;
    private readonly BlockMerger _merger;
    private readonly JobBackoff _backoff;
    private readonly BlockAges _ages;
    private readonly MaintenanceCounters _counters;
    private MaintenanceReport _report = new();
    private long _deleted;

    /// <summary>Jobs of which something was told, which is told once.</summary>
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Makes it for the blocks of a catalog; does nothing until it is driven.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="catalog">The blocks.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="metrics">Where it counts.</param>
    /// <param name="hooks">What it needs of the store around it.</param>
    /// <exception cref="Toka.Core.Errors.BadInputException">An option is out of range.</exception>
    public StoreMaintenance(IStoreDisk disk, BlockCatalog catalog, RetentionOptions options, SelfMetrics metrics, MaintenanceHooks hooks)
    {
        options.Validate();
        (_disk, _catalog, _options, _hooks) = (disk, catalog, options, hooks);
        _policy = new RetentionPolicy(options);
        _classes = new RuleClasses(options.Rules);
        _backoff = new JobBackoff(hooks.Time);
        _ages = new BlockAges(hooks.Time);
        _counters = new MaintenanceCounters(metrics);
        Pressure = new DiskPressure(disk, catalog.Directory, options.DiskReserveBytes) { Changed = hooks.PressureChanged };
        _room = new StoreRoom(options, Pressure, () => catalog.Infos, hooks.LogBytes, Free, hooks.Time);
        _merger = new BlockMerger(disk, catalog.Directory, catalog.NextSequence, hooks.Payloads);
        metrics.Gauge("toka_store_disk_full", "1 while the store is read-only because its disk is full.", () => Pressure.IsFull ? 1 : 0);
    }

    /// <summary>Whether the disk has room; the store tells it of writes that fail and asks it before each.</summary>
    public DiskPressure Pressure { get; }

    /// <summary>Rounds are done one after the other for so long, and the rest in the next call: a seal may be waiting. 5 s.</summary>
    public static TimeSpan RoundsFor => TimeSpan.FromSeconds(5);

    /// <summary>
    /// In-order samples older than this are in blocks, also where no newer ones came: the head spans at most two partitions
    /// and a half. 6 h.
    /// </summary>
    public static TimeSpan SealedAfter => TimeSpan.FromHours(6);

    /// <summary>Does what is due, several rounds where they are short.</summary>
    /// <param name="nowMs">The time that retention goes by; it should not follow a clock that jumps.</param>
    /// <param name="stop">Ends it between two series.</param>
    public void RunOnce(long nowMs, CancellationToken stop)
    {
        var start = _hooks.Time.GetTimestamp();
        while (RunRound(nowMs, SealedUntil(nowMs), stop).MayHaveMore && !stop.IsCancellationRequested && _hooks.Time.GetElapsedTime(start) < RoundsFor)
        {
        }
    }

    /// <inheritdoc/>
    public string? Finding => Pressure.IsFull ? Pressure.Finding : null;

    /// <inheritdoc/>
    public void WriteFailed(Exception failure) => Pressure.WriteFailed(failure);

    /// <inheritdoc/>
    public LogRoom RoomForLog(long logBytes, long blockBytes) =>
        Pressure.IsRoomForLogEnding(logBytes, _catalog.Bytes, blockBytes) ? LogRoom.NeedsSeal : _room.RoomFor(logBytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held between rounds.
    }

    /// <summary>
    /// One round: frees space where the disk is full, keeps the size cap, deletes what is past, then does one job: a merge, a
    /// day's summaries, or a rewrite without what is past. Failures of the disk are counted, logged and tried again later.
    /// </summary>
    /// <param name="nowMs">The time that retention goes by; it should not follow a clock that jumps.</param>
    /// <param name="sealedUntilMs">Everything before this time, but for late samples, is in blocks.</param>
    /// <param name="cancellationToken">Ends the job between two series.</param>
    public MaintenanceReport RunRound(long nowMs, long sealedUntilMs, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _report = new MaintenanceReport();
            var deletedBefore = Interlocked.Read(ref _deleted);
            var sequences = _catalog.Infos.Select(static block => block.Sequence).ToHashSet();
            _ages.Keep(sequences);
            _backoff.Keep(sequences);
            _classes.Keep(sequences);
            Guard("freeing space on a full disk", _room.Relieve);
            Guard("keeping the size cap", () => KeepCap());
            var room = 0L;
            Guard("asking for free space", () => room = Pressure.IsFull ? 0 : _room.JobBytesMax());
            var tierJobs = TierJobs(nowMs, room);
            Guard("deleting what is past", () => DeletePast(nowMs, tierJobs));
            if (room > 0 && !cancellationToken.IsCancellationRequested)
            {
                Guard("looking for work", () => RunJob(nowMs, sealedUntilMs, room, tierJobs, cancellationToken));
            }

            _report.Deleted = (int)(Interlocked.Read(ref _deleted) - deletedBefore);
            return _report;
        }
    }

    /// <summary>
    /// Deletes the oldest blocks until so many bytes more fit under the size cap: before the log or a seal grows by them.
    /// Does not wait for a running job.
    /// </summary>
    /// <returns>Whether they fit.</returns>
    /// <exception cref="IOException">A block cannot be deleted.</exception>
    public bool MakeRoom(long bytes) => _room.Make(bytes);

    /// <summary>
    /// Deletes samples of series from all blocks, by writing those anew that hold any. The store has sealed its head before.
    /// Summaries of buckets that the range touches are deleted too, and made again of what is left where all raw samples are kept.
    /// </summary>
    /// <param name="matchers">Which series; at least one matcher.</param>
    /// <param name="fromMs">The first time, inclusive.</param>
    /// <param name="toMs">The last time, inclusive.</param>
    /// <param name="cancellationToken">Ends it between two series: what was done until then stays done.</param>
    /// <exception cref="IOException">A block cannot be written, or there is no room to write it; the message says which. What was done until then stays done.</exception>
    /// <exception cref="BlockDamagedException">A block that holds samples of them is damaged.</exception>
    public DeletionReport Delete(IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(matchers.Count);
        lock (_lock)
        {
            var report = new DeletionReport(0, 0, 0);
            SumUpLateSamples(cancellationToken);
            using var snapshot = _catalog.Acquire();
            foreach (var group in snapshot.Blocks.GroupBy(static block => block.Info.TierMs).SelectMany(tier => CompactionPlanner.Overlapping(tier.Select(static block => block.Info))))
            {
                var tier = Math.Max(1, group[0].TierMs);
                var (from, to) = (TierLayout.BucketStart(fromMs, tier), TierLayout.BucketEnd(toMs, tier));

                // Blocks that overlap are written together: one alone would come after the others, which then won at equal times.
                var blocks = Held(snapshot, [.. group.OrderBy(static block => block.Sequence)]);
                var ordinals = blocks.ConvertAll(block => block.Select(matchers, from, to));
                var series = ordinals.Sum(static of => of.Length);
                if (series > 0)
                {
                    var removed = Rewrite(blocks, new Removal(from, to, ordinals), "deleted", mayUseHeadroom: true, cancellationToken);
                    report = new DeletionReport(report.Blocks + blocks.Count, report.Series + series, report.Samples + removed);
                }
            }

            // A block of which nothing was left is only gone once its name is.
            if (_catalog.RetryDeletes() > 0)
            {
                throw new IOException($"The samples can no longer be queried, but files in {_catalog.Directory} could not be deleted and would come back at the next start; see why, and delete again.");
            }

            if (report.Blocks > 0)
            {
                SumUpAgain([TierLayout.DayStart(fromMs), TierLayout.DayStart(toMs)], cancellationToken);
            }

            _disk.SyncDirectory(_catalog.Directory);
            return report;
        }
    }

    /// <summary>A block of later samples says that everything before them is in blocks.</summary>
    private long SealedUntil(long nowMs)
    {
        var age = (long)SealedAfter.TotalMilliseconds;
        var sealedUntil = nowMs < long.MinValue + age ? long.MinValue : nowMs - age;
        foreach (var block in _catalog.Infos)
        {
            sealedUntil = block.TierMs == Ladder.Raw ? Math.Max(sealedUntil, block.MaxMs) : sealedUntil;
        }

        return sealedUntil;
    }

    private void KeepCap()
    {
        if (!_room.Make(0))
        {
            _counters.Errors.Add();
            _hooks.Log(string.Create(CultureInfo.InvariantCulture, $"The log alone takes {_hooks.LogBytes()} bytes: there is no room for blocks under the size cap of {_options.SizeCapBytes} bytes."));
        }
    }

    private void Free(List<BlockInfo> blocks, string reason)
    {
        foreach (var block in blocks.Where(static block => block.TierMs == Ladder.Raw))
        {
            _hooks.Freeing(block.MinMs, block.MaxMs);
        }

        Delete(blocks, reason);
    }

    private void Delete(List<BlockInfo> blocks, string reason)
    {
        // Told first: where the process dies in between, no block is gone that nobody was told of.
        foreach (var block in blocks)
        {
            _hooks.Log($"Deleted block {Describe(block)}: {MaintenanceCounters.WordsFor(reason)}.");
        }

        _catalog.Publish([], [.. blocks.Select(static block => block.Sequence)]);
        Interlocked.Add(ref _deleted, blocks.Count);
        _counters.Deleted(reason, blocks.Sum(static block => block.Samples));
    }

    private void DeletePast(long nowMs, List<TierJob> tierJobs)
    {
        // What is still to be summarised is deleted after it; where that fails it goes all the same.
        var awaited = tierJobs.SelectMany(static job => job.Raw).Select(static block => block.Sequence).ToHashSet();
        using var snapshot = _catalog.Acquire();
        var past = new List<BlockInfo>();
        foreach (var block in snapshot.Blocks)
        {
            if (!awaited.Contains(block.Info.Sequence) && Judge(block, nowMs, out _) == Verdict.Delete)
            {
                past.Add(block.Info);
            }
        }

        if (past.Count > 0)
        {
            Delete(past, "retention");
        }
    }

    private Verdict Judge(Block block, long nowMs, out System.Collections.BitArray? expired)
    {
        try
        {
            return _policy.Judge(block.Info, nowMs, () => _classes.HeldBy(block), out expired);
        }
        catch (BlockDamagedException e)
        {
            Damaged(block.Info.Sequence, e);
            expired = null;
            return Verdict.Keep;
        }
    }

    /// <summary>The days to sum up that there is room for: all resolutions in one walk, or else one at a time.</summary>
    private List<TierJob> TierJobs(long nowMs, long room)
    {
        var jobs = new List<TierJob>();
        foreach (var job in _hooks.Tiers is null || room == 0 ? [] : DueTiers(nowMs, _ages.Fresh()))
        {
            foreach (var part in job.Bytes <= room ? [job] : job.ResolutionsMs.Select(resolution => job with { ResolutionsMs = [resolution] }))
            {
                if (part.Bytes <= room && !_backoff.IsPostponed(part.Key))
                {
                    jobs.Add(part);
                }
                else if (part.Bytes > room && _told.Add($"room of {part.DayStartMs}"))
                {
                    _counters.Errors.Add();
                    _hooks.Log(string.Create(
                        CultureInfo.InvariantCulture,
                        $"The day from {SeriesMerger.DescribeTime(part.DayStartMs)} is not summed up: one resolution may take {part.Bytes} bytes, and {room} are allowed, a quarter of the size cap or what the disk has. Its samples go at their time without summaries, unless there is room before."));
                }
            }
        }

        return jobs;
    }

    private IEnumerable<TierJob> DueTiers(long nowMs, IReadOnlySet<long> fresh) => TierPlanner.Due(
        _catalog.Infos, nowMs, fresh, tier => _options.KeepOf(tier) == TimeSpan.Zero ? long.MaxValue : _policy.CutoffMs(tier, _policy.Classes - 1, nowMs));

    private void Guard(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BlockDamagedException)
        {
            Failed(what, e);
        }
    }

    private void Failed(string what, Exception e)
    {
        _report.Errors++;
        _counters.Errors.Add();
        Pressure.WriteFailed(e);
        _hooks.Log($"Maintenance of the metric store failed at {what}: {e.Message} It is tried again.");
    }

    /// <summary>The block is left as it is. The catalog tells it, once, and health knows it from now on.</summary>
    private void Damaged(long sequence, BlockDamagedException e)
    {
        if (_backoff.FoundDamaged(sequence))
        {
            _report.Damaged++;
            _report.Errors++;
            _counters.Errors.Add();
            _catalog.Note(e.Fault);
        }
    }

    private static string Describe(BlockInfo block) => string.Create(
        CultureInfo.InvariantCulture, $"{block.Sequence} ({(block.TierMs == Ladder.Raw ? "raw" : $"{block.TierMs / 1000} s")}, {SeriesMerger.DescribeTime(block.MinMs)} to {SeriesMerger.DescribeTime(block.MaxMs)}, {block.Samples} samples, {block.Bytes} bytes)");
}
