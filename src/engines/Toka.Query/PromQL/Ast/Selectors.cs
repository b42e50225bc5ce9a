using Toka.Core.Labels;

namespace Toka.Query.PromQL.Ast;

/// <summary>What an <c>@</c> modifier fixes the time to.</summary>
public enum AtKind
{
    /// <summary>No modifier: the time of the step.</summary>
    None,

    /// <summary>A time written out.</summary>
    Timestamp,

    /// <summary><c>@ start()</c>: the query's first step.</summary>
    Start,

    /// <summary><c>@ end()</c>: the query's last moment.</summary>
    End,
}

/// <summary>The modifiers of a selector or a subquery.</summary>
/// <param name="OffsetMs"><c>offset</c> in ms; negative looks ahead.</param>
/// <param name="At">The kind of <c>@</c>.</param>
/// <param name="AtMs">The time of <see cref="AtKind.Timestamp"/>, ms since the Unix epoch.</param>
public readonly record struct TimeModifier(long OffsetMs, AtKind At, long AtMs)
{
    /// <summary>How the offset is computed; null where it is written out. What depends on the query is 0 until it is planned.</summary>
    public DurationExpr? OffsetExpression { get; init; }

    /// <summary>The time that a step looks at.</summary>
    /// <param name="stepMs">The step's time.</param>
    /// <param name="queryStartMs">The query's first step.</param>
    /// <param name="queryEndMs">The query's last moment.</param>
    internal long Apply(long stepMs, long queryStartMs, long queryEndMs) => At switch
    {
        AtKind.None => stepMs,
        AtKind.Timestamp => AtMs,
        AtKind.Start => queryStartMs,
        _ => queryEndMs,
    } - OffsetMs;
}

/// <summary>What a selector does where no sample lies exactly at the moment it looks at.</summary>
public enum SelectorMode
{
    /// <summary>The usual: the newest sample before it; a range has what lies in it.</summary>
    Plain,

    /// <summary><c>anchored</c>: a range begins with the newest sample before it.</summary>
    Anchored,

    /// <summary><c>smoothed</c>: values between two samples are interpolated.</summary>
    Smoothed,
}

/// <summary>A selector of series: each step's value is the newest sample that is not older than the look-back.</summary>
/// <param name="Name">The metric's name where it is written before or as the first thing in the braces; else empty.</param>
/// <param name="Matchers">All conditions, the one of the name included.</param>
public sealed record VectorSelector(string Name, IReadOnlyList<LabelMatcher> Matchers) : Expr
{
    /// <summary><c>offset</c> and <c>@</c>.</summary>
    public TimeModifier Modifier { get; init; }

    /// <summary><c>anchored</c> and <c>smoothed</c>.</summary>
    public SelectorMode Mode { get; init; }

    /// <inheritdoc/>
    public override ExprType Type => ExprType.InstantVector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [];
}

/// <summary>A selector with a range: each step's window is (t − range, t].</summary>
public sealed record MatrixSelector : Expr
{
    /// <summary>Gives a selector a range.</summary>
    /// <param name="selector">The selector, with its modifiers.</param>
    /// <param name="rangeMs">The range in ms, above 0.</param>
    public MatrixSelector(VectorSelector selector, long rangeMs)
    {
        Selector = selector;
        RangeMs = rangeMs;
        Depth = DepthOver(selector);
    }

    /// <summary>The selector, with its modifiers.</summary>
    public VectorSelector Selector { get; init; }

    /// <summary>The range in ms, above 0; 0 where it depends on a query that is not planned yet.</summary>
    public long RangeMs { get; init; }

    /// <summary>How the range is computed; null where it is written out.</summary>
    public DurationExpr? RangeExpression { get; init; }

    /// <inheritdoc/>
    public override ExprType Type => ExprType.RangeVector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [Selector];
}

/// <summary>An expression evaluated over a range at a step of its own.</summary>
public sealed record SubqueryExpr : Expr
{
    /// <summary>Evaluates an expression over a range.</summary>
    /// <param name="inner">The expression, an instant vector.</param>
    /// <param name="rangeMs">The range in ms, above 0.</param>
    /// <param name="stepMs">The step in ms; 0 for the default one.</param>
    public SubqueryExpr(Expr inner, long rangeMs, long stepMs)
    {
        Inner = inner;
        RangeMs = rangeMs;
        StepMs = stepMs;
        Depth = DepthOver(inner);
    }

    /// <summary>The expression.</summary>
    public Expr Inner { get; }

    /// <summary>The range in ms, above 0; 0 where it depends on a query that is not planned yet.</summary>
    public long RangeMs { get; init; }

    /// <summary>How the range is computed; null where it is written out.</summary>
    public DurationExpr? RangeExpression { get; init; }

    /// <summary>The step in ms; 0 for the default one, and where it depends on a query that is not planned yet.</summary>
    public long StepMs { get; init; }

    /// <summary>How the step is computed; null where it is written out or the default one.</summary>
    public DurationExpr? StepExpression { get; init; }

    /// <summary><c>offset</c> and <c>@</c>.</summary>
    public TimeModifier Modifier { get; init; }

    /// <inheritdoc/>
    public override ExprType Type => ExprType.RangeVector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [Inner];
}
