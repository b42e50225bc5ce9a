using Toka.Query;
using Toka.Query.Results;

namespace Toka.Web.Prometheus;

/// <summary>
/// The places for queries that are evaluated at the same time over HTTP; others wait. What ends a query says so itself: the
/// engine names its own time limit and where the query was, the wait names the limit of places.
/// </summary>
internal sealed class QueryPlaces(TokaWebServices services) : IDisposable
{
    /// <summary>How long after its time the engine may take to say so, before it is cancelled without a word.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _places = new(services.Limits.MaxConcurrentQueries);

    /// <summary>Evaluates a query once there is a place.</summary>
    /// <param name="request">The query.</param>
    /// <param name="limit">The longest wait, and the longest evaluation after it.</param>
    /// <param name="cancellationToken">Ends both.</param>
    /// <returns>The answer, and the time that it waited.</returns>
    /// <exception cref="QueryException">The query failed, or waited too long.</exception>
    public ValueTask<(QueryResult Result, TimeSpan Waited)> RunAsync(QueryRequest request, TimeSpan limit, CancellationToken cancellationToken) =>
        RunAsync(limit, until => services.Queries.RunAsync(request with { Timeout = limit }, until), cancellationToken);

    /// <summary>Does what is as much work as a query once there is a place.</summary>
    /// <param name="limit">The longest wait, and the longest that the work may take after it.</param>
    /// <param name="work">The work; what it is given ends it when its time is over.</param>
    /// <param name="cancellationToken">Ends both.</param>
    /// <returns>What the work gave, and the time that it waited.</returns>
    /// <exception cref="QueryException">It waited too long.</exception>
    public async ValueTask<(T Result, TimeSpan Waited)> RunAsync<T>(TimeSpan limit, Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var asked = services.Time.GetTimestamp();
        await WaitAsync(limit, cancellationToken);
        try
        {
            var waited = services.Time.GetElapsedTime(asked);
            using var timer = new CancellationTokenSource(limit + Grace, services.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
            return (await work(either.Token), waited);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async ValueTask WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new QueryException(
                QueryErrorType.Timeout,
                FormattableString.Invariant($"query waited {limit.TotalSeconds:0.###} s for a place: {services.Limits.MaxConcurrentQueries} queries ran all the time, the limit query.concurrency_max; ask less at once, or see with `toka queries` what takes so long"))
            { Limit = "concurrency_max" };
        }
    }
}
