namespace Toka.Query.PromQL.Ast;

/// <summary>PromQL's four types of value.</summary>
public enum ExprType
{
    /// <summary>One number at each step.</summary>
    Scalar,

    /// <summary>A text.</summary>
    String,

    /// <summary>At most one sample a series at each step.</summary>
    InstantVector,

    /// <summary>A window of samples a series at each step.</summary>
    RangeVector,
}

/// <summary>A part of an expression's text, in characters from 0.</summary>
/// <param name="Start">The first character.</param>
/// <param name="End">The character behind the last one.</param>
public readonly record struct PositionRange(int Start, int End);

/// <summary>A node of a parsed expression. Immutable; thread-safe.</summary>
public abstract record Expr
{
    /// <summary>Where the node stands in the text.</summary>
    public PositionRange Position { get; init; }

    /// <summary>The type of its value.</summary>
    public abstract ExprType Type { get; }

    /// <summary>The nodes right below it, in the order of the text.</summary>
    public abstract IReadOnlyList<Expr> Children { get; }

    /// <summary>The number of levels of the tree that it is the root of; 1 for a leaf.</summary>
    public int Depth { get; protected init; } = 1;

    /// <summary>The expression as canonical PromQL.</summary>
    public sealed override string ToString() => ExprPrinter.Print(this);

    private protected static int DepthOver(params ReadOnlySpan<Expr?> children)
    {
        var deepest = 0;
        foreach (var child in children)
        {
            deepest = Math.Max(deepest, child?.Depth ?? 0);
        }

        return deepest + 1;
    }
}

/// <summary>A number, or a duration in the place of one.</summary>
/// <param name="Value">The value; a duration's is in seconds.</param>
public sealed record NumberLiteral(double Value) : Expr
{
    /// <summary>Whether it was written as a duration, such as <c>1h30m</c>.</summary>
    public bool IsDuration { get; init; }

    /// <inheritdoc/>
    public override ExprType Type => ExprType.Scalar;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [];
}

/// <summary>A text in quotes.</summary>
/// <param name="Value">The text, unescaped.</param>
public sealed record StringLiteral(string Value) : Expr
{
    /// <inheritdoc/>
    public override ExprType Type => ExprType.String;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [];
}

/// <summary>An expression in parentheses.</summary>
public sealed record ParenExpr : Expr
{
    /// <summary>Encloses an expression.</summary>
    /// <param name="inner">The expression.</param>
    public ParenExpr(Expr inner)
    {
        Inner = inner;
        Depth = DepthOver(inner);
    }

    /// <summary>What is inside.</summary>
    public Expr Inner { get; }

    /// <inheritdoc/>
    public override ExprType Type => Inner.Type;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [Inner];
}

/// <summary>A sign before an expression.</summary>
public sealed record UnaryExpr : Expr
{
    /// <summary>Signs an expression.</summary>
    /// <param name="isNegative">Whether the sign is a minus.</param>
    /// <param name="operand">A scalar or an instant vector.</param>
    public UnaryExpr(bool isNegative, Expr operand)
    {
        IsNegative = isNegative;
        Operand = operand;
        Depth = DepthOver(operand);
    }

    /// <summary>Whether the sign is a minus.</summary>
    public bool IsNegative { get; }

    /// <summary>What is signed.</summary>
    public Expr Operand { get; }

    /// <inheritdoc/>
    public override ExprType Type => Operand.Type;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [Operand];
}

/// <summary>A function's call.</summary>
public sealed record CallExpr : Expr
{
    private readonly ExprType _type;

    /// <summary>Calls a function.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="type">What it returns.</param>
    public CallExpr(string function, IReadOnlyList<Expr> arguments, ExprType type)
    {
        Function = function;
        Arguments = arguments;
        _type = type;
        Depth = DepthOver([.. arguments]);
    }

    /// <summary>The function's name.</summary>
    public string Function { get; }

    /// <summary>The arguments.</summary>
    public IReadOnlyList<Expr> Arguments { get; }

    /// <summary>The argument that is labels in braces, which select nothing by themselves; −1 for none.</summary>
    internal int LabelSelectorArgument { get; init; } = -1;

    /// <inheritdoc/>
    public override ExprType Type => _type;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => Arguments;
}

/// <summary>The aggregation operators.</summary>
public enum AggregationOperator
{
    /// <summary><c>sum</c></summary>
    Sum,

    /// <summary><c>avg</c></summary>
    Avg,

    /// <summary><c>min</c></summary>
    Min,

    /// <summary><c>max</c></summary>
    Max,

    /// <summary><c>count</c></summary>
    Count,

    /// <summary><c>group</c></summary>
    Group,

    /// <summary><c>stddev</c></summary>
    Stddev,

    /// <summary><c>stdvar</c></summary>
    Stdvar,

    /// <summary><c>topk</c></summary>
    TopK,

    /// <summary><c>bottomk</c></summary>
    BottomK,

    /// <summary><c>quantile</c></summary>
    Quantile,

    /// <summary><c>count_values</c></summary>
    CountValues,

    /// <summary><c>limitk</c> (experimental)</summary>
    LimitK,

    /// <summary><c>limit_ratio</c> (experimental)</summary>
    LimitRatio,
}

/// <summary>An aggregation over the series of an instant vector.</summary>
public sealed record AggregateExpr : Expr
{
    /// <summary>Aggregates a vector.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="operand">The vector.</param>
    /// <param name="parameter">The parameter of <c>topk</c>, <c>quantile</c> …; null for the others.</param>
    /// <param name="grouping">The labels of <c>by</c> or <c>without</c>.</param>
    /// <param name="isWithout">Whether they are those of <c>without</c>.</param>
    public AggregateExpr(AggregationOperator op, Expr operand, Expr? parameter, IReadOnlyList<string> grouping, bool isWithout)
    {
        Operator = op;
        Operand = operand;
        Parameter = parameter;
        Grouping = grouping;
        IsWithout = isWithout;
        Depth = DepthOver(operand, parameter);
    }

    /// <summary>The operator.</summary>
    public AggregationOperator Operator { get; }

    /// <summary>The vector.</summary>
    public Expr Operand { get; }

    /// <summary>The parameter; null where the operator takes none.</summary>
    public Expr? Parameter { get; }

    /// <summary>The labels of <c>by</c> or <c>without</c>; empty where neither is written.</summary>
    public IReadOnlyList<string> Grouping { get; }

    /// <summary>Whether <see cref="Grouping"/> names the labels to remove, not those to keep.</summary>
    public bool IsWithout { get; }

    /// <inheritdoc/>
    public override ExprType Type => ExprType.InstantVector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => Parameter is null ? [Operand] : [Parameter, Operand];
}
