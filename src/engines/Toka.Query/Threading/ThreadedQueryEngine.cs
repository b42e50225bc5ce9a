using Toka.Query.Results;

namespace Toka.Query.Threading;

/// <summary>Evaluates on threads of its own (see <see cref="QueryThreads"/>), so that no query keeps the thread pool from other work. Thread-safe.</summary>
/// <param name="engine">Evaluates.</param>
public sealed class ThreadedQueryEngine(IQueryEngine engine) : IQueryEngine
{
    /// <inheritdoc/>
    public async ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        await QueryThreads.Switch();
        return await engine.RunAsync(request, cancellationToken);
    }
}
