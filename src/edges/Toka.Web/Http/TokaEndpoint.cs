using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Toka.Core.Errors;
using Toka.Core.Telemetry;
using Toka.Query.Results;

namespace Toka.Web.Http;

/// <summary>
/// Wraps handlers: time limit, readiness, and every exception turned into an answer that says what went wrong.
/// </summary>
internal sealed class TokaEndpoint(TokaWebServices services)
{
    private const string TookTooLong = "The request took longer than it may. Ask for less: fewer series, a shorter range or a larger step.";

    private readonly SelfCounter _faults = services.Self.Counter("toka_http_faults_total", "Requests that ended with a fault of Toka's own.");
    private readonly SelfCounter _cutByClient = Cut(services.Self, "client");
    private readonly SelfCounter _cutByTime = Cut(services.Self, "timeout");
    private readonly SelfCounter _cutByLimit = Cut(services.Self, "limit");

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
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is ConnectionResetException or ConnectionAbortedException)
        {
            // Nobody is there to answer.
            _cutByClient.Add();
        }
        catch (Exception e) when (context.Response.HasStarted && CutOf(e, timeout.IsCancellationRequested) is { } cut)
        {
            cut.Add();
            services.Log.LogWarning("the answer to {Method} {Path} was cut: {Reason}", context.Request.Method, context.Request.Path, e is LimitExceededException ? e.Message : TookTooLong);
            context.Abort();
        }
        catch (Exception e) when (e is OperationCanceledException or QueryException { Type: QueryErrorType.Canceled, IsByRequest: false } && !context.Response.HasStarted)
        {
            await ErrorResponse.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "timeout", TookTooLong);
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

    /// <summary>The counter of what cut an answer that had begun; null for a fault of Toka's own.</summary>
    private SelfCounter? CutOf(Exception exception, bool isLate) => exception switch
    {
        OperationCanceledException when isLate => _cutByTime,
        LimitExceededException => _cutByLimit,
        _ => null,
    };

    private static SelfCounter Cut(SelfMetrics self, string reason) =>
        self.Counter("toka_http_cut_total", "Requests without a whole answer for no fault of Toka's own, by reason: the client left, or the answer had begun when its time was over or a limit was reached.", ("reason", reason));
}
