using Toka.Core.Limits;
using Toka.Query.PromQL.Functions;

namespace Toka.Query;

/// <summary>What a query engine allows and assumes.</summary>
public sealed record QueryOptions
{
    /// <summary>The defaults.</summary>
    public static readonly QueryOptions Default = new();

    /// <summary>How far a selector looks back for a sample. Default 5 min (Prometheus's); above 0.</summary>
    public TimeSpan LookbackDelta { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The step of a subquery that names none. Default 1 min (Prometheus's); above 0.</summary>
    public TimeSpan DefaultSubqueryStep { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The most samples that a query may decode, and the most points that its columns may hold. Default 50 million
    /// (Prometheus's; 400 MB of points): a guard against one query that takes the process down.
    /// </summary>
    public long SamplesMax { get; init; } = 50_000_000;

    /// <summary>
    /// The most bytes that a query may hold at once: columns, label sets, histograms and the result. Default 512 MiB, a little
    /// more than <see cref="SamplesMax"/> points of numbers: a guard against what points do not count. At least 1 MiB.
    /// </summary>
    public long MemoryMax { get; init; } = 512L << 20;

    /// <summary>What the process may take; while it is critical, heavy queries are refused. Default null: not asked.</summary>
    public MemoryBudget? Memory { get; init; }

    /// <summary>A query of more samples than this is heavy. Default 1 million (8 MB of points): a dashboard's panels stay far below.</summary>
    public long HeavySamples { get; init; } = 1_000_000;

    /// <summary>The most threads that compute one query. Default: as many as there are processors; at least 1.</summary>
    public int ThreadsMax { get; init; } = Environment.ProcessorCount;

    /// <summary>The most steps of a range query. Default 11,000 (Prometheus's): 60 s for a week, 1 h for a year.</summary>
    public int PointsPerSeriesMax { get; init; } = 11_000;

    /// <summary>The most series that one selector may find. Default 500,000: a screen shows hundreds.</summary>
    public int SeriesMax { get; init; } = 500_000;

    /// <summary>The longest that a query may take. Default 2 min (Prometheus's).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest expression, in characters. Default 65,536: generated alerts stay far below.</summary>
    public int ExpressionLengthMax { get; init; } = 65_536;

    /// <summary>The most levels of an expression's tree. Default 500: evaluation recurses, and a thread's stack is 1.5 MB.</summary>
    public int ExpressionDepthMax { get; init; } = 500;

    /// <summary>Whether functions and aggregations that Prometheus calls experimental may be used. Default false.</summary>
    public bool ExperimentalFunctions { get; init; }

    /// <summary>
    /// Whether metric names that a function drops are dropped only at the end of the query, so that <c>label_replace</c> can
    /// still read them (Prometheus's feature <c>promql-delayed-name-removal</c>). Default false.
    /// </summary>
    public bool DelayedNameRemoval { get; init; }

    /// <summary>
    /// Whether range selectors may be <c>anchored</c> or <c>smoothed</c> (Prometheus's feature
    /// <c>promql-extended-range-selectors</c>). Default false.
    /// </summary>
    public bool ExtendedRangeSelectors { get; init; }

    /// <summary>
    /// Whether binary operators may have <c>fill</c>, <c>fill_left</c> and <c>fill_right</c> (Prometheus's feature
    /// <c>promql-binop-fill-modifiers</c>). Default false.
    /// </summary>
    public bool FillModifiers { get; init; }

    /// <summary>
    /// Whether <c>rate</c> and its kin look at when a counter began (Prometheus's feature <c>use-start-timestamps</c>). Default false.
    /// </summary>
    public bool StartTimestamps { get; init; }

    /// <summary>
    /// Whether the labels <c>__type__</c> and <c>__unit__</c> go where a metric's name goes (Prometheus's feature
    /// <c>type-and-unit-labels</c>). Default false.
    /// </summary>
    public bool TypeAndUnitLabels { get; init; }

    /// <summary>
    /// Whether raw samples are read wherever they are kept, however long the step. Default false: stores may answer from
    /// summaries of up to the step's length, and an info of the result says so.
    /// </summary>
    public bool PrefersRaw { get; init; }

    /// <summary>The functions. Default: PromQL's.</summary>
    public FunctionRegistry Functions { get; init; } = FunctionRegistry.BuiltIn;
}
