using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Core.Telemetry;

namespace Toka.Tracing.Live;

/// <summary>
/// Passes spans on to the store, and once it has acknowledged them, to those who follow. Without followers it costs nothing. Thread-safe.
/// </summary>
/// <remarks>Of a batch of which the store refused a part, followers get all: the result does not say which. Of one refused whole, none.</remarks>
/// <param name="inner">The store.</param>
/// <param name="metrics">Toka's own metrics.</param>
public sealed class SpanFeed(ISpanWriter inner, SelfMetrics metrics) : ISpanWriter
{
    private readonly Subscribers<SpanRecord> _subscribers = new("spans", metrics);

    /// <summary>Follows the spans of which a condition holds, from now on.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="waitingMax">The most spans that wait for the subscriber; at least 1. Default 5,000.</param>
    /// <exception cref="Core.Errors.LimitExceededException">Too many follow already.</exception>
    public FeedSubscription<SpanRecord> Subscribe(Condition condition, int waitingMax = Subscribers<SpanRecord>.WaitingMax) => _subscribers.Add(condition, waitingMax);

    /// <inheritdoc/>
    public async ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var result = await inner.WriteAsync(batch, cancellationToken);
        if (result.Accepted > 0 && !_subscribers.IsEmpty)
        {
            _subscribers.Offer(RecordsOf(batch));
        }

        return result;
    }

    private static SpanRecord[] RecordsOf(SpanBatch batch)
    {
        var records = new SpanRecord[batch.Count];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = SpanRecord.Of(batch, batch.Rows[i]);
        }

        return records;
    }
}
