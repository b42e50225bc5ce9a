namespace Toka.Query.Tracking;

/// <summary>Of the queries that have ended: the slowest of the last hour, each expression once, and the last ones that reached a limit. Thread-safe.</summary>
internal sealed class QueryHistory(TimeProvider time)
{
    /// <summary>Queries kept in each list: a page to read.</summary>
    private const int QueriesMax = 50;

    /// <summary>Characters kept of an expression: enough to know it, and 100 of them are 200 KB.</summary>
    private const int ExpressionMax = 1000;

    /// <summary>How long a slow query is of interest.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly List<TrackedQuery> _slowest = [];
    private readonly LinkedList<TrackedQuery> _limited = new();

    /// <summary>The slowest queries that came in the last hour, each expression once, the slowest first.</summary>
    public IReadOnlyList<TrackedQuery> Slowest()
    {
        lock (_lock)
        {
            Forget();
            return [.. _slowest];
        }
    }

    /// <summary>The last queries that reached a limit, the last one first.</summary>
    public IReadOnlyList<TrackedQuery> Limited()
    {
        lock (_lock)
        {
            return [.. _limited];
        }
    }

    public void Add(TrackedQuery query)
    {
        if (query.Request.Expression.Length > ExpressionMax)
        {
            query = query with { Request = query.Request with { Expression = string.Concat(query.Request.Expression.AsSpan(0, ExpressionMax), "…") } };
        }

        lock (_lock)
        {
            if (query.Limit is not null)
            {
                _limited.AddFirst(query);
                if (_limited.Count > QueriesMax)
                {
                    _limited.RemoveLast();
                }
            }

            Forget();

            // A rule is asked each second: of one expression the slowest time stands for all.
            var same = _slowest.FindIndex(known => known.Request.IsRange == query.Request.IsRange && known.Request.Expression == query.Request.Expression);
            if (same >= 0)
            {
                if (_slowest[same].Elapsed > query.Elapsed)
                {
                    return;
                }

                _slowest.RemoveAt(same);
            }

            var place = _slowest.FindIndex(known => known.Elapsed < query.Elapsed);
            _slowest.Insert(place < 0 ? _slowest.Count : place, query);
            if (_slowest.Count > QueriesMax)
            {
                _slowest.RemoveAt(QueriesMax);
            }
        }
    }

    private void Forget()
    {
        var since = (time.GetUtcNow() - s_window).ToUnixTimeMilliseconds();
        _slowest.RemoveAll(query => query.StartedAtMs < since);
    }
}
