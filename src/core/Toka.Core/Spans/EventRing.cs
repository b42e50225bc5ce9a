namespace Toka.Core.Spans;

/// <summary>Records in the order in which they came, bounded by count and by bytes; the oldest go first. Thread-safe.</summary>
internal sealed class EventRing<T>(int recordsMax, long bytesMax)
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Queue<(T Record, Origin Origin, int Bytes)> _queue = new();
    private readonly Dictionary<Origin, (Origin Shared, int Uses)> _origins = [];
    private long _bytes;
    private long _dropped;

    public long Dropped
    {
        get
        {
            lock (_lock)
            {
                return _dropped;
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Takes records on, all at once for those who read.</summary>
    /// <param name="records">The records, their origins, and the bytes that they take.</param>
    /// <param name="withOrigin">Copies a record with an equal origin, which it shares with others.</param>
    public void Add(IReadOnlyList<(T Record, Origin Origin, int Bytes)> records, Func<T, Origin, T> withOrigin)
    {
        lock (_lock)
        {
            foreach (var (record, origin, bytes) in records)
            {
                var (shared, uses) = _origins.TryGetValue(origin, out var known) ? known : (origin, 0);
                _origins[shared] = (shared, uses + 1);
                _bytes += uses == 0 ? bytes + BytesOf(shared) : bytes;
                _queue.Enqueue((ReferenceEquals(shared, origin) ? record : withOrigin(record, shared), shared, bytes));
            }

            while (_queue.Count > recordsMax || _bytes > bytesMax)
            {
                DropOldest();
            }
        }
    }

    public T[] Snapshot()
    {
        lock (_lock)
        {
            var all = new T[_queue.Count];
            var i = 0;
            foreach (var (record, _, _) in _queue)
            {
                all[i++] = record;
            }

            return all;
        }
    }

    private void DropOldest()
    {
        var (_, origin, bytes) = _queue.Dequeue();
        _dropped++;
        _bytes -= bytes;
        var (shared, uses) = _origins[origin];
        if (uses > 1)
        {
            _origins[shared] = (shared, uses - 1);
            return;
        }

        _origins.Remove(shared);
        _bytes -= BytesOf(shared);
    }

    private static int BytesOf(Origin origin) => 200 + origin.Resource.Length + origin.Scope.Length + (2 * (origin.ScopeName.Length + origin.ScopeVersion.Length + origin.Service.Length));
}
