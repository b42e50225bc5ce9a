using Toka.Conformance.Differential.Queries;

namespace Toka.Conformance.Differential.Findings;

/// <summary>
/// A difference between 2.42 and 3.x that is meant. It is recognised by what it alone makes different: with this one rule
/// levelled on one side, both answer the same.
/// </summary>
/// <param name="Name">What it is called in the figures.</param>
/// <param name="Reason">What differs.</param>
/// <param name="Source">Where that can be seen.</param>
/// <param name="Rule">The rule to level.</param>
/// <param name="MayConcern">Whether a part of a query has what the rule is about.</param>
internal sealed record KnownDifference(string Name, string Reason, string Source, Rule Rule, Func<Node, bool> MayConcern)
{
    /// <summary>Sums are compensated in 3.x; see <see cref="Findings.Rounding"/>.</summary>
    public static readonly KnownDifference Rounding = new(
        "rounding",
        "Sums and means are compensated (Kahan, Neumaier) in 3.x and plain in 2.42, and variances add up in the order of the series; functions of mathematics are Go's there and the C library's here. Where equal sums are subtracted or compared, that shows.",
        "promql/engine.go, aggregation: kahansum in 3.x, += in 2.42",
        Rule.None,
        static _ => false);

    /// <summary>What nobody needs is not computed.</summary>
    public static readonly KnownDifference Unread = new(
        "unread failure",
        "Our engine does not compute series that the result has no use for, such as the left side of an \"and\" with nothing on its right, and so does not meet their failure. The part that fails does so when it is asked alone.",
        "src/engines/Toka.Query/PromQL/Execution: columns are read at need",
        Rule.None,
        static _ => false);

    public static readonly IReadOnlyList<KnownDifference> All =
    [
        new(
            "counter stretch",
            "3.x first decides by the distance of samples how far a counter is stretched to the window's start and then limits that by the moment at which it would have been zero; 2.42 the other way round.",
            "promql/functions.go, extrapolatedRate",
            Rule.Stretch,
            static node => node is CallNode { Name: "rate" or "increase" }),
        new(
            "dot",
            "A dot in a regular expression matches a line feed in 3.x.",
            "CHANGELOG of 3.0.0: regular expressions match all characters",
            Rule.Dot,
            static node => node is TextNode { IsPattern: true } || (node is SelectorNode selector && selector.Conditions.Any(static condition => condition.Operator.Contains('~', StringComparison.Ordinal)))),
        new(
            "no date",
            "What becomes of NaN, infinities and numbers beyond 64 bits as a whole number, Go leaves to the processor; our engine says that the parts of such a date are NaN.",
            "The Go Programming Language Specification, conversions between numeric types",
            Rule.NoDate,
            static node => node is CallNode { IsDate: true }),
        new(
            "atan2 name",
            "atan2 drops the metric's name in 3.x as the other arithmetic operators do; 2.42 forgot it.",
            "promql/engine.go, shouldDropMetricName and changesMetricSchema",
            Rule.Atan2,
            static node => node is BinaryNode { IsAtan2: true } or ChainNode { HasAtan2: true }),
        new(
            "second match",
            "A series that matches a second one on the side of one is an error in 3.x also where a comparison leaves that pair out; 2.42 asks after the comparison.",
            "promql/engine.go, VectorBinop",
            Rule.SecondMatch,
            static node => node is BinaryNode { IsFilter: true }),
        new(
            "ties",
            "Which of equal values topk and bottomk take is not said. The query is asked again in a form that takes all of them.",
            "Prometheus documentation, aggregation operators; promql/engine.go keeps whichever came first",
            Rule.Ties,
            static node => node is AggregateNode { HasTies: true }),
        new(
            "pinned prediction",
            "In a range query, predict_linear of a window that an @ pins moves that window with the steps in 2.42, which so contradicts its own instant queries. It is asked for each step by itself.",
            "promql/engine.go, evaluation of matrix selectors: 3.x keeps the window",
            Rule.PinnedPrediction,
            static node => node is CallNode { IsPinnedPrediction: true }),
        new(
            "mean",
            "avg_over_time moves a mean by each value in 2.42; 3.x divides a sum. Where large values cancel out, that shows.",
            "promql/functions.go, funcAvgOverTime",
            Rule.Mean,
            static node => node is CallNode { Name: "avg_over_time" }),
        new(
            "variance of one",
            "stddev and stdvar of a single NaN or infinity are NaN in 3.x and 0 in 2.42.",
            "promql/engine.go, aggregation",
            Rule.Variance,
            static node => node is AggregateNode { IsVariance: true }),
        new(
            "counted labels",
            "count_values with by loses labels whose names come behind the one that it makes in 2.42, which searches a list that it did not sort; 3.x sorts it.",
            "promql/engine.go, evaluation of AggregateExpr",
            Rule.CountedLabels,
            static node => node is AggregateNode { IsCountByLabel: true }),
        new(
            "pinned timestamp",
            "timestamp of a selector with both an @ and an offset looks at the time of the @ in samples read for the offset, in 2.42 and in 3.x; our engine applies both. 2.42 is asked with one @ for the same moment.",
            "promql/engine.go, timestamp over a vector selector",
            Rule.PinnedTimestamp,
            static node => node is CallNode { IsPinnedTimestamp: true }),
        new(
            "joined",
            "Series whose labels are the same once the name is dropped are an error of range functions and of the minus sign in 2.42 wherever in a range they have samples (in 3.x unless names are dropped late); our engine joins them and refuses two samples at the same step only. 2.42 is asked for each step by itself.",
            "promql/engine.go, ContainsSameLabelset",
            Rule.Joined,
            static node => node.MayJoin),
        new(
            "minus zero",
            "A sum or mean of nothing but minus zeros is zero in 3.x, which adds what rounding lost, and minus zero in 2.42.",
            "promql/engine.go, aggregation",
            Rule.MinusZero,
            static node => node is AggregateNode { Operator: "sum" or "avg" }),
    ];
}
