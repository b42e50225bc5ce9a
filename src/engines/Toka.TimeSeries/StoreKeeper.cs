using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Sealing;
using Toka.TimeSeries.Tiers;
using Toka.TimeSeries.Writing;

namespace Toka.TimeSeries;

/// <summary>
/// What a store does beside writing and reading: seals the head into blocks, keeps the checkpoint, expires, and has the blocks
/// maintained. One thing at a time, under a lock of its own, which comes before the committer's; before it comes the lock of
/// what takes long with the blocks, so that seals go on beside a backup's copying. Everything can be called by hand;
/// <see cref="RunAsync"/> calls it at intervals and when memory is short.
/// </summary>
internal sealed partial class StoreKeeper : IDisposable
{
    /// <summary>How often it looks whether something is due.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>A span of time is sealed so long after its end: what comes a little late still comes in order.</summary>
    public static readonly TimeSpan SealDelay = TimeSpan.FromMinutes(10);

    /// <summary>When memory is short, what is younger than this stays: senders are that much late without being late for the head.</summary>
    private const long PressureKeepsMs = 60_000;

    /// <summary>While the process is short of memory it is sealed no more often than this.</summary>
    private static readonly TimeSpan s_shortInterval = TimeSpan.FromMinutes(1);

    /// <summary>The disk is asked for its room each time that the log has grown by this: some 20 µs for as many ms of writing. 1 MiB.</summary>
    private const long LookEveryBytes = 1024 * 1024;

    private readonly MetricStoreOptions _options;
    private readonly StoreParts _parts;
    private readonly Committer _committer;
    private readonly Sealer? _sealer;
    private readonly IBlockMaintenance? _blocks;
    private readonly Lock _jobs = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationToken _stop;
    private CancellationTokenSource? _job;
    private TaskCompletionSource _attempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Checkpoint _checkpoint;
    private bool _checkpointIsWritten;
    private bool _isFailing;
    private long _lookedAtBytes;
    private long? _sealedWhenShort;
    private volatile bool _isRoomEnding;

    /// <summary>Makes the keeper of a store.</summary>
    /// <param name="options">How it keeps its data.</param>
    /// <param name="parts">The store's parts.</param>
    /// <param name="committer">The store's committer.</param>
    /// <param name="checkpoint">What an earlier run left; null where there was none.</param>
    /// <param name="stop">The store's end: what can wait for the next start is left.</param>
    public StoreKeeper(MetricStoreOptions options, StoreParts parts, Committer committer, Checkpoint? checkpoint, CancellationToken stop)
    {
        (_options, _parts, _committer, _stop) = (options, parts, committer, stop);
        _checkpoint = checkpoint ?? new Checkpoint(parts.Clock.SteadyMs, [], []);
        _checkpointIsWritten = checkpoint is not null;
        if (parts.Catalog is not null && !options.ReadOnly)
        {
            _sealer = new Sealer(options.Disk, parts);
            _blocks = options.BlockMaintenance?.Invoke(parts.Catalog, () => committer.LogBytes) ?? MaintenanceOf(options, parts, committer);
            committer.WriteFailed = WriteFailed;
        }
    }

    /// <summary>Why nothing may be written at present; null where writing is allowed.</summary>
    public string? Finding => _blocks?.Finding;

    /// <summary>Whether the last seal failed.</summary>
    public bool IsFailing => Volatile.Read(ref _isFailing);

    /// <summary>Whether the disk is so near its end that the log becomes blocks first, for which writers wait.</summary>
    public bool IsRoomEnding => _isRoomEnding;

    /// <summary>What maintains the blocks; null where nothing does.</summary>
    public IBlockMaintenance? Blocks => _blocks;

    /// <summary>Whether a sample of a segment is in blocks already.</summary>
    public bool IsSealed(uint segment, long time) => _checkpoint.IsSealed(segment, time);

    /// <summary>The moment before which the samples of a segment are in blocks. Changes with each seal.</summary>
    public long SealedBefore(uint segment) => _checkpoint.SealedBefore(segment);

    /// <summary>Does everything that is due.</summary>
    public void Maintain()
    {
        lock (_lock)
        {
            _committer.Expire();
            if (_sealer is not null)
            {
                if (DueBoundary(_committer.Times()) is { } boundary)
                {
                    TrySeal(boundary, null);
                }

                SealForMemory();
                SealForSpace();
                TryWriteCheckpoint();
                _parts.Catalog!.RetryDeletes();
            }

            _committer.DropSegments(_sealer is not null && _checkpointIsWritten ? IsSealed : null);
        }

        // While a backup copies blocks they stay as they are, and seals go on.
        if (_blocks is not null && _jobs.TryEnter())
        {
            try
            {
                lock (_lock)
                {
                    MaintainBlocks(_blocks);
                }
            }
            finally
            {
                _jobs.Exit();
            }
        }
    }

    /// <summary>To be called before a write: looks now and then whether there is room for the log, on the disk and under the cap.</summary>
    /// <param name="coming">Bytes that the write adds to the log, about.</param>
    public void LookAtSpace(long coming)
    {
        var bytes = _committer.LogBytes + coming;
        var looked = Volatile.Read(ref _lookedAtBytes);
        if (_sealer is null || _options.IsManual || (bytes >= looked && bytes < looked + Math.Min(LookEveryBytes, _options.Kept.SizeCapBytes / 64)))
        {
            return;
        }

        Volatile.Write(ref _lookedAtBytes, bytes);
        var room = RoomForLog(coming);
        if (room != LogRoom.Ample)
        {
            _isRoomEnding = _isRoomEnding || room != LogRoom.Ending;
            Wake();
        }
    }

    /// <summary>Seals everything, as at a stop; in a store without a disk nothing.</summary>
    /// <returns>Whether everything is in blocks.</returns>
    public bool Seal()
    {
        lock (_lock)
        {
            var done = _sealer is not null && TrySeal(long.MaxValue, null);
            _committer.DropSegments(_sealer is not null && _checkpointIsWritten ? IsSealed : null);
            return done && _checkpointIsWritten;
        }
    }

    /// <summary>Seals everything while the log is being read, because memory is full.</summary>
    /// <param name="segment">The last segment that has been read whole.</param>
    public void SealWhileRecovering(uint segment)
    {
        lock (_lock)
        {
            if (_sealer is not null && TrySeal(long.MaxValue, segment))
            {
                _committer.DropSegments(_checkpointIsWritten ? IsSealed : null);
            }
        }
    }

    /// <summary>After recovery: what an earlier run did not get to.</summary>
    public void Recovered()
    {
        lock (_lock)
        {
            if (_sealer is not null)
            {
                if (!_checkpointIsWritten)
                {
                    // The next start takes the metadata from here alone, and not from the blocks.
                    _checkpoint = _checkpoint with { Metadata = _parts.Metadata.List(null, 0) };
                }

                TryWriteCheckpoint();
                _committer.DropSegments(_checkpointIsWritten ? IsSealed : null);
            }
        }
    }

    /// <summary>Places the window of samples in order by the blocks there are.</summary>
    public void SetWindow()
    {
        if (_parts.Catalog is not null)
        {
            var (from, to) = Window(_committer.Times(), long.MinValue);
            _committer.SetWindow(from, to);
        }
    }

    /// <summary>Runs something that changes the blocks, when nothing else does.</summary>
    public void Exclusively(Action<BlockCatalog> change)
    {
        lock (_jobs)
        {
            lock (_lock)
            {
                change(_parts.Catalog!);
            }
        }
    }

    /// <summary>Runs something at one moment of blocks and log, and then, while blocks may be added but none is merged, what takes long.</summary>
    public void WhileBlocksStay(Action<BlockCatalog> atOneMoment, Action afterwards)
    {
        lock (_jobs)
        {
            lock (_lock)
            {
                atOneMoment(_parts.Catalog!);
            }

            afterwards();
        }
    }

    /// <summary>Has memory looked after soon.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else was as quick.
            }
        }
    }

    /// <summary>Waits until there is room in memory for a write, and where the disk is near its end until the log has become blocks.</summary>
    /// <exception cref="IOException">There is none, because blocks cannot be written.</exception>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (_committer.IsOutOfMemory || _isRoomEnding)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, typeof(MetricStore));
            if (_options.IsManual)
            {
                lock (_lock)
                {
                    SealForMemory();
                }
            }
            else
            {
                var attempt = Volatile.Read(ref _attempt).Task;
                InterruptJob();
                Wake();
                await attempt.WaitAsync(cancellationToken);
            }

            if (IsFailing && RoomForLog(0) == LogRoom.NeedsSeal && _committer.LogBytes > _options.Kept.SizeCapBytes / 2)
            {
                throw new IOException("the log takes half of storage.size, and cannot be moved to blocks; toka's log says why. The write was not taken; send it again later.");
            }

            if (_committer.IsOutOfMemory && IsFailing)
            {
                throw new IOException("memory is full, and samples cannot be moved to blocks on the disk; toka's log says why. The write was not taken; send it again later.");
            }
        }
    }

    /// <summary>Maintains at intervals and on demand until it is stopped.</summary>
    public async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, _parts.Time);
        try
        {
            var tick = timer.WaitForNextTickAsync(_stop).AsTask();
            var woken = _wake.WaitAsync(_stop);
            while (true)
            {
                var first = await Task.WhenAny(tick, woken);
                await first;
                (tick, woken) = first == tick ? (timer.WaitForNextTickAsync(_stop).AsTask(), woken) : (tick, _wake.WaitAsync(_stop));
                MaintainOrReport();
                Interlocked.Exchange(ref _attempt, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
        finally
        {
            _attempt.TrySetResult();
        }
    }

    /// <summary>One round of merging and retention, and another where a full disk has got room by it.</summary>
    private void MaintainBlocks(IBlockMaintenance blocks)
    {
        using var job = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        Volatile.Write(ref _job, job);
        try
        {
            blocks.RunOnce(_committer.Times().EarlierMs, job.Token);
            if (Finding is not null && SealForSpace())
            {
                // What was freed was room enough for blocks, and now the log can go.
                _committer.DropSegments(_checkpointIsWritten ? IsSealed : null);
                blocks.RunOnce(_committer.Times().EarlierMs, job.Token);
            }
        }
        finally
        {
            Volatile.Write(ref _job, null);
        }
    }

    /// <summary>A merge can be done again later; writers that wait for memory cannot wait for it.</summary>
    private void InterruptJob()
    {
        try
        {
            Volatile.Read(ref _job)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    private void MaintainOrReport()
    {
        try
        {
            Maintain();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Maintenance is tried again; whoever reads the log learns what is wrong with it. Writers that wait for room on the
            // disk go on as after any other try, or they would have it tried again at once, for ever.
            _isRoomEnding = false;
            _parts.Counters.MaintenanceErrors.Add();
            _options.Report?.Invoke($"maintenance of the metric store failed: {e}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _blocks?.Dispose();
        _wake.Dispose();
    }

    private static StoreMaintenance MaintenanceOf(MetricStoreOptions options, StoreParts parts, Committer committer) =>
        new(options.Disk, parts.Catalog!, options.Kept, parts.Metrics, new MaintenanceHooks
        {
            Freeing = committer.Free,
            LogBytes = () => committer.LogBytes + parts.Catalog!.OtherBytes,
            Log = options.Report ?? (static _ => { }),
            PressureChanged = finding => options.Report?.Invoke(finding ?? "The disk has room again; the metric store is written."),
            Payloads = new PayloadMerger(),
            Tiers = new TierBuilder(options.Disk, parts.Catalog!.Directory, parts.Catalog.NextSequence),
            Time = parts.Time,
        });

    /// <summary>A full disk is worked against at once, not at the next interval.</summary>
    private void WriteFailed(Exception failure)
    {
        _blocks!.WriteFailed(failure);
        if (_blocks.Finding is not null)
        {
            Wake();
        }
    }

    private void SetFailing(Exception? failure)
    {
        if (failure is not null)
        {
            _blocks?.WriteFailed(failure);
        }

        if (IsFailing != (failure is not null))
        {
            Volatile.Write(ref _isFailing, failure is not null);
            _options.Report?.Invoke(failure is null
                ? "samples can be moved from memory to blocks again"
                : $"samples cannot be moved from memory to blocks: {failure.Message}. They stay in memory and in the log; it is tried again.");
        }
    }
}
