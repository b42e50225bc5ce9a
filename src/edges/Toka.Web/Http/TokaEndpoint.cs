using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Toka.Query.Results;

namespace Toka.Web.Http;

/// <summary>
/// Wraps handlers: time limit, readiness, and every exception turned into an answer that says what went wrong.
/// </summary>
internal sealed class TokaEndpoint(TokaWebServices services)
{
    private readonly Core.Telemetry.SelfCounter _faults =
        services.Self.Counter("toka_http_faults_total", "Requests that ended with a fault of Toka's own.");

    /// <summary>A handler under the query timeout, which answers 503 until the process is ready.</summary>
    public RequestDelegate Query(Func<HttpContext, CancellationToken, Task> handler) => context =>
        services.NotReady() is { } reason
            ? ErrorResponse.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", reason)
            : RunAsync(context, handler);

    /// <summary>A handler under the query timeout that answers from what there is before the process is ready: the store adds the warning.</summary>
    public RequestDelegate Partial(Func<HttpContext, CancellationToken, Task> handler) => context =>
        services.NoQueries() is { } reason
            ? ErrorResponse.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", reason)
            : RunAsync(context, handler);

    /// <summary>The same for a handler that evaluates: it may wait for a place as long as it may evaluate, and ends in time by itself.</summary>
    public RequestDelegate Evaluating(Func<HttpContext, CancellationToken, Task> handler) => context =>
        services.NoQueries() is { } reason
            ? ErrorResponse.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", reason)
            : RunAsync(context, handler, (2 * services.Limits.QueryTimeout) + (2 * Prometheus.QueryPlaces.Grace));

    /// <summary>A handler that also works while the process is not ready.</summary>
    public RequestDelegate Always(Func<HttpContext, CancellationToken, Task> handler) => context => RunAsync(context, handler);

    /// <summary>A handler that may take as long as somebody waits for it, for work whose length is the data's.</summary>
    public RequestDelegate Unbounded(Func<HttpContext, CancellationToken, Task> handler) => context =>
        services.NotReady() is { } reason
            ? ErrorResponse.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", reason)
            : RunAsync(context, handler, Timeout.InfiniteTimeSpan);

    private Task RunAsync(HttpContext context, Func<HttpContext, CancellationToken, Task> handler) => RunAsync(context, handler, services.Limits.QueryTimeout);

    private async Task RunAsync(HttpContext context, Func<HttpContext, CancellationToken, Task> handler, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            await handler(context, either.Token);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer.
        }
        catch (Exception e) when (e is OperationCanceledException or QueryException { Type: QueryErrorType.Canceled, IsByRequest: false } && !context.Response.HasStarted)
        {
            await ErrorResponse.SendAsync(
                context, StatusCodes.Status503ServiceUnavailable, "timeout",
                "The request took longer than it may. Ask for less: fewer series, a shorter range or a larger step.");
        }
        catch (Exception e) when (!context.Response.HasStarted && ErrorResponse.Classify(e) is { } error)
        {
            await ErrorResponse.SendAsync(context, error.Status, error.Type, e.Message);
        }
        catch (Exception e)
        {
            _faults.Add();
            services.Log.LogError(e, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            if (context.Response.HasStarted)
            {
                // A cut connection is the one way left to say that the answer is not whole.
                context.Abort();
                return;
            }

            await ErrorResponse.SendAsync(
                context, StatusCodes.Status500InternalServerError, "internal", "A fault of Toka's own; its log says more.");
        }
    }
}
