using Toka.Core.Searching;
using Toka.Core.Spans;

namespace Toka.Core.Logs;

/// <summary>
/// The newest log records, in memory: what an app shows of itself, and what stores are compared with. Bounded by count and by
/// bytes; the oldest by arrival go first and are counted. A search looks at every record. Thread-safe.
/// </summary>
public sealed class LogRing : ILogReader, ILogWriter
{
    /// <summary>The default of the most records: 20,000, some minutes of an app under load.</summary>
    public const int DefaultRecordsMax = 20_000;

    /// <summary>The default of the most bytes: 16 MiB, what an app can spare.</summary>
    public const long DefaultBytesMax = 16L << 20;

    // What a record takes beside its texts: its fields, and the headers of four texts and arrays.
    private const int RecordBytes = 280;

    private readonly EventRing<LogRecord> _ring;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="recordsMax">The most records, at least 1.</param>
    /// <param name="bytesMax">The most bytes that they may take, roughly, at least 1.</param>
    public LogRing(int recordsMax = DefaultRecordsMax, long bytesMax = DefaultBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(recordsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 1);
        _ring = new EventRing<LogRecord>(recordsMax, bytesMax);
    }

    /// <summary>How many records there are.</summary>
    public int Count => _ring.Count;

    /// <summary>What they take, roughly, in bytes.</summary>
    public long Bytes => _ring.Bytes;

    /// <summary>How many records went to make room for newer ones.</summary>
    public long Dropped => _ring.Dropped;

    /// <inheritdoc/>
    /// <remarks>Nothing is refused; nothing outlives the process.</remarks>
    public ValueTask<EventWriteResult> WriteAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        var records = new List<(LogRecord, Origin, int)>(batch.Count);
        foreach (ref readonly var row in batch.Rows)
        {
            var log = LogRecord.Of(batch, row);
            records.Add((log, log.Origin, BytesOf(log)));
        }

        _ring.Add(records, static (log, origin) => log with { Origin = origin });
        return ValueTask.FromResult(new EventWriteResult(records.Count));
    }

    /// <inheritdoc/>
    public ValueTask<LogPage> FindAsync(LogQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var found = EventScan.Find(_ring.Snapshot(), query.Condition, query.Range, out var looked, cancellationToken);
        var ordered = query.IsOldestFirst ? found.OrderBy(log => log.TimeNs) : found.OrderByDescending(log => log.TimeNs);
        return ValueTask.FromResult(PageOf([.. ordered.Take(query.Limit)], found.Count, looked));
    }

    /// <inheritdoc/>
    public ValueTask<LogPage> OfTraceAsync(TraceId trace, EventRange hint, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var all = _ring.Snapshot();
        var found = trace.IsEmpty ? [] : all.Where(log => log.TraceId == trace).OrderBy(log => log.TimeNs).ToList();
        return ValueTask.FromResult(PageOf([.. found.Take(limit)], found.Count, all.Length));
    }

    /// <inheritdoc/>
    public ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        return ValueTask.FromResult(EventScan.Aggregate(_ring.Snapshot(), aggregation, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(EventScan.Keys(_ring.Snapshot(), range, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(EventScan.Values(_ring.Snapshot(), field, condition, range, limit, cancellationToken));

    private static LogPage PageOf(List<LogRecord> page, int found, int looked) => new(page, new SearchCost(looked, 0, 0, found > page.Count));

    private static int BytesOf(LogRecord log) => RecordBytes + (2 * (log.SeverityText.Length + log.EventName.Length + log.Body.Length)) + log.Attributes.Length;
}
