using Toka.Core.Errors;
using Toka.Core.Searching;
using Toka.Core.Telemetry;

namespace Toka.Tracing.Live;

/// <summary>Who follows spans or log records. Thread-safe.</summary>
internal sealed class Subscribers<T>(string signal, SelfMetrics metrics)
    where T : ISearchable
{
    /// <summary>Subscribers at the same time: each costs a look at every record.</summary>
    public const int SubscribersMax = 100;

    /// <summary>Records that may wait for one subscriber: some seconds of a busy store.</summary>
    public const int WaitingMax = 5000;

    private readonly SelfCounter _lost = metrics.Dropped(signal, "slow_subscriber");
    private readonly Lock _lock = new();
    private volatile FeedSubscription<T>[] _all = [];

    /// <summary>Whether nobody follows.</summary>
    public bool IsEmpty => _all.Length == 0;

    public FeedSubscription<T> Add(Condition condition, int waitingMax)
    {
        var subscription = new FeedSubscription<T>(condition, waitingMax, _lost, Remove);
        lock (_lock)
        {
            if (_all.Length >= SubscribersMax)
            {
                throw new LimitExceededException("subscribers", $"{SubscribersMax} subscribers follow {signal} already; end one of them");
            }

            _all = [.. _all, subscription];
        }

        return subscription;
    }

    public void Offer(IReadOnlyList<T> records)
    {
        foreach (var subscription in _all)
        {
            subscription.Offer(records);
        }
    }

    private void Remove(FeedSubscription<T> subscription)
    {
        lock (_lock)
        {
            _all = [.. _all.Where(one => one != subscription)];
        }
    }
}
