using Toka.Forwarding.Buffer;
using Toka.Forwarding.Series;

namespace Toka.Forwarding.Sending;

/// <summary>The entries of one request, in the order of their reading. Not thread-safe.</summary>
internal sealed class SendBatch(int capacity)
{
    private readonly List<ForwardItem> _items = new(Math.Min(capacity, 256));

    /// <summary>The entries.</summary>
    public List<ForwardItem> Items => _items;

    /// <summary>Whether no more fit.</summary>
    public bool IsFull => _items.Count >= capacity;

    /// <summary>Takes out what is too old.</summary>
    /// <returns>How many were.</returns>
    public int DropBefore(long timeMs, Settlement settlement)
    {
        var before = _items.Count;
        foreach (var item in _items)
        {
            if (item.TimeMs < timeMs)
            {
                settlement.Settle(item.Ticket!, 1);
            }
        }

        _items.RemoveAll(item => item.TimeMs < timeMs);
        return before - _items.Count;
    }

    /// <summary>Everything in it was sent or dropped.</summary>
    public void Settle(Settlement settlement)
    {
        // Neighbours mostly came with one record.
        for (var i = 0; i < _items.Count;)
        {
            var ticket = _items[i].Ticket!;
            var end = i + 1;
            while (end < _items.Count && ReferenceEquals(_items[end].Ticket, ticket))
            {
                end++;
            }

            settlement.Settle(ticket, end - i);
            i = end;
        }

        _items.Clear();
    }
}
