using Toka.Core.Errors;
using Toka.Core.Telemetry;
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
    private readonly FileStream? _lock;
    private int _isDisposed;

    private EventStore(EventStoreOptions options, EventDatabase database, FileStream? directoryLock)
    {
        _database = database;
        _lock = directoryLock;
        _committer = options.IsReadOnly ? null : new EventCommitter(database);
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
        return new EventStore(options, new EventDatabase(options, clock, new EventCounters(metrics)), directoryLock);
    }

    /// <summary>Commits what waits, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
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
