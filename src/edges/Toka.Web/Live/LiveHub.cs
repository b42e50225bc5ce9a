using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Results;
using Toka.Web.Api;

namespace Toka.Web.Live;

/// <summary>
/// All live connections of the process. Subscriptions to the same expression at the same step share one feed, and all
/// pages share one status. While nobody is connected nothing runs. Thread-safe.
/// </summary>
internal sealed class LiveHub : IDisposable
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Expression, long StepMs), LiveFeed> _feeds = [];
    private readonly List<LiveConnection> _connections = [];
    private readonly SemaphoreSlim _places = new(Math.Max(1, System.Environment.ProcessorCount));
    private readonly Ticker _statusTicker;
    private readonly OverviewSource _overview;
    private readonly SelfCounter _evaluations;
    private bool _isStatusRunning;
    private int _entered;

    public LiveHub(TokaWebServices services, OverviewSource overview)
    {
        Services = services;
        _overview = overview;
        _statusTicker = new Ticker(services.Time);
        _evaluations = services.Self.Counter("toka_live_evaluations_total", "Evaluations for live pages, each shared by all that watch the same.");
        Dropped = services.Self.Counter("toka_live_dropped_frames_total", "Increments dropped because a page did not read fast enough; its range is sent again.");
        services.Self.Gauge("toka_live_connections", "Live pages connected.", () => Count(static hub => hub._connections.Count));
        services.Self.Gauge("toka_live_feeds", "Different expressions and steps that live pages watch.", () => Count(static hub => hub._feeds.Count));
    }

    public TokaWebServices Services { get; }

    /// <summary>Counts dropped increments.</summary>
    public SelfCounter Dropped { get; }

    /// <summary>Takes one of the places for connections; <see cref="Leave"/> gives it back.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _entered) <= Services.Limits.MaxLiveConnections)
        {
            return true;
        }

        Interlocked.Decrement(ref _entered);
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _entered);

    /// <summary>Begins to send a connection the status.</summary>
    public void Add(LiveConnection connection)
    {
        lock (_lock)
        {
            _connections.Add(connection);
            if (!_isStatusRunning)
            {
                _isStatusRunning = true;
                _ = Task.Run(() => RunStatusAsync(Services.Stopping));
            }
        }

        _statusTicker.Kick();
    }

    /// <summary>Ends what <see cref="Add"/> began.</summary>
    public void Remove(LiveConnection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
        }

        _statusTicker.Kick();
    }

    /// <summary>Begins to serve a subscription.</summary>
    public void Subscribe(LiveSubscription subscription, string expression, long stepMs)
    {
        LiveFeed? feed;
        lock (_lock)
        {
            if (!_feeds.TryGetValue((expression, stepMs), out feed))
            {
                feed = new LiveFeed(this, expression, stepMs);
                _feeds.Add((expression, stepMs), feed);
                var started = feed;
                _ = Task.Run(() => started.RunAsync(Services.Stopping));
            }

            subscription.Feed = feed;
            feed.Subscriptions.Add(subscription);
        }

        feed.Kick();
    }

    /// <summary>Ends a subscription; nothing of it is sent any more.</summary>
    public void Unsubscribe(LiveSubscription subscription)
    {
        subscription.Queue.End(subscription);
        lock (_lock)
        {
            subscription.Feed?.Subscriptions.Remove(subscription);
        }

        subscription.Feed?.Kick();
    }

    /// <summary>Ends a subscription with an error that its page is told.</summary>
    public void End(LiveSubscription subscription, string type, string message)
    {
        if (!subscription.IsEnded)
        {
            Unsubscribe(subscription);
            subscription.Queue.Add(LiveFrames.Error(subscription.Id, type, message), subscription: null);
        }
    }

    /// <summary>Who listens to a feed; false, and the feed is forgotten, where nobody does.</summary>
    public bool TrySnapshot(LiveFeed feed, [NotNullWhen(true)] out LiveSubscription[]? subscriptions)
    {
        lock (_lock)
        {
            if (feed.Subscriptions.Count == 0)
            {
                _feeds.Remove((feed.Expression, feed.StepMs));
                subscriptions = null;
                return false;
            }

            subscriptions = [.. feed.Subscriptions];
            return true;
        }
    }

    /// <summary>Evaluates a feed's expression, within the limits of time and of evaluations at once.</summary>
    public async ValueTask<QueryResult> EvaluateAsync(LiveFeed feed, long startMs, long endMs, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(Services.Limits.LiveEvaluationTimeout, Services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        await _places.WaitAsync(either.Token);
        try
        {
            _evaluations.Add();
            return await Services.Queries.RangeAsync(feed.Expression, startMs, endMs, feed.StepMs, either.Token);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Ends a feed whose loop failed, which is a fault of Toka's own.</summary>
    public void Fault(LiveFeed feed, Exception e)
    {
        Services.Log.LogError(e, "The live feed of {Expression} failed", feed.Expression);
        LiveSubscription[] subscriptions;
        lock (_lock)
        {
            subscriptions = [.. feed.Subscriptions];
            _feeds.Remove((feed.Expression, feed.StepMs));
        }

        foreach (var subscription in subscriptions)
        {
            End(subscription, "internal", "A fault of Toka's own; its log says more.");
        }
    }

    public void Dispose()
    {
        _statusTicker.Dispose();
        _places.Dispose();
    }

    private async Task RunStatusAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            LiveConnection[] connections;
            lock (_lock)
            {
                if (_connections.Count == 0)
                {
                    _isStatusRunning = false;
                    return;
                }

                connections = [.. _connections];
            }

            try
            {
                var status = await _overview.JsonAsync(stopping);
                foreach (var connection in connections)
                {
                    connection.Queue.Add(LiveFrames.Frame(LiveFrameKind.Status, 0, status.Span), subscription: null);
                }

                await _statusTicker.WaitAsync(StatusInterval, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Services.Log.LogError(e, "The status of the live connection failed");
                await _statusTicker.WaitAsync(StatusInterval, CancellationToken.None);
            }
        }
    }

    private double Count(Func<LiveHub, int> count)
    {
        lock (_lock)
        {
            return count(this);
        }
    }
}
