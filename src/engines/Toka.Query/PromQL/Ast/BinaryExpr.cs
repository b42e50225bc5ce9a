namespace Toka.Query.PromQL.Ast;

/// <summary>The binary operators.</summary>
public enum BinaryOperator
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

    /// <summary><c>atan2</c></summary>
    Atan2,

    /// <summary><c>&lt;/</c>: what of a native histogram lies below a value.</summary>
    TrimUpper,

    /// <summary><c>&gt;/</c>: what of a native histogram lies above a value.</summary>
    TrimLower,

    /// <summary><c>==</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>&gt;</c></summary>
    Greater,

    /// <summary><c>&lt;</c></summary>
    Less,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,

    /// <summary><c>and</c></summary>
    And,

    /// <summary><c>or</c></summary>
    Or,

    /// <summary><c>unless</c></summary>
    Unless,
}

/// <summary>How many series of each side may match.</summary>
public enum MatchCardinality
{
    /// <summary>One each side.</summary>
    OneToOne,

    /// <summary><c>group_left</c>: many on the left.</summary>
    ManyToOne,

    /// <summary><c>group_right</c>: many on the right.</summary>
    OneToMany,

    /// <summary>The set operators.</summary>
    ManyToMany,
}

/// <summary>How the series of two vectors find each other.</summary>
/// <param name="Cardinality">How many may match.</param>
/// <param name="IsOn">Whether <paramref name="Labels"/> are those of <c>on</c>, not of <c>ignoring</c>.</param>
/// <param name="Labels">The labels of <c>on</c> or <c>ignoring</c>.</param>
/// <param name="Include">The labels of <c>group_left</c> or <c>group_right</c>, copied from the one side.</param>
public sealed record VectorMatching(MatchCardinality Cardinality, bool IsOn, IReadOnlyList<string> Labels, IReadOnlyList<string> Include)
{
    /// <summary>All labels but the name must be equal, one to one.</summary>
    public static readonly VectorMatching Default = new(MatchCardinality.OneToOne, false, [], []);

    /// <summary>The value of series that the left side lacks; null where those are left out.</summary>
    public double? FillLeft { get; init; }

    /// <summary>The value of series that the right side lacks; null where those are left out.</summary>
    public double? FillRight { get; init; }
}

/// <summary>Two expressions joined by an operator.</summary>
public sealed record BinaryExpr : Expr
{
    /// <summary>Joins two expressions.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="matching">How vectors match; null where a side is a scalar.</param>
    /// <param name="returnsBool">Whether a comparison gives 0 or 1 instead of filtering.</param>
    public BinaryExpr(BinaryOperator op, Expr left, Expr right, VectorMatching? matching, bool returnsBool)
    {
        Operator = op;
        Left = left;
        Right = right;
        Matching = matching;
        ReturnsBool = returnsBool;
        Depth = DepthOver(left, right);
    }

    /// <summary>The operator.</summary>
    public BinaryOperator Operator { get; }

    /// <summary>The left side.</summary>
    public Expr Left { get; }

    /// <summary>The right side.</summary>
    public Expr Right { get; }

    /// <summary>How vectors match; null where a side is a scalar.</summary>
    public VectorMatching? Matching { get; }

    /// <summary>Whether a comparison gives 0 or 1 instead of filtering.</summary>
    public bool ReturnsBool { get; }

    /// <summary>Whether the operator compares.</summary>
    public bool IsComparison => Operator is >= BinaryOperator.Equal and <= BinaryOperator.LessOrEqual;

    /// <summary>Whether the operator takes a part of a native histogram.</summary>
    public bool IsTrim => Operator is BinaryOperator.TrimUpper or BinaryOperator.TrimLower;

    /// <summary>Whether the operator's result is still the metric itself, so that its name stays (but for <c>bool</c>).</summary>
    internal bool KeepsName => IsComparison || IsTrim;

    /// <summary>Whether the operator is <c>and</c>, <c>or</c> or <c>unless</c>.</summary>
    public bool IsSetOperator => Operator >= BinaryOperator.And;

    /// <inheritdoc/>
    public override ExprType Type =>
        Left.Type == ExprType.Scalar && Right.Type == ExprType.Scalar ? ExprType.Scalar : ExprType.InstantVector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expr> Children => [Left, Right];
}
