using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries;

/// <summary>
/// The embedded metrics engine: a log on disk and everything that retention keeps in memory. Thread-safe.
/// </summary>
/// <remarks>
/// Writers meet in a group: one of them writes the log for all that wait, in one write(2), and only then the samples become
/// visible. Readers take the head's lock for the moment that copies one series' open chunk; sealed chunks never change and
/// are decoded without it. A <see cref="SeriesSet"/> sees samples up to the moment each series is read; a series that
/// retention removes meanwhile reads as empty. Sealed pages stay alive for as long as a reader holds them, by reachability.
/// </remarks>
public sealed partial class MetricStore : ISeriesReader, ISeriesWriter, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SeriesIndex _index;
    private readonly SampleHead _head;
    private readonly SelectionCache _selections;
    private readonly StoreMetadata _metadata;
    private readonly Committer _committer;
    private readonly FileStream? _directoryLock;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _background;
    private readonly bool _readOnly;

    private MetricStore(MetricStoreOptions options, TimeProvider time, SelfMetrics metrics, FileStream? directoryLock)
    {
        _directoryLock = directoryLock;
        _readOnly = options.ReadOnly;
        _index = new SeriesIndex();
        _head = new SampleHead(_index, options.ReadOnly ? long.MaxValue : options.MemoryBytesMax)
        {
            ChunkSpanMaxMs = options.ReadOnly || options.Retention == TimeSpan.MaxValue ? long.MaxValue : (long)(options.Retention.TotalMilliseconds / 12),
        };
        _selections = new SelectionCache(_index, new Selector(_index));
        _metadata = new StoreMetadata(metrics);
        _committer = new Committer(options, time, metrics, _index, _head, _metadata, _lock);
        Recovery = _committer.Recover();
        metrics.Gauge("toka_store_series", "Series in the metric store.", () => _index.Count);
        metrics.Gauge("toka_store_chunk_bytes", "Bytes of chunk data in memory.", () => _head.Bytes);
        _background = _readOnly ? Task.CompletedTask : _committer.RunAsync(_closing.Token);
    }

    /// <summary>What opening found in the log.</summary>
    public StoreRecovery Recovery { get; }

    /// <summary>Whether the store can be relied on; <see cref="Open"/> returns only when everything acknowledged before can be queried.</summary>
    public StoreReadiness Readiness =>
        _closing.IsCancellationRequested ? StoreReadiness.Closed : _committer.IsFailing ? StoreReadiness.WriteFailing : StoreReadiness.Ready;

    /// <summary>Opens a store and reads its log.</summary>
    /// <param name="options">How it keeps its data.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Where it counts.</param>
    /// <returns>The store, ready.</returns>
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
            // What was read stays in memory: the lock is needed only until then.
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
    /// <exception cref="InvalidOperationException">The store was opened read-only.</exception>
    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        if (_readOnly)
        {
            throw new InvalidOperationException("BUG: a write to a store that was opened read-only.");
        }

        return _committer.WriteAsync(batch, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var selection = _selections.Get(request.Matchers);
            var found = new List<int>(selection.Ids.Length);
            for (var i = 0; i < selection.Ids.Length; i++)
            {
                if (IsInRange(selection.Ids[i], request))
                {
                    found.Add(i);
                }
            }

            if (request.Limit > 0 && found.Count > request.Limit)
            {
                throw new LimitExceededException(
                    "series", $"The selection {{{string.Join(",", request.Matchers)}}} finds {found.Count} series; the limit is {request.Limit}. Add matchers, or raise the limit of series.");
            }

            return new ValueTask<SeriesSet>(new StoredSeries(this, selection, found.Count == selection.Ids.Length ? null : [.. found], request.FromMs, request.ToMs));
        }
    }

    /// <inheritdoc/>
    /// <remarks>At most <see cref="SelectRequest.Limit"/> names, the first ones; who must know whether there are more asks for one more.</remarks>
    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
        {
            return new(IndexLists.Names(_index, Matched(request), request.Limit));
        }
    }

    /// <inheritdoc/>
    /// <remarks>At most <see cref="SelectRequest.Limit"/> values, the first ones; who must know whether there are more asks for one more.</remarks>
    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
        {
            return new(IndexLists.Values(_index, name, Matched(request), request.Limit));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => _metadata.List(family, limit);

    /// <summary>Syncs the log, ends the background work and frees the directory. Later writes fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        await _background;
        _committer.Dispose();
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

    internal void Maintain() => _committer.Maintain();

    internal void Sync() => _committer.Sync();

    internal void Capture(int id, int incarnation, long from, long to, SeriesCapture into, out bool found)
    {
        lock (_lock)
        {
            found = _index.IncarnationOf(id) == incarnation;
            if (found)
            {
                _head.Capture(id, from, to, into);
            }
        }
    }

    private bool IsInRange(int id, SelectRequest request)
    {
        var newest = _head.NewestOf(id);
        return newest != HeadSeries.Never && newest >= request.FromMs && _head.OldestOf(id) <= request.ToMs;
    }

    private int[]? Matched(SelectRequest request) =>
        request.Matchers.Count == 0 ? null : Array.FindAll(_selections.Get(request.Matchers).Ids, id => IsInRange(id, request));
}
