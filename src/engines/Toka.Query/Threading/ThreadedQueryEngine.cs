using Toka.Query.Results;

namespace Toka.Query.Threading;

/// <summary>Evaluates on threads of its own (see <see cref="QueryThreads"/>), so that no query keeps the thread pool from other work. Thread-safe.</summary>
/// <param name="engine">Evaluates.</param>
public sealed class ThreadedQueryEngine(IQueryEngine engine) : IQueryEngine
{
    /// <inheritdoc/>
    public ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        // Whoever waits goes on elsewhere: the thread is for the next query.
        var done = new TaskCompletionSource<QueryResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        QueryThreads.Post(() => Run(request, done, cancellationToken));
        return new ValueTask<QueryResult>(done.Task);
    }

    private async void Run(QueryRequest request, TaskCompletionSource<QueryResult> done, CancellationToken cancellationToken)
    {
        try
        {
            done.SetResult(await engine.RunAsync(request, cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException e)
        {
            done.SetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }
}
