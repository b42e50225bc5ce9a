using Toka.Core.Attributes;

namespace Toka.Query.TraceQL.Ast;

/// <summary>Operators between sets of spans of one trace.</summary>
public enum SpansetOperator
{
    /// <summary><c>||</c>: the spans of both.</summary>
    Or,

    /// <summary><c>&amp;&amp;</c>: the spans of both, where both have some.</summary>
    And,

    /// <summary><c>&gt;</c>: spans of the right whose parent is of the left.</summary>
    Child,

    /// <summary><c>&gt;&gt;</c>: spans of the right that have one of the left above them.</summary>
    Descendant,

    /// <summary><c>&lt;</c>: spans of the right that are the parent of one of the left.</summary>
    Parent,

    /// <summary><c>&lt;&lt;</c>: spans of the right that have one of the left below them.</summary>
    Ancestor,

    /// <summary><c>~</c>: spans of the right with another one of the left that has the same parent.</summary>
    Sibling,
}

/// <summary>What a structural operator returns.</summary>
public enum SpansetJoin
{
    /// <summary>The spans of the right that stand in the relation.</summary>
    Right,

    /// <summary>With <c>!</c> before it: the spans of the right that do not.</summary>
    NotRight,

    /// <summary>With <c>&amp;</c> before it: the spans of both sides that do.</summary>
    Both,
}

/// <summary>An expression that takes spans of one trace. Immutable.</summary>
public abstract record SpansetExpr
{
    /// <summary>Where it begins, in characters from 0.</summary>
    public int Position { get; init; }
}

/// <summary><c>{ … }</c>.</summary>
/// <param name="Filter">What must be true of a span; null for all spans.</param>
public sealed record SpansetFilter(FieldExpr? Filter) : SpansetExpr;

/// <summary>Two sets and an operator.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Join">What a structural one returns.</param>
/// <param name="Left">The left side.</param>
/// <param name="Right">The right side.</param>
public sealed record SpansetOperation(SpansetOperator Operator, SpansetJoin Join, SpansetExpr Left, SpansetExpr Right) : SpansetExpr;

/// <summary>A set and the stages that it passes: <c>{ … } | count() > 2</c>.</summary>
/// <param name="Source">Where the spans come from.</param>
/// <param name="Stages">The stages in their order; at least one.</param>
public sealed record SpansetPipeline(SpansetExpr Source, IReadOnlyList<PipelineStage> Stages) : SpansetExpr;

/// <summary>A stage of a pipeline. Immutable.</summary>
public abstract record PipelineStage;

/// <summary>Takes spans of the set again: <c>| { … }</c>.</summary>
/// <param name="Filter">Which.</param>
public sealed record FilterStage(SpansetExpr Filter) : PipelineStage;

/// <summary>Keeps sets of which a comparison holds: <c>| count() > 2</c>.</summary>
/// <param name="Operator">A comparison.</param>
/// <param name="Left">The left side.</param>
/// <param name="Right">The right side.</param>
public sealed record ScalarStage(FieldOperator Operator, ScalarExpr Left, ScalarExpr Right) : PipelineStage;

/// <summary>Makes a set of each value of an expression: <c>| by(resource.service.name)</c>.</summary>
/// <param name="Key">The expression.</param>
public sealed record ByStage(FieldExpr Key) : PipelineStage;

/// <summary>Returns fields with the spans: <c>| select(span.http.url)</c>.</summary>
/// <param name="Fields">Which.</param>
public sealed record SelectStage(IReadOnlyList<FieldRef> Fields) : PipelineStage;

/// <summary>Makes one set of all again: <c>| coalesce()</c>.</summary>
public sealed record CoalesceStage : PipelineStage;

/// <summary>What is computed of the spans of a set.</summary>
public enum SpansetAggregate
{
    /// <summary>How many there are.</summary>
    Count,

    /// <summary>The mean.</summary>
    Avg,

    /// <summary>The smallest.</summary>
    Min,

    /// <summary>The largest.</summary>
    Max,

    /// <summary>The sum.</summary>
    Sum,
}

/// <summary>A number of a set. Immutable.</summary>
public abstract record ScalarExpr;

/// <summary>A literal.</summary>
/// <param name="Value">The number; ns of a duration.</param>
public sealed record ScalarNumber(double Value) : ScalarExpr;

/// <summary>An aggregate.</summary>
/// <param name="Aggregate">Which.</param>
/// <param name="Of">What is aggregated; null for count.</param>
/// <param name="Name">As it is written.</param>
public sealed record ScalarAggregate(SpansetAggregate Aggregate, FieldExpr? Of, string Name) : ScalarExpr;

/// <summary>Two numbers and arithmetic.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Left">The left side.</param>
/// <param name="Right">The right side.</param>
public sealed record ScalarBinary(FieldOperator Operator, ScalarExpr Left, ScalarExpr Right) : ScalarExpr;

/// <summary>What is computed over time.</summary>
public enum MetricsFunction
{
    /// <summary>Spans per second.</summary>
    Rate,

    /// <summary>Spans per step.</summary>
    CountOverTime,

    /// <summary>The smallest value.</summary>
    MinOverTime,

    /// <summary>The largest value.</summary>
    MaxOverTime,

    /// <summary>The mean.</summary>
    AvgOverTime,

    /// <summary>The sum.</summary>
    SumOverTime,

    /// <summary>Quantiles.</summary>
    QuantileOverTime,

    /// <summary>How many values are in each power of two.</summary>
    HistogramOverTime,

    /// <summary>What distinguishes some spans from the others.</summary>
    Compare,
}

/// <summary>The stage that makes series of spans: <c>| rate() by(name)</c>.</summary>
/// <param name="Function">Which.</param>
/// <param name="Measure">The field that is measured; null where nothing is.</param>
/// <param name="Quantiles">Of quantiles: which, from 0 to 1.</param>
/// <param name="By">The fields that series are grouped by.</param>
public sealed record MetricsStage(MetricsFunction Function, FieldRef? Measure, IReadOnlyList<double> Quantiles, IReadOnlyList<FieldRef> By)
{
    /// <summary>As it is written, for the name of a series: <c>rate</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Of a comparison: the spans that are set against the others.</summary>
    public SpansetFilter? Selection { get; init; }

    /// <summary>Of a comparison: the most values of each field. Default 10.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Of a comparison: when a selected span must have begun, ns since the Unix epoch; null for any time.</summary>
    public (long FromNs, long ToNs)? Window { get; init; }
}

/// <summary>What is done with series afterwards.</summary>
/// <param name="Operator">A comparison of each point with a number; null where series are taken by rank.</param>
/// <param name="Value">The number that points are compared with, or how many series are kept.</param>
/// <param name="IsBottom">By rank: whether the smallest are kept.</param>
public sealed record SeriesStage(FieldOperator? Operator, double Value, bool IsBottom);

/// <summary>A whole query.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Spans">What takes the spans.</param>
/// <param name="Metrics">What makes series of them; null for a search.</param>
/// <param name="SeriesStages">What is done with the series afterwards.</param>
/// <param name="Hints">Hints by name: <c>with(most_recent=true)</c>.</param>
public sealed record TraceQlQuery(
    string Text,
    SpansetExpr Spans,
    MetricsStage? Metrics,
    IReadOnlyList<SeriesStage> SeriesStages,
    IReadOnlyDictionary<string, AttributeValue> Hints);
