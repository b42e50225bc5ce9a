using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;
using Toka.TimeSeries.Limits;
using Toka.TimeSeries.Wal;

namespace Toka.TimeSeries.Writing;

/// <summary>
/// The one place where the store changes: group commit, recovery, retention. The first writer to come commits on its own
/// thread; those who come meanwhile are committed together, with one write, on a pool thread.
/// </summary>
/// <remarks>Locks, always in this order: the commit lock (one change at a time), then the head's lock (what readers see).</remarks>
internal sealed partial class Committer : IDisposable
{
    /// <summary>A group takes no further writes beyond these rows: about 1 MB of log, some 10 ms.</summary>
    private const int GroupRowsMax = 65_536;

    /// <summary>Finished writes kept for reuse.</summary>
    private const int PooledMax = 64;

    /// <summary>The largest canonical label set, in bytes: it must fit one page of the symbol table.</summary>
    private const int LabelSetBytesMax = 60_000;

    /// <summary>A segment is closed at this age, whatever its size.</summary>
    private static readonly TimeSpan s_segmentAgeMax = TimeSpan.FromHours(2);

    private readonly MetricStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly StoreClock _clock;
    private readonly BlockProbe? _probe;
    private readonly SeriesIndex _index;
    private readonly SampleHead _head;
    private readonly StoreMetadata _metadata;
    private readonly Lock _headLock;
    private readonly Lock _commitLock = new();
    private readonly Lock _queueLock = new();
    private readonly Queue<PendingWrite> _queue = new();
    private readonly Stack<PendingWrite> _pool = new();
    private readonly List<PendingWrite> _group = [];
    private readonly PagedArray<int> _definedIn = new();
    private readonly PagedArray<ulong> _lastLogged = new();
    private readonly RecordWriter _definitions = new();
    private readonly RecordWriter _samples = new();
    private readonly WalWriter? _wal;
    private readonly StoreCounters _counters;
    private readonly Action<PendingWrite> _return;
    private bool _busy;
    private bool _closed;
    private int _metadataDefinedIn;
    private long _droppedForMemory;

    /// <summary>Makes the committer of a store.</summary>
    public Committer(MetricStoreOptions options, StoreParts parts)
    {
        _options = options;
        (_time, _clock, _index, _head, _metadata, _headLock) = (parts.Time, parts.Clock, parts.Index, parts.Head, parts.Metadata, parts.HeadLock);
        _counters = parts.Counters;
        Action<BlockFault> damaged = fault =>
        {
            _counters.DamagedChunks.Add();
            parts.Catalog!.Note(fault);
        };
        _probe = parts.Catalog is null ? null : new BlockProbe(parts.Catalog, damaged);
        _gate = new SeriesGate(options, options.Memory, parts.Catalog is null ? null : new KnownSeries(parts.Catalog, damaged));
        _return = Return;
        if (options.Directory is not null && !options.ReadOnly)
        {
            // A segment older than a block's span is of no use to anybody: it only keeps its bytes from being deleted.
            var age = options.Retention / 12 < s_segmentAgeMax ? options.Retention / 12 : s_segmentAgeMax;
            _wal = new WalWriter(options.Directory, options.Disk, options.SegmentBytes, _time, age);
            parts.Metrics.Gauge("toka_wal_bytes", "Bytes of the log.", () => _wal.Bytes);
        }
    }

    /// <summary>Whether the last write to the log failed.</summary>
    public bool IsFailing { get; private set; }

    /// <summary>The last sample of a new series that a limit refused; null before the first. Thread-safe.</summary>
    public SeriesRefusal? LastRefusal => _gate.LastRefusal;

    /// <summary>Told of each write to the log that failed, under the commit lock: it must return soon and not throw.</summary>
    public Action<Exception>? WriteFailed { get; set; }

    /// <summary>Commits a batch, alone or with others.</summary>
    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        PendingWrite write;
        lock (_queueLock)
        {
            write = _pool.TryPop(out var pooled) ? pooled : new PendingWrite { Return = _return };
            write.Batch = batch;
            write.Result = default;
            write.Error = null;
            if (_busy)
            {
                _queue.Enqueue(write);
                return write.Task;
            }

            _busy = true;
        }

        _group.Add(write);
        CommitGroup();
        _group.Clear();
        var (result, error) = (write.Result, write.Error);
        Return(write);
        PassOn();
        return error is null ? new ValueTask<WriteResult>(result) : ValueTask.FromException<WriteResult>(error);
    }

    /// <summary>The jobs that made new series, the most of this hour first. Thread-safe.</summary>
    /// <param name="limit">The most jobs; positive.</param>
    public IReadOnlyList<JobChurn> Churn(int limit) => _gate.Jobs(_clock.NowMs, limit);

    /// <summary>Syncs the log and counts.</summary>
    public void Sync()
    {
        try
        {
            if (_wal?.Sync() == true)
            {
                _counters.Syncs.Add();
            }
        }
        catch (IOException)
        {
            _counters.SyncErrors.Add();
        }
    }

    /// <summary>Syncs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_options.SyncInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                Sync();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    /// <summary>Takes no further writes; those that wait are refused.</summary>
    public void Close()
    {
        lock (_commitLock)
        {
            // A write that still waits must not begin a new segment in a directory that is no longer ours.
            _closed = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        lock (_commitLock)
        {
            _probe?.Dispose();
            try
            {
                _wal?.Dispose();
            }
            catch (IOException)
            {
                _counters.SyncErrors.Add();
            }
        }
    }

    private long CutoffMs() => _options.ReadOnly || _options.Retention == TimeSpan.MaxValue ? long.MinValue : _clock.EarlierMs - (long)_options.Retention.TotalMilliseconds;

    private long FutureMs() => _options.FutureTolerance == TimeSpan.MaxValue ? long.MaxValue : _clock.LaterMs + (long)_options.FutureTolerance.TotalMilliseconds;

    private void Return(PendingWrite write)
    {
        write.Batch = null!;
        lock (_queueLock)
        {
            if (_pool.Count < PooledMax && write.Ids.Length <= GroupRowsMax)
            {
                _pool.Push(write);
            }
        }
    }

    /// <summary>Ends the lead, or hands it to a pool thread where others wait.</summary>
    private void PassOn()
    {
        lock (_queueLock)
        {
            _busy = _queue.Count > 0;
            if (_busy)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static committer => committer.CommitQueued(), this, preferLocal: false);
            }
        }
    }

    private void CommitQueued()
    {
        lock (_queueLock)
        {
            for (var rows = 0; rows < GroupRowsMax && _queue.TryDequeue(out var write); rows += write.Batch.Count)
            {
                _group.Add(write);
            }
        }

        CommitGroup();
        foreach (var write in _group)
        {
            write.Complete();
        }

        _group.Clear();
        PassOn();
    }

    private void CommitGroup()
    {
        try
        {
            lock (_commitLock)
            {
                ObserveClock();
                Log();
                lock (_headLock)
                {
                    _head.NowMs = _clock.NowMs;
                    foreach (var write in _group)
                    {
                        Apply(write);
                    }
                }

                _counters.MemoryLimit.Add(_head.DroppedForMemory - _droppedForMemory);
                _droppedForMemory = _head.DroppedForMemory;
            }
        }
        catch (Exception e)
        {
            // The whole group failed alike: nothing of it is visible, everybody hears of it.
            foreach (var write in _group)
            {
                write.Error = e;
            }
        }
    }

    private void Log()
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(MetricStore));
        _wal?.RotateIfFull();
        try
        {
            EncodeAndAppend();
        }
        catch
        {
            // Whatever went wrong: series that were taken for defined are not, nor are their values known.
            _wal?.Forget();
            throw;
        }
    }

    private void EncodeAndAppend()
    {
        _definitions.Clear();
        _samples.Clear();
        var newest = long.MinValue;
        foreach (var write in _group)
        {
            Prepare(write, ref newest);
        }

        _definitions.End();
        _samples.End();
        if (_wal is null || (_definitions.Written.IsEmpty && _samples.Written.IsEmpty))
        {
            return;
        }

        // Definitions go first, in the same write; mostly there are none and nothing is copied.
        var definitionBytes = _definitions.Written.Length;
        var records = _samples;
        if (definitionBytes > 0)
        {
            _definitions.Join(_samples);
            records = _definitions;
        }

        try
        {
            _wal.Append(records.Written, definitionBytes, newest);
            SetFailing(null);
        }
        catch (IOException e)
        {
            _counters.WriteErrors.Add();
            SetFailing(e.Message);
            WriteFailed?.Invoke(e);
            throw;
        }
    }

    private void SetFailing(string? reason)
    {
        if (IsFailing != (reason is not null))
        {
            IsFailing = reason is not null;
            _options.LogStateChanged?.Invoke(reason);
        }
    }

    private void Apply(PendingWrite write)
    {
        var tally = new WriteTally(write.Result);
        var rows = write.Batch.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            if (write.Ids[i] < 0)
            {
                continue;
            }

            ref readonly var row = ref rows[i];
            switch (_head.Append(write.Ids[i], row.TimestampMs, BitConverter.DoubleToUInt64Bits(row.Value)))
            {
                case AppendOutcome.Accepted:
                    tally.Accepted++;
                    break;
                case AppendOutcome.Duplicate:
                    tally.Duplicates++;
                    break;
                case AppendOutcome.Conflict:
                    tally.Conflicting(write.Batch, row);
                    break;
                default:
                    tally.TooOld(write.Batch, row);
                    break;
            }
        }

        foreach (var metadata in write.Batch.Metadata)
        {
            if (_metadata.IsNews(metadata))
            {
                _metadata.Set(metadata);
            }
        }

        ApplySide(write, ref tally);
        write.Result = tally.Result;
        _counters.Count(write.Result);
    }
}
