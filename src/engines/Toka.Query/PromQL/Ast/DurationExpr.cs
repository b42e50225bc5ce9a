namespace Toka.Query.PromQL.Ast;

/// <summary>What two durations are joined by.</summary>
public enum DurationOperator
{
    /// <summary><c>+</c></summary>
    Add,

    /// <summary><c>-</c></summary>
    Subtract,

    /// <summary><c>*</c></summary>
    Multiply,

    /// <summary><c>/</c></summary>
    Divide,

    /// <summary><c>%</c></summary>
    Modulo,

    /// <summary><c>^</c></summary>
    Power,

    /// <summary><c>min_of(a, b)</c></summary>
    MinOf,

    /// <summary><c>max_of(a, b)</c></summary>
    MaxOf,
}

/// <summary>A duration that is computed, in the place of a range, a step or an offset. Immutable; thread-safe.</summary>
public abstract record DurationExpr
{
    /// <summary>Where it stands in the text.</summary>
    public PositionRange Position { get; init; }

    /// <summary>Whether it stands in parentheses.</summary>
    public bool IsWrapped { get; init; }

    /// <summary>The number of levels of the tree that it is the root of; 1 for a leaf.</summary>
    public int Depth { get; protected init; } = 1;

    /// <summary>Whether its value depends on the query's step or range.</summary>
    public abstract bool DependsOnQuery { get; }
}

/// <summary>A number of seconds, or a duration written out.</summary>
/// <param name="Seconds">The value.</param>
/// <param name="IsDuration">Whether it was written with units.</param>
public sealed record DurationLiteral(double Seconds, bool IsDuration) : DurationExpr
{
    /// <inheritdoc/>
    public override bool DependsOnQuery => false;
}

/// <summary><c>step()</c> or <c>range()</c>: the query's step, or the time from its start to its end.</summary>
/// <param name="IsStep">Whether it is the step.</param>
public sealed record QueryDuration(bool IsStep) : DurationExpr
{
    /// <inheritdoc/>
    public override bool DependsOnQuery => true;
}

/// <summary>A minus before a duration.</summary>
public sealed record NegatedDuration : DurationExpr
{
    /// <summary>Negates a duration.</summary>
    /// <param name="operand">The duration.</param>
    public NegatedDuration(DurationExpr operand)
    {
        ArgumentNullException.ThrowIfNull(operand);
        Operand = operand;
        Depth = operand.Depth + 1;
    }

    /// <summary>The duration.</summary>
    public DurationExpr Operand { get; }

    /// <inheritdoc/>
    public override bool DependsOnQuery => Operand.DependsOnQuery;
}

/// <summary>Two durations joined by an operator.</summary>
public sealed record DurationOperation : DurationExpr
{
    /// <summary>Joins two durations.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="left">The left side, or the first argument.</param>
    /// <param name="right">The right side, or the second argument.</param>
    public DurationOperation(DurationOperator op, DurationExpr left, DurationExpr right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        (Operator, Left, Right) = (op, left, right);
        Depth = Math.Max(left.Depth, right.Depth) + 1;
        DependsOnQuery = left.DependsOnQuery || right.DependsOnQuery;
    }

    /// <summary>The operator.</summary>
    public DurationOperator Operator { get; }

    /// <summary>The left side, or the first argument.</summary>
    public DurationExpr Left { get; }

    /// <summary>The right side, or the second argument.</summary>
    public DurationExpr Right { get; }

    /// <inheritdoc/>
    public override bool DependsOnQuery { get; }
}
