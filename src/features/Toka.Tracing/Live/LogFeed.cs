using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Core.Telemetry;

namespace Toka.Tracing.Live;

/// <summary>Passes log records on to the store, and once it has acknowledged them, to those who follow. Thread-safe.</summary>
/// <inheritdoc cref="SpanFeed" path="/remarks"/>
/// <param name="inner">The store.</param>
/// <param name="metrics">Toka's own metrics.</param>
public sealed class LogFeed(ILogWriter inner, SelfMetrics metrics) : ILogWriter
{
    private readonly Subscribers<LogRecord> _subscribers = new("logs", metrics);

    /// <summary>Follows the records of which a condition holds, from now on.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="waitingMax">The most records that wait for the subscriber; at least 1. Default 5,000.</param>
    /// <exception cref="Core.Errors.LimitExceededException">Too many follow already.</exception>
    public FeedSubscription<LogRecord> Subscribe(Condition condition, int waitingMax = Subscribers<LogRecord>.WaitingMax) => _subscribers.Add(condition, waitingMax);

    /// <inheritdoc/>
    public async ValueTask<EventWriteResult> WriteAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var result = await inner.WriteAsync(batch, cancellationToken);
        if (result.Accepted > 0 && !_subscribers.IsEmpty)
        {
            _subscribers.Offer(RecordsOf(batch));
        }

        return result;
    }

    private static LogRecord[] RecordsOf(LogBatch batch)
    {
        var records = new LogRecord[batch.Count];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = LogRecord.Of(batch, batch.Rows[i]);
        }

        return records;
    }
}
