using Toka.Core.Errors;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Results;
using Toka.TimeSeries;

namespace Toka.Cli.Querying;

/// <summary>The data folder of a server that does not run, read as it stands and queried in this process.</summary>
internal static class StoredData
{
    /// <summary>The folder of a data directory that holds the metrics.</summary>
    private const string MetricsFolder = "metrics";

    /// <summary>Answers a query from a stopped server's data.</summary>
    /// <param name="directory">The data directory, as <c>toka serve --data</c> names it.</param>
    /// <param name="request">The query.</param>
    /// <param name="context">The outside world.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    /// <exception cref="BadInputException">There is no such data, a server writes it, or the expression is wrong.</exception>
    public static async Task<QueryResult> QueryAsync(string directory, QueryRequest request, CliContext context, CancellationToken cancellationToken)
    {
        var metrics = Path.Combine(directory, MetricsFolder);
        if (!Directory.Exists(metrics))
        {
            throw new BadInputException($"--data: {metrics} does not exist; name the folder that `toka serve --data` was given");
        }

        var options = new MetricStoreOptions { Directory = metrics, ReadOnly = true };
        await using var store = MetricStore.Open(options, context.Time, new SelfMetrics());
        var engine = new QueryEngine(store, QueryOptions.Default, context.Time);
        var result = request.IsRange
            ? await engine.RangeAsync(request.Expression, request.FromMs, request.ToMs, request.StepMs, cancellationToken)
            : await engine.InstantAsync(request.Expression, request.FromMs, cancellationToken);
        return store.Recovery.Faults.Count == 0 ? result : result with { Warnings = [.. result.Warnings, .. store.Recovery.Faults] };
    }
}
