using Toka.Core.Errors;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Results;
using Toka.Server.Configuration;
using Toka.TimeSeries;

namespace Toka.Cli.Querying;

/// <summary>The data folder of a server that does not run, read as it stands and queried in this process.</summary>
internal static class StoredData
{
    /// <summary>The folder of a data directory that holds the metrics.</summary>
    private const string MetricsFolder = "metrics";

    /// <summary>Where the metrics of a data directory lie.</summary>
    public static string MetricsIn(string directory) => Path.Combine(directory, MetricsFolder);

    /// <summary>The file of a data directory that has what is not metrics: the state of alerts.</summary>
    public static string StateIn(string directory) => Path.Combine(directory, "state", "toka.db");

    /// <summary>Opens a stopped server's metrics as they stand.</summary>
    /// <exception cref="BadInputException">There is no such data, or a server writes it.</exception>
    public static MetricStore OpenToRead(string directory, CliContext context)
    {
        var metrics = MetricsIn(directory);
        return Directory.Exists(metrics)
            ? MetricStore.Open(new MetricStoreOptions { Directory = metrics, ReadOnly = true }, context.Time, new SelfMetrics())
            : throw new BadInputException($"--data: {metrics} does not exist; name the folder that `toka serve --data` was given");
    }

    /// <summary>How a server with this configuration keeps its metrics, with its log on stderr; the directory is still missing.</summary>
    /// <returns>Null where the configuration has faults: they are on stderr then, a line each.</returns>
    /// <exception cref="BadInputException">There is no such file.</exception>
    public static MetricStoreOptions? StoreOptions(string? configFile, CliContext context)
    {
        var file = configFile ?? context.Variable("TOKA_CONFIG");
        if (file is not null && !File.Exists(file))
        {
            throw new BadInputException($"{file}: there is no such file");
        }

        var loaded = TokaConfiguration.Load(file, context.Environment);
        foreach (var fault in loaded.Faults)
        {
            context.Error.WriteLine(fault.ToString());
        }

        return loaded.IsGood
            ? loaded.Options.Storage.ToStore() with { Report = text => context.Error.WriteLine($"toka: the store: {text}") }
            : null;
    }

    /// <summary>Answers a query from a stopped server's data.</summary>
    /// <param name="directory">The data directory, as <c>toka serve --data</c> names it.</param>
    /// <param name="request">The query.</param>
    /// <param name="context">The outside world.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    /// <exception cref="BadInputException">There is no such data, a server writes it, or the expression is wrong.</exception>
    public static async Task<QueryResult> QueryAsync(string directory, QueryRequest request, CliContext context, CancellationToken cancellationToken)
    {
        await using var store = OpenToRead(directory, context);
        var engine = new QueryEngine(store, QueryOptions.Default, context.Time);
        var asked = request.IsRange
            ? Query.QueryRequest.Range(request.Expression, request.FromMs, request.ToMs, request.StepMs)
            : Query.QueryRequest.Instant(request.Expression, request.FromMs);
        var result = await engine.RunAsync(asked with { PrefersRaw = request.PrefersRaw, WantsProfile = request.WantsProfile }, cancellationToken);
        return store.Recovery.Faults.Count == 0 ? result : result with { Warnings = [.. result.Warnings, .. store.Recovery.Faults] };
    }
}
