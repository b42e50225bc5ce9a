using System.Threading.Channels;

namespace Toka.Web.Live;

/// <summary>
/// The frames that wait for one connection. Data has a bound in bytes; what explains it (series, errors) is small and
/// always taken; of the status only the newest waits. Thread-safe.
/// </summary>
/// <param name="limitBytes">Bytes that may wait before data is refused.</param>
internal sealed class LiveQueue(int limitBytes)
{
    /// <summary>Errors that may wait: each answers a message, so a page that asks wrongly on and on without reading would fill the memory. Four for each subscription.</summary>
    internal const int ErrorsMax = 256;

    private readonly Lock _lock = new();
    private readonly LinkedList<LiveFrame> _frames = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _bytes;
    private int _errors;
    private bool _isClosed;

    /// <summary>Whether so little waits that a whole range may be added.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _bytes <= limitBytes / 2;
            }
        }
    }

    /// <summary>Whether so many errors wait that the page must not cause more.</summary>
    public bool IsFullOfErrors
    {
        get
        {
            lock (_lock)
            {
                return _errors >= ErrorsMax;
            }
        }
    }

    /// <summary>Adds a frame and takes it over.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="subscription">Whose it is; the frames of an ended one are dropped. Null for the connection's own.</param>
    /// <returns>False where data was refused because too much waits already.</returns>
    public bool Add(in LiveFrame frame, LiveSubscription? subscription)
    {
        lock (_lock)
        {
            if (_isClosed || subscription is { IsEnded: true })
            {
                frame.Return();
                return true;
            }

            if (frame.Kind == LiveFrameKind.Data && _bytes > 0 && _bytes + frame.Length > limitBytes)
            {
                frame.Return();
                return false;
            }

            if (frame.Kind == LiveFrameKind.Status)
            {
                DropWhere(LiveFrameKind.Status, frame.Subscription);
            }

            _errors += frame.Kind == LiveFrameKind.Error ? 1 : 0;
            _frames.AddLast(frame);
            _bytes += frame.Length;
        }

        _signal.Writer.TryWrite(true);
        return true;
    }

    /// <summary>Adds a whole range, which may be larger than the bound as long as there is room.</summary>
    public void AddRange(in LiveFrame frame, LiveSubscription subscription)
    {
        lock (_lock)
        {
            if (_isClosed || subscription.IsEnded)
            {
                frame.Return();
                return;
            }

            _frames.AddLast(frame);
            _bytes += frame.Length;
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Drops the data that waits for a subscription.</summary>
    /// <returns>How many frames that were.</returns>
    public int DropData(uint subscription)
    {
        lock (_lock)
        {
            return DropWhere(LiveFrameKind.Data, subscription);
        }
    }

    /// <summary>Ends a subscription: nothing of it waits any longer, and nothing of it is taken again.</summary>
    public void End(LiveSubscription subscription)
    {
        lock (_lock)
        {
            subscription.IsEnded = true;
            DropWhere(LiveFrameKind.Data, subscription.Id);
            DropWhere(LiveFrameKind.Series, subscription.Id);
        }
    }

    /// <summary>Takes the next frame; the caller returns its array.</summary>
    public bool TryTake(out LiveFrame frame)
    {
        lock (_lock)
        {
            if (_frames.First is not { } first)
            {
                frame = default;
                return false;
            }

            frame = first.Value;
            _frames.RemoveFirst();
            _bytes -= frame.Length;
            _errors -= frame.Kind == LiveFrameKind.Error ? 1 : 0;
            return true;
        }
    }

    /// <summary>Waits until something was added or <see cref="Wake"/> was called since the last wait.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _signal.Reader.ReadAsync(cancellationToken);

    /// <summary>Ends a wait without a frame.</summary>
    public void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>Gives all frames back and takes no more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var frame in _frames)
            {
                frame.Return();
            }

            _frames.Clear();
            _bytes = 0;
        }
    }

    private int DropWhere(LiveFrameKind kind, uint subscription)
    {
        var dropped = 0;
        for (var node = _frames.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Kind == kind && node.Value.Subscription == subscription)
            {
                _bytes -= node.Value.Length;
                node.Value.Return();
                _frames.Remove(node);
                dropped++;
            }

            node = next;
        }

        return dropped;
    }
}
