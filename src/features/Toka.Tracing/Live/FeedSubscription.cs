using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Toka.Core.Errors;
using Toka.Core.Searching;
using Toka.Core.Telemetry;

namespace Toka.Tracing.Live;

/// <summary>A record that came, and how many before it were lost as the subscriber was slow.</summary>
/// <typeparam name="T">A span or a log record.</typeparam>
/// <param name="Record">The record.</param>
/// <param name="Lost">Records that were lost between the one before and this one.</param>
public readonly record struct FeedItem<T>(T Record, long Lost);

/// <summary>
/// Records as they come, of which a condition holds. A subscriber that is slow loses the oldest that wait, and is told how many. One reader;
/// disposing ends it.
/// </summary>
/// <typeparam name="T">A span or a log record.</typeparam>
public sealed class FeedSubscription<T> : IDisposable
    where T : ISearchable
{
    private readonly ConditionEvaluator _condition;
    private readonly Channel<T> _channel;
    private readonly Action<FeedSubscription<T>> _ended;
    private readonly Lock _lock = new();
    private long _lost;

    internal FeedSubscription(Condition condition, int waitingMax, SelfCounter lost, Action<FeedSubscription<T>> ended)
    {
        _condition = new ConditionEvaluator(condition);
        _ended = ended;
        _channel = Channel.CreateBounded<T>(
            new BoundedChannelOptions(waitingMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ =>
            {
                Interlocked.Increment(ref _lost);
                lost.Add();
            });
    }

    /// <summary>The records as they come, until the subscription is disposed or the reader cancels.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="BadInputException">A regular expression of the condition is not valid; told with the first record.</exception>
    public async IAsyncEnumerable<FeedItem<T>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in _channel.Reader.ReadAllAsync(cancellationToken))
        {
            yield return new FeedItem<T>(record, Interlocked.Exchange(ref _lost, 0));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel.Writer.TryComplete();
        _ended(this);
    }

    internal void Offer(IReadOnlyList<T> records)
    {
        lock (_lock)
        {
            try
            {
                foreach (var record in records)
                {
                    if (_condition.Holds(record))
                    {
                        _channel.Writer.TryWrite(record);
                    }
                }
            }
            catch (BadInputException e)
            {
                // A regular expression that is not valid is the subscriber's fault, and no sender's.
                _channel.Writer.TryComplete(e);
            }
        }
    }
}
