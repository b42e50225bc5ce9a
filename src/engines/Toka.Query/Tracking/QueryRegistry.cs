using System.Collections.Concurrent;
using Toka.Core.Telemetry;
using Toka.Query.Results;

namespace Toka.Query.Tracking;

/// <summary>
/// A query engine that knows of its queries: which run now, which were slow, which reached a limit. It can end one, counts all,
/// and writes the query log. Thread-safe.
/// </summary>
public sealed class QueryRegistry : IQueryEngine, IDisposable
{
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<long, Running> _active = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly QueryHistory _history;
    private readonly QueryMetrics _metrics;
    private volatile IQueryEngine _engine;
    private volatile IQueryLog? _log;
    private long _lastId;

    /// <summary>Begins to track.</summary>
    /// <param name="engine">Answers.</param>
    /// <param name="self">Where queries are counted.</param>
    /// <param name="time">The clock.</param>
    public QueryRegistry(IQueryEngine engine, SelfMetrics self, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(time);
        (_engine, _time) = (engine, time);
        _history = new QueryHistory(time);
        _metrics = new QueryMetrics(self, () => _active.Count);
    }

    /// <summary>Answers; another one may take its place at any time, for the queries that come.</summary>
    public IQueryEngine Engine
    {
        get => _engine;
        set => _engine = value;
    }

    /// <summary>Where each query is written once it has ended; null for nowhere. May change at any time.</summary>
    public IQueryLog? Log
    {
        get => _log;
        set => _log = value;
    }

    /// <summary>The queries that run now, the oldest first.</summary>
    public IReadOnlyList<TrackedQuery> Active => [.. _active.Values.Select(running => running.Now(_time)).OrderBy(static query => query.Id)];

    /// <summary>The slowest queries that came in the last hour, each expression once, the slowest first; at most 50.</summary>
    public IReadOnlyList<TrackedQuery> Slowest => _history.Slowest();

    /// <summary>The last queries that reached a limit, the last one first; at most 50.</summary>
    public IReadOnlyList<TrackedQuery> Limited => _history.Limited();

    /// <summary>Ends a query; whoever asked it is told so.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>Whether it ran.</returns>
    public bool Cancel(long id)
    {
        if (!_active.TryGetValue(id, out var running))
        {
            return false;
        }

        running.Cancel();
        return true;
    }

    /// <summary>Ends all queries, and those that come from now on: the process stops.</summary>
    public void Stop() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    public async ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var progress = request.Progress ?? new QueryProgress();
        request = request with { Progress = progress };
        using var running = new Running(Interlocked.Increment(ref _lastId), request, progress, _time, cancellationToken, _stopping.Token);
        _active[running.Id] = running;
        try
        {
            var result = await _engine.RunAsync(request, running.Token);
            End(running, "success", "", null);
            return result;
        }
        catch (QueryException e) when (e.Type == QueryErrorType.Canceled && !cancellationToken.IsCancellationRequested && (running.IsEnded || _stopping.IsCancellationRequested))
        {
            var why = running.IsEnded ? $"query {running.Id} was ended by its number, on somebody's request" : "toka is stopping; ask again when it runs";
            var fault = new QueryException(QueryErrorType.Canceled, why) { IsByRequest = true };
            End(running, NameOf(fault.Type), fault.Message, null);
            throw fault;
        }
        catch (QueryException e)
        {
            End(running, NameOf(e.Type), e.Message, e.Limit);
            throw;
        }
        catch (Exception e)
        {
            End(running, e is OperationCanceledException ? NameOf(QueryErrorType.Canceled) : "internal", e.Message, null);
            throw;
        }
    }

    private static string NameOf(QueryErrorType type) => type switch
    {
        QueryErrorType.BadData => "bad_data",
        QueryErrorType.Execution => "execution",
        QueryErrorType.Timeout => "timeout",
        QueryErrorType.Canceled => "canceled",
        _ => "internal",
    };

    private void End(Running running, string status, string error, string? limit)
    {
        _active.TryRemove(running.Id, out _);
        var ended = running.Now(_time) with { Status = status, Error = error, Limit = limit };
        _metrics.Count(ended);
        _history.Add(ended);
        _log?.Write(ended);
    }

    /// <summary>A query that runs.</summary>
    private sealed class Running(long id, QueryRequest request, QueryProgress progress, TimeProvider time, CancellationToken caller, CancellationToken stopping) : IDisposable
    {
        private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(caller, stopping);
        private readonly Lock _lock = new();
        private readonly long _startedAt = time.GetTimestamp();
        private readonly long _startedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        private bool _isDisposed;

        public long Id => id;

        public CancellationToken Token => _source.Token;

        /// <summary>Whether somebody ended it by its number.</summary>
        public bool IsEnded { get; private set; }

        public void Cancel()
        {
            // It may be at its end just now.
            lock (_lock)
            {
                if (!_isDisposed)
                {
                    IsEnded = true;
                    _source.Cancel();
                }
            }
        }

        public TrackedQuery Now(TimeProvider clock) => new(
            id, request, _startedAtMs, clock.GetElapsedTime(_startedAt), progress.Series, progress.Samples, progress.PeakPoints, progress.Bytes);

        public void Dispose()
        {
            lock (_lock)
            {
                _isDisposed = true;
            }

            _source.Dispose();
        }
    }
}
