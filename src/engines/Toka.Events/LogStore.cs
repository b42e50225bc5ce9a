using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Reading;
using Toka.Events.Storage;
using Toka.Events.Writing;

namespace Toka.Events;

/// <summary>The log records of an <see cref="EventStore"/>. Thread-safe.</summary>
public sealed class LogStore : ILogReader, ILogWriter
{
    private readonly EventDatabase _database;
    private readonly EventCommitter? _committer;
    private readonly Admission _admission;
    private readonly EventSearch<LogRecord> _search;
    private readonly FieldScan<LogRecord> _scan;

    internal LogStore(EventDatabase database, EventCommitter? committer, EventStoreOptions options)
    {
        _database = database;
        _committer = committer;
        _admission = new Admission("logs", options, database.Clock, database.Counters);
        _search = new EventSearch<LogRecord>(database, database.Logs);
        _scan = new FieldScan<LogRecord>(_search);
    }

    /// <inheritdoc/>
    public async ValueTask<EventWriteResult> WriteAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        var committer = _committer ?? throw new IOException("the store of spans and logs is open for reading only");
        var (refused, result) = _admission.Judge(batch.Count, row => (batch.Rows[row].TimeNs, batch.Rows[row].Origin), batch.Origins);
        if (result.Accepted > 0)
        {
            await committer.WriteAsync(new WriteJob(null, batch, refused, result.Accepted), cancellationToken);
        }

        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<LogPage> FindAsync(LogQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (_database.IsEmpty)
        {
            return new LogPage([], default);
        }

        var (records, cost) = await _search.FindAsync(query.Condition, query.Range, query.Limit, !query.IsOldestFirst, cancellationToken);
        return new LogPage(records, cost);
    }

    /// <inheritdoc/>
    public async ValueTask<LogPage> OfTraceAsync(TraceId trace, EventRange hint, int limit, CancellationToken cancellationToken)
    {
        if (_database.IsEmpty || trace.IsEmpty)
        {
            return new LogPage([], default);
        }

        var (records, cost) = await _search.OfTracesAsync([trace], cancellationToken);
        records.Sort(static (left, right) => left.TimeNs.CompareTo(right.TimeNs));
        var isCut = records.Count > limit;
        return new LogPage(isCut ? records[..limit] : records, cost with { IsCut = isCut });
    }

    /// <inheritdoc/>
    public async ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        return _database.IsEmpty ? new EventGroups([], default) : await _scan.AggregateAsync(aggregation, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken) =>
        _database.IsEmpty ? [] : await _scan.KeysAsync(range, limit, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken) =>
        _database.IsEmpty ? [] : await _scan.ValuesAsync(field, condition, range, limit, cancellationToken);
}
