using Toka.Configuration.Binding;
using Toka.Query;
using Toka.Query.Tracking;

namespace Toka.Server.Configuration;

/// <summary>The section <c>query</c>: what one query may take, and which of Prometheus's features that are still experiments are on.</summary>
public sealed record QuerySettings
{
    /// <summary>The part of the process's memory that one query may hold unless the file says otherwise: a few at once must fit beside the store's half.</summary>
    private const double MemoryPart = 0.25;

    /// <summary>No query may hold less than this unless the file says so.</summary>
    private const long MemoryBytesMin = 64L << 20;

    /// <summary>Evaluation recurses, and a thread's stack is 1.5 MB.</summary>
    private const int DepthMax = 500;

    /// <summary>What the engine is told, but for <see cref="MemoryBytes"/>.</summary>
    public required QueryOptions Engine { get; init; }

    /// <summary>The most bytes that a query may hold; null for a quarter of the process's memory. 1 MiB to 1 TiB.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>Queries evaluated at the same time over HTTP; others wait. Default 16; 1 to 1000.</summary>
    public required int ConcurrencyMax { get; init; }

    /// <summary>The query log; null for none. A relative path is below the data folder.</summary>
    public required string? LogFile { get; init; }

    /// <summary>The most bytes of the query log before the next one begins. Default 64 MiB; 1 MiB to 1 TiB.</summary>
    public required long LogBytes { get; init; }

    /// <summary>What the engine is told in a process that may take so much.</summary>
    /// <param name="budgetBytes">The process's memory budget.</param>
    public QueryOptions ToEngine(long budgetBytes) => Engine with { MemoryMax = MemoryBytes ?? Math.Max(MemoryBytesMin, (long)(budgetBytes * MemoryPart)) };

    internal static QuerySettings Bind(ConfigSection section)
    {
        var standard = QueryOptions.Default;
        return new QuerySettings
        {
            Engine = standard with
            {
                SamplesMax = section.Integer("samples_max", (int)standard.SamplesMax, 1000, int.MaxValue, "The most samples that a query may decode, and the most points that it may hold."),
                SeriesMax = section.Integer("series_max", standard.SeriesMax, 1, 100_000_000, "The most series that one selector may find."),
                PointsPerSeriesMax = section.Integer("points_per_series_max", standard.PointsPerSeriesMax, 1, 10_000_000, "The most steps of a range query."),
                HeavySamples = section.Integer("heavy_samples", (int)standard.HeavySamples, 1000, int.MaxValue, "A query of more samples than this is refused while memory is critical."),
                Timeout = section.Duration("timeout", standard.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1), "The longest that a query may take, and the longest that it may wait for a place."),
                LookbackDelta = section.Duration("lookback_delta", standard.LookbackDelta, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), "How far a selector looks back for a sample."),
                DefaultSubqueryStep = section.Duration("default_subquery_step", standard.DefaultSubqueryStep, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), "The step of a subquery that names none."),
                ThreadsMax = section.Integer("threads_max", standard.ThreadsMax, 1, 1024, "The most threads that compute one query.", "as many as there are processors"),
                ExpressionLengthMax = section.Integer("expression_length_max", standard.ExpressionLengthMax, 100, 10_000_000, "The longest expression, in characters."),
                ExpressionDepthMax = section.Integer("expression_depth_max", standard.ExpressionDepthMax, 10, DepthMax, "The most levels of an expression's tree."),
                ExperimentalFunctions = Feature("experimental_functions", "Functions and aggregations that are experiments", "promql-experimental-functions"),
                DelayedNameRemoval = Feature("delayed_name_removal", "Metric names that a function drops go at the end of the query", "promql-delayed-name-removal"),
                ExtendedRangeSelectors = Feature("extended_range_selectors", "Range selectors may be anchored or smoothed", "promql-extended-range-selectors"),
                FillModifiers = Feature("fill_modifiers", "Binary operators may fill what is missing on a side", "promql-binop-fill-modifiers"),
                StartTimestamps = Feature("start_timestamps", "rate and its kin look at when a counter began", "use-start-timestamps"),
                TypeAndUnitLabels = Feature("type_and_unit_labels", "The labels __type__ and __unit__ go where a metric's name goes", "type-and-unit-labels"),
            },
            MemoryBytes = section.Size("memory_max", null, 1L << 20, 1L << 40, "The most memory that a query may hold: columns, label sets, histograms and its result. Without it a quarter of the process's memory, 64 MiB at least."),
            ConcurrencyMax = section.Integer("concurrency_max", 16, 1, 1000, "Queries evaluated at the same time over HTTP; others wait."),
            LogFile = section.OptionalText("log_file", null, "The query log: a file that gets a line of JSON for each query that has ended. A relative path is below the data folder; without it there is no log."),
            LogBytes = section.Size("log_size", QueryLog.BytesMaxDefault, 1L << 20, 1L << 40, "The most bytes of the query log; then it becomes FILE.1, in the place of an older one, and the next one begins.") ?? QueryLog.BytesMaxDefault,
        };

        bool Feature(string key, string what, string name) => section.Boolean(key, false, $"{what}; Prometheus's feature {name}.");
    }
}
