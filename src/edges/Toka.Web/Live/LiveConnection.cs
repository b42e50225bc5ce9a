using System.Net.WebSockets;
using System.Text.Json;

namespace Toka.Web.Live;

/// <summary>One page's WebSocket: one loop reads what it asks, one sends what waits for it.</summary>
internal sealed class LiveConnection(LiveHub hub, WebSocket socket)
{
    /// <summary>How long the other side has to close after Toka did.</summary>
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    private readonly Dictionary<uint, LiveSubscription> _subscriptions = [];
    private readonly byte[] _message = new byte[hub.Services.Limits.LiveMessageBytes];
    private Closing? _closing;

    /// <summary>What waits to be sent.</summary>
    public LiveQueue Queue { get; } = new(hub.Services.Limits.LiveQueueBytes);

    /// <summary>Serves the page until one side closes.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var onStop = hub.Services.Stopping.Register(() => Close(WebSocketCloseStatus.EndpointUnavailable, "Toka stops"));
        hub.Add(this);
        var sending = SendAllAsync(ending.Token);
        var receiving = ReceiveAllAsync(ending.Token);
        try
        {
            // Whichever ends first asks the other to; what does not end in time is cut.
            await Task.WhenAny(sending, receiving);
            await Task.WhenAll(sending, receiving).WaitAsync(CloseTime, hub.Services.Time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            await ending.CancelAsync();
            await Task.WhenAll(sending, receiving);
        }
        finally
        {
            hub.Remove(this);
            foreach (var subscription in _subscriptions.Values)
            {
                hub.Unsubscribe(subscription);
            }

            Queue.Close();
        }
    }

    private void Close(WebSocketCloseStatus status, string reason)
    {
        Interlocked.CompareExchange(ref _closing, new Closing(status, reason), null);
        Queue.Wake();
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (Volatile.Read(ref _closing) is null)
            {
                while (Volatile.Read(ref _closing) is null && Queue.TryTake(out var frame))
                {
                    await SendAsync(frame, cancellationToken);
                }

                KickWaiting();
                if (Volatile.Read(ref _closing) is null)
                {
                    await Queue.WaitAsync(cancellationToken);
                }
            }

            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(_closing!.Status, _closing.Reason, cancellationToken);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The page is gone; the reading side notices too.
            socket.Abort();
        }
    }

    private async ValueTask SendAsync(LiveFrame frame, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendAsync(frame.Bytes.AsMemory(0, frame.Length), WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, cancellationToken);
        }
        finally
        {
            frame.Return();
        }
    }

    /// <summary>There is room again: the feeds whose increments were dropped may send their ranges.</summary>
    private void KickWaiting()
    {
        lock (_subscriptions)
        {
            foreach (var subscription in _subscriptions.Values)
            {
                if (subscription.NeedsRange)
                {
                    subscription.Feed?.Kick();
                }
            }
        }
    }

    private async Task ReceiveAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var (type, length) = await ReceiveMessageAsync(cancellationToken);
                if (type == WebSocketMessageType.Close)
                {
                    Close(WebSocketCloseStatus.NormalClosure, "");
                    return;
                }

                if (Queue.IsFullOfErrors)
                {
                    Close(WebSocketCloseStatus.PolicyViolation, "Too many errors wait to be read");
                    return;
                }

                if (length > _message.Length)
                {
                    Refuse(0, $"A message may have {_message.Length} bytes; this one had more.");
                }
                else if (type != WebSocketMessageType.Text || !TryHandle(_message.AsMemory(0, length)))
                {
                    Close(WebSocketCloseStatus.PolicyViolation, "Messages are JSON texts");
                    return;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            Close(WebSocketCloseStatus.NormalClosure, "");
        }
    }

    /// <summary>Reads one message. A longer one is read to its end and not kept: its length is then above the limit.</summary>
    private async ValueTask<(WebSocketMessageType Type, int Length)> ReceiveMessageAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        var rest = new byte[1];
        while (true)
        {
            var isFull = length >= _message.Length;
            var part = await socket.ReceiveAsync(isFull ? rest.AsMemory() : _message.AsMemory(length), cancellationToken);
            length = Math.Min(length + part.Count, _message.Length + 1);
            if (part.EndOfMessage || part.MessageType == WebSocketMessageType.Close)
            {
                return (part.MessageType, length);
            }

            if (length > _message.Length && rest.Length == 1)
            {
                rest = new byte[_message.Length];
            }
        }
    }

    /// <returns>Whether it was JSON.</returns>
    private bool TryHandle(ReadOnlyMemory<byte> text)
    {
        LiveMessage message;
        string? fault;
        try
        {
            fault = LiveMessage.Read(text, hub.Services.Language.PointsPerSeriesMax, out message);
        }
        catch (JsonException)
        {
            return false;
        }

        lock (_subscriptions)
        {
            if (_subscriptions.TryGetValue(message.Id, out var existing) && existing.IsEnded)
            {
                _subscriptions.Remove(message.Id);
                existing = null;
            }

            if (fault is null && message.IsSubscribe && existing is null && _subscriptions.Count >= hub.Services.Limits.MaxSubscriptions)
            {
                RemoveEnded();
                fault = _subscriptions.Count < hub.Services.Limits.MaxSubscriptions
                    ? null
                    : $"A connection may have {hub.Services.Limits.MaxSubscriptions} subscriptions; end one first.";
            }

            if (fault is not null)
            {
                // An error under the id of a running subscription would say that that one ended.
                Refuse(existing is null ? message.Id : 0, fault);
            }
            else if (!message.IsSubscribe)
            {
                if (existing is not null)
                {
                    _subscriptions.Remove(message.Id);
                    hub.Unsubscribe(existing);
                }
            }
            else if (existing is not null)
            {
                Refuse(0, $"The id {message.Id} is in use; end its subscription first, or take another.");
            }
            else
            {
                var subscription = new LiveSubscription(message.Id, message.RangeMs, Queue);
                _subscriptions.Add(message.Id, subscription);
                hub.Subscribe(subscription, message.Expression, message.StepMs);
            }
        }

        return true;
    }

    private void RemoveEnded()
    {
        foreach (var (id, subscription) in _subscriptions)
        {
            if (subscription.IsEnded)
            {
                _subscriptions.Remove(id);
            }
        }
    }

    private void Refuse(uint id, string message) => Queue.Add(LiveFrames.Error(id, "bad_data", message), subscription: null);

    private sealed record Closing(WebSocketCloseStatus Status, string Reason);
}
