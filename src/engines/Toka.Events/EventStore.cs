using Toka.Core.Errors;
using Toka.Core.Telemetry;
using Toka.Events.Sealing;
using Toka.Events.Storage;
using Toka.Events.Writing;

namespace Toka.Events;

/// <summary>
/// Spans and log records on disk, in DuckDB: what was acknowledged survives the death of the process. DuckDB is loaded with the
/// first span or record, or with the first search where there is something to find. Thread-safe.
/// </summary>
public sealed class EventStore : IAsyncDisposable
{
    private readonly EventDatabase _database;
    private readonly EventCommitter? _committer;
    private readonly EventKeeper? _keeper;
    private readonly FileStream? _lock;
    private int _isDisposed;

    private EventStore(EventStoreOptions options, EventDatabase database, FileStream? directoryLock)
    {
        _database = database;
        _lock = directoryLock;
        if (!options.IsReadOnly)
        {
            _keeper = new EventKeeper(database, options);
            _committer = new EventCommitter(database, options.SliceRowsMax, _keeper.Wake);
            _keeper.Committer = _committer;
            database.Opened = _keeper.Wake;
        }

        Spans = new SpanStore(database, _committer, options);
        Logs = new LogStore(database, _committer, options);
    }

    /// <summary>Spans.</summary>
    public SpanStore Spans { get; }

    /// <summary>Log records.</summary>
    public LogStore Logs { get; }

    /// <summary>Opens a store; nothing of DuckDB is loaded yet.</summary>
    /// <param name="options">How it keeps what it is given.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="metrics">Where it counts what it does.</param>
    /// <exception cref="BadInputException">An option is out of its range, or another process uses the directory.</exception>
    public static EventStore Open(EventStoreOptions options, TimeProvider clock, SelfMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(metrics);
        options.Check();
        var directoryLock = EventDirectory.Take(options);
        var database = new EventDatabase(options, clock, new EventCounters(metrics));
        database.LoadParts();
        Register(metrics, database);
        return new EventStore(options, database, directoryLock);
    }

    /// <summary>What it holds at this moment.</summary>
    public EventStoreStatus Status => new(
        _database.IsOpen,
        _database.Spans.Status,
        _database.Logs.Status,
        _database.Counters.LastFailure ?? _database.Counters.LastSealFailure,
        _database.Counters.LastDamage);

    /// <summary>Seals the current tables now, and waits until that is done. Nothing happens where there is nothing to seal.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task SealAsync(CancellationToken cancellationToken) => _keeper?.SealAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Removes now what is past its time or too much.</summary>
    public Task RetainAsync() => _keeper?.RetainAsync() ?? Task.CompletedTask;

    /// <summary>Does now what the clock makes due: for tests.</summary>
    internal Task CareAsync() => _keeper!.CareAsync();

    /// <summary>Ends when what <see cref="CareAsync"/> asked of the writer is done.</summary>
    internal Task CaredAsync() => _keeper!.Asked;

    private static void Register(SelfMetrics metrics, EventDatabase database)
    {
        const string bytes = "Bytes on disk of the store of spans and logs, by kind.";
        const string rows = "Spans and log records that are held, by signal.";
        metrics.Gauge("toka_events_bytes", bytes, () => database.PartBytes, ("kind", "sealed"));
        metrics.Gauge("toka_events_bytes", bytes, () => database.JournalBytes, ("kind", "journal"));
        metrics.Gauge("toka_events_rows", rows, () => RowsOf(database.Spans.Status), ("signal", "spans"));
        metrics.Gauge("toka_events_rows", rows, () => RowsOf(database.Logs.Status), ("signal", "logs"));
        metrics.Gauge("toka_events_files", "Sealed files of the store of spans and logs.", () => database.Spans.Parts.Count + database.Logs.Parts.Count);
        metrics.Gauge("toka_events_duckdb_bytes", "Memory that DuckDB's buffers take.", () => database.MemoryBytes);
    }

    private static double RowsOf(SignalStatus status) => status.CurrentRows + status.SealedRows;

    /// <summary>Commits what waits, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _database.Spans.Closing();
        _database.Logs.Closing();
        if (_keeper is not null)
        {
            await _keeper.DisposeAsync();
        }

        if (_committer is not null)
        {
            await _committer.DisposeAsync();
        }

        _database.Dispose();
        if (_lock is not null)
        {
            await _lock.DisposeAsync();
        }
    }
}
