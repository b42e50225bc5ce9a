using System.Threading.Channels;

namespace Toka.Forwarding.Buffer;

/// <summary>Where one remote stands in the queue: what it has read, and what it has sent of that. Thread-safe.</summary>
internal sealed class QueueCursor
{
    private readonly Lock _lock = new();
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Action<string, long> _dropped;
    private QueuePosition _read;
    private QueuePosition _settled;
    private long _unreadSinceMs;

    /// <summary>A cursor.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="dropped">Counts entries that it will never read, with the reason; called under a lock.</param>
    public QueueCursor(QueuePosition start, Action<string, long> dropped)
    {
        _dropped = dropped;
        _read = _settled = start;
    }

    /// <summary>What was taken from the queue so far.</summary>
    public QueuePosition Read
    {
        get
        {
            lock (_lock)
            {
                return _read;
            }
        }
    }

    /// <summary>What was sent, or dropped, without a gap so far: where a restart goes on.</summary>
    public QueuePosition Settled
    {
        get
        {
            lock (_lock)
            {
                return _settled;
            }
        }

        set
        {
            lock (_lock)
            {
                _settled = value;
            }
        }
    }

    /// <summary>
    /// What is not read yet was not taken before this, ms since the Unix epoch: the last record read was taken then, or the first
    /// one after all was read. 0 where neither was since the start.
    /// </summary>
    public long UnreadSinceMs
    {
        get
        {
            lock (_lock)
            {
                return _unreadSinceMs;
            }
        }
    }

    /// <summary>Entries were appended.</summary>
    /// <param name="ordinal">That of the first of them.</param>
    /// <param name="takenMs">When they were taken, ms since the Unix epoch.</param>
    public void Came(long ordinal, long takenMs)
    {
        lock (_lock)
        {
            if (_read.Ordinal >= ordinal)
            {
                _unreadSinceMs = takenMs;
            }
        }
    }

    /// <summary>Moves on behind a record.</summary>
    /// <param name="from">Where the cursor is taken to be.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="takenMs">When the record was taken, ms since the Unix epoch; null where there is none between the two.</param>
    /// <returns>False where the cursor was moved meanwhile: the record is counted as dropped, and no more to be sent.</returns>
    public bool TryAdvance(in QueuePosition from, in QueuePosition to, long? takenMs)
    {
        lock (_lock)
        {
            if (_read != from)
            {
                return false;
            }

            _read = to;
            _unreadSinceMs = takenMs ?? _unreadSinceMs;
            return true;
        }
    }

    /// <summary>Moves on to the beginning of a segment, before which nothing can be read any more.</summary>
    public void Skip(in QueuePosition to, string reason)
    {
        lock (_lock)
        {
            if (_read.Sequence < to.Sequence || (_read.Sequence == to.Sequence && _read.Offset == to.Offset))
            {
                if (to.Ordinal > _read.Ordinal)
                {
                    _dropped(reason, to.Ordinal - _read.Ordinal);
                }

                _read = to;
            }
        }
    }

    /// <summary>Counts entries that could not even be put into the queue.</summary>
    public void Drop(string reason, long count) => _dropped(reason, count);

    /// <summary>Says that there is more to read. Returns at once.</summary>
    public void Signal() => _news.Writer.TryWrite(true);

    /// <summary>Waits for a signal.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _news.Reader.ReadAsync(cancellationToken);
}
