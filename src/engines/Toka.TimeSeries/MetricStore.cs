using Toka.Core.Errors;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;
using Toka.TimeSeries.Sealing;
using Toka.TimeSeries.Writing;

namespace Toka.TimeSeries;

/// <summary>
/// The embedded metrics engine: a log and immutable blocks on disk, and what is too young for blocks in memory. Thread-safe.
/// </summary>
/// <remarks>
/// Writers meet in a group: one of them writes the log for all that wait, in one write(2), and only then the samples become
/// visible. Every two hours what is in memory is sealed into a block, beside readers and writers. Readers take the head's
/// lock for the moment that copies one series' open chunk; sealed chunks and blocks never change and are decoded without it.
/// A <see cref="SeriesSet"/> sees samples up to the moment each series is read; a series that retention removes meanwhile
/// reads as empty. Pages of memory stay alive for as long as a reader holds them, by reachability; blocks until the set is
/// disposed.
/// </remarks>
public sealed partial class MetricStore : ISeriesReader, ISeriesWriter, IAsyncDisposable
{
    /// <summary>What a sample adds to the log at most, definitions of new series aside: enough to foresee what a write needs.</summary>
    private const int LogBytesPerSample = 16;

    private readonly Lock _lock = new();
    private readonly SeriesIndex _index;
    private readonly SampleHead _head;
    private readonly IndexTurn _turn;
    private readonly SelectionCache _selections;
    private readonly MergedSelections _merged = new();
    private readonly StoreMetadata _metadata;
    private readonly StoreCounters _counters;
    private readonly BlockCatalog? _catalog;
    private readonly Committer _committer;
    private readonly StoreKeeper _keeper;
    private readonly MetricStoreOptions _options;
    private readonly FileStream? _directoryLock;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _background;
    private volatile StoreRecovery _recovery;
    private volatile bool _isRecovered;

    private MetricStore(MetricStoreOptions options, TimeProvider time, SelfMetrics metrics, FileStream? directoryLock)
    {
        (_options, _directoryLock) = (options, directoryLock);
        _index = new SeriesIndex();
        _head = new SampleHead(_index, options.Directory is null ? options.MemoryBytesMax : long.MaxValue) { ChunkSpanMaxMs = ChunkSpanMs(options) };
        _turn = new IndexTurn(_index, _lock, LetReaders);
        _selections = new SelectionCache(_index, _turn);
        _metadata = new StoreMetadata(metrics);
        _counters = new StoreCounters(metrics);
        var faults = new List<string>();
        Checkpoint? checkpoint = null;
        if (options.Directory is not null)
        {
            _catalog = new BlockCatalog(options.Disk, options.Directory, options.ReadOnly, metrics) { Report = options.Report };
            faults.AddRange(_catalog.Open().Faults);
            checkpoint = Checkpoint.Read(options.Disk, options.Directory, out var fault);
            faults.AddRange(fault is null ? [] : [fault]);
        }

        try
        {
            TakeMetadata(checkpoint);
            var clock = new StoreClock(time, checkpoint?.SteadyMs);
            var parts = new StoreParts(time, clock, metrics, _counters, _index, _head, _lock, _metadata, _catalog);
            _committer = new Committer(options, parts);
            _committer.StartAbove(checkpoint is null ? 0 : checkpoint.Sealed.Select(static part => part.Segment).Append(0u).Max());
            _keeper = new StoreKeeper(options, parts, _committer, checkpoint, _closing.Token);
            _keeper.SetWindow();
            _committer.CheckLog();
            Measure(metrics);
            _recovery = new StoreRecovery(0, 0, 0, 0, 0, faults, TimeSpan.Zero, 0, _catalog?.Infos.Count ?? 0);
            (Recovered, _background) = Begin(faults);
        }
        catch
        {
            _catalog?.Dispose();
            throw;
        }
    }

    /// <summary>What opening found: while the log is being read, up to now; see <see cref="Recovered"/>.</summary>
    public StoreRecovery Recovery => _recovery;

    /// <summary>
    /// Done when everything acknowledged before can be queried, with what was found. Fails with an <see cref="IOException"/>
    /// where the log cannot be read, and is cancelled where the store is closed before.
    /// </summary>
    public Task<StoreRecovery> Recovered { get; }

    /// <summary>Why nothing is written at present, in sentences; null where writing is allowed.</summary>
    public string? Finding => _keeper.Finding;

    /// <summary>The files of blocks in which damage was met and which still have it: what can be read of them is answered.</summary>
    public IReadOnlyList<string> DamagedBlocks => _catalog is null ? [] : [.. _catalog.Damaged.Select(static block => block.Path)];

    /// <summary>The files of blocks that could not be opened and were set aside, at this start or before: what they held is missing. They count for as long as they lie there at a start.</summary>
    public IReadOnlyList<string> SetAsideBlocks => _catalog?.SetAside ?? [];

    /// <summary>Whether the store can be relied on.</summary>
    public StoreReadiness Readiness
    {
        get
        {
            if (_closing.IsCancellationRequested)
            {
                return StoreReadiness.Closed;
            }

            if (!_isRecovered)
            {
                return Recovered.IsFaulted ? StoreReadiness.RecoveryFailed : StoreReadiness.Recovering;
            }

            return _committer.IsFailing || Finding is not null ? StoreReadiness.WriteFailing : StoreReadiness.Ready;
        }
    }

    /// <summary>
    /// Opens a store: its blocks at once, so that queries are answered; the log is then read in the background, see
    /// <see cref="Recovered"/>, and writers wait for that. A read-only store reads the log before this returns.
    /// </summary>
    /// <param name="options">How it keeps its data.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Where it counts.</param>
    /// <returns>The store.</returns>
    /// <exception cref="BadInputException">An option is out of range, another process has the directory, it is to be read and is not there, or another version wrote it.</exception>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    public static MetricStore Open(MetricStoreOptions options, TimeProvider time, SelfMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(metrics);
        options.Validate();
        if (options.ReadOnly)
        {
            // What was read stays in memory, and blocks stay mapped: the lock is needed only until then.
            using var readLock = DirectoryLock.TakeToRead(options.Directory!);
            return new MetricStore(options, time, metrics, null);
        }

        var directoryLock = options.Directory is null ? null : DirectoryLock.TakeToWrite(options.Directory);
        try
        {
            return new MetricStore(options, time, metrics, directoryLock);
        }
        catch
        {
            directoryLock?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Waits for the end of recovery, and while memory is full for samples to be moved to blocks.</remarks>
    /// <exception cref="InvalidOperationException">The store was opened read-only.</exception>
    /// <exception cref="IOException">The disk is full: nothing is taken until the oldest data has been freed, which happens by itself.</exception>
    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        if (_options.ReadOnly)
        {
            throw new InvalidOperationException("BUG: a write to a store that was opened read-only.");
        }

        if (_keeper.Finding is { } finding)
        {
            throw new IOException(finding);
        }

        _keeper.LookAtSpace((long)batch.Rows.Length * LogBytesPerSample);
        if (!_isRecovered || (_catalog is not null && (_committer.IsOverMemory || _keeper.IsRoomEnding)))
        {
            return WaitAndWriteAsync(batch, cancellationToken);
        }

        return _committer.WriteAsync(batch, cancellationToken);
    }

    /// <summary>
    /// Seals what is in memory, syncs the log, ends the background work and frees the directory. Later writes fail. Where
    /// sealing fails, the log keeps everything for the next start.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        await _background;
        _committer.Close();
        try
        {
            if (_isRecovered && _options.SealsAtStop && !_options.ReadOnly)
            {
                _keeper.Seal();
            }
        }
        finally
        {
            // A fault of the seal is not to keep the log from its last sync, nor the directory from the next who opens it.
            await EndAsync();
        }
    }

    /// <summary>Does at once what the background does at intervals: expires, seals what is due, maintains the blocks.</summary>
    internal void Maintain()
    {
        if (_isRecovered)
        {
            _keeper.Maintain();
        }
    }

    /// <summary>Seals everything now.</summary>
    /// <returns>Whether everything is in blocks; false where the disk failed, or there is none.</returns>
    internal bool Seal() => _isRecovered && _keeper.Seal();

    /// <summary>Changes the blocks when nothing else does, such as for a deletion.</summary>
    /// <exception cref="ObjectDisposedException">The store was closed before the turn came: its blocks are not to be seen any more.</exception>
    internal void ChangeBlocks(Action<BlockCatalog> change) => _keeper.Exclusively(catalog =>
    {
        CheckOpen();
        change(catalog);
    });

    private void CheckOpen() => ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);

    internal void Sync() => _committer.Sync();

    /// <summary>Syncs the log, and frees the directory and the memory.</summary>
    private async ValueTask EndAsync()
    {
        _committer.Dispose();
        _keeper.Dispose();
        _catalog?.Dispose();
        if (_directoryLock is not null)
        {
            await _directoryLock.DisposeAsync();
        }

        lock (_lock)
        {
            _head.Dispose();
        }

        _closing.Dispose();
    }

    private static long ChunkSpanMs(MetricStoreOptions options) =>
        options.ReadOnly ? long.MaxValue
        : options.Directory is null && options.Retention == TimeSpan.MaxValue ? long.MaxValue
        : (long)Math.Min(options.Retention.TotalMilliseconds / 12, options.Directory is null ? double.MaxValue : Sealer.BlockSpanMs);

    private async ValueTask<WriteResult> WaitAndWriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        if (!_isRecovered)
        {
            try
            {
                await Recovered.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                throw new ObjectDisposedException(nameof(MetricStore));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new IOException($"the store's log could not be read: {e.Message} Nothing is stored until it can be; start toka again then.", e);
            }
        }

        if (_catalog is not null && (_committer.IsOverMemory || _keeper.IsRoomEnding))
        {
            _keeper.Wake();
            await _keeper.WaitForRoomAsync(cancellationToken);
        }

        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        return await _committer.WriteAsync(batch, cancellationToken);
    }

    private (Task<StoreRecovery> Recovered, Task Background) Begin(List<string> faults)
    {
        if (_options.ReadOnly || _options.IsManual || _options.Directory is null)
        {
            var recovered = Task.FromResult(Recover(faults));
            var work = _options.ReadOnly || _options.IsManual ? Task.CompletedTask : Task.WhenAll(_committer.RunAsync(_closing.Token), _keeper.RunAsync());
            return (recovered, work);
        }

        var recovering = Task.Run(() => Recover(faults), _closing.Token);
        return (recovering, RunAsync(recovering));
    }

    private async Task RunAsync(Task<StoreRecovery> recovering)
    {
        try
        {
            await recovering;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e)
        {
            // Told here and to each writer; what can be read is answered with a warning.
            _options.Report?.Invoke($"the store's log could not be read: {e.Message} Nothing is stored; queries are answered from what was read.");
            return;
        }

        await Task.WhenAll(_committer.RunAsync(_closing.Token), _keeper.RunAsync());
    }

    private StoreRecovery Recover(List<string> faults)
    {
        var recovery = _committer.Recover(_keeper, faults, _closing.Token);
        _keeper.Recovered();
        _recovery = recovery with { Blocks = _catalog?.Infos.Count ?? 0 };
        _isRecovered = true;
        return _recovery;
    }

    private void TakeMetadata(Checkpoint? checkpoint)
    {
        // Without a checkpoint the blocks have it, the newest last.
        var known = checkpoint?.Metadata ?? _catalog?.Metadata() ?? [];
        foreach (var metadata in known)
        {
            _metadata.Set(metadata);
        }
    }

    private void Measure(SelfMetrics metrics)
    {
        metrics.Gauge("toka_store_series", "Series in the metric store's memory.", () => _index.Count);
        metrics.Gauge("toka_store_chunk_bytes", "Bytes of chunk data in memory.", () => _head.Bytes);
        const string Name = "toka_store_memory_bytes";
        const string Help = "Bytes of the metric store's memory, by part.";
        metrics.Gauge(Name, Help, () => _head.ChunkBytes, ("part", "chunks"));
        metrics.Gauge(Name, Help, () => _head.LateBytes, ("part", "late"));
        metrics.Gauge(Name, Help, () => _head.TableBytes, ("part", "series"));
        metrics.Gauge(Name, Help, () => _index.EstimatedBytes, ("part", "index"));
    }
}
