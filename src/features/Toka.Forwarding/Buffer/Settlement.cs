namespace Toka.Forwarding.Buffer;

/// <summary>A record whose entries are on their way.</summary>
internal sealed class QueueTicket(QueuePosition start, QueuePosition end, long takenMs, int entries)
{
    private int _open = entries;

    /// <summary>When it was taken, ms since the Unix epoch.</summary>
    public long TakenMs => takenMs;

    /// <summary>Before it.</summary>
    public QueuePosition Start => start;

    /// <summary>Entries that are neither sent nor dropped.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Behind it, and behind records after it of which nothing is sent.</summary>
    public QueuePosition End { get; set; } = end;

    /// <summary>Whether nothing of it is open.</summary>
    public bool IsSettled => Volatile.Read(ref _open) == 0;

    /// <summary>Some entries were sent or dropped.</summary>
    /// <returns>Whether they were the last ones.</returns>
    public bool Settle(int count) => Interlocked.Add(ref _open, -count) == 0;
}

/// <summary>
/// Knows up to which place everything that was read is sent or dropped, though records end in another order than they were
/// read in. As many are open as the shards hold. Thread-safe.
/// </summary>
internal sealed class Settlement(QueueCursor cursor)
{
    private readonly Lock _lock = new();
    private readonly Queue<QueueTicket> _open = new();
    private QueueTicket? _last;
    private long _entries;

    /// <summary>Entries on their way.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>When the oldest record that is not settled was taken, ms since the Unix epoch; null where all are.</summary>
    public long? OldestMs
    {
        get
        {
            lock (_lock)
            {
                return _open.TryPeek(out var oldest) ? oldest.TakenMs : null;
            }
        }
    }

    /// <summary>Where another reader goes on, once nothing is sent any more, and how many entries are lost with segments that are gone.</summary>
    /// <param name="begin">The beginning of what is left in the queue.</param>
    public (QueuePosition Position, long Lost) Resume(QueuePosition begin)
    {
        lock (_lock)
        {
            var lost = 0L;
            foreach (var ticket in _open)
            {
                if (ticket.Start.Sequence >= begin.Sequence)
                {
                    return (ticket.Start, lost);
                }

                lost += ticket.Open;
            }

            return (cursor.Read, lost);
        }
    }

    /// <summary>A record was read.</summary>
    /// <param name="record">The record.</param>
    /// <param name="entries">How many of its entries are to be sent.</param>
    /// <returns>Its ticket; null where nothing of it is to be sent.</returns>
    public QueueTicket? Begin(in QueueRecord record, int entries)
    {
        lock (_lock)
        {
            if (entries > 0)
            {
                Interlocked.Add(ref _entries, entries);
                _last = new QueueTicket(record.Start, record.End, record.TakenMs, entries);
                _open.Enqueue(_last);
                return _last;
            }

            if (_open.Count == 0)
            {
                cursor.Settled = record.End;
            }
            else
            {
                _last!.End = record.End;
            }

            return null;
        }
    }

    /// <summary>Entries were sent or dropped.</summary>
    public void Settle(QueueTicket ticket, int count)
    {
        Interlocked.Add(ref _entries, -count);
        if (!ticket.Settle(count))
        {
            return;
        }

        lock (_lock)
        {
            while (_open.TryPeek(out var oldest) && oldest.IsSettled)
            {
                cursor.Settled = oldest.End;
                _open.Dequeue();
            }
        }
    }
}
