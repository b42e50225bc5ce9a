using Toka.Core.Attributes;

namespace Toka.Query.TraceQL.Ast;

/// <summary>Where an attribute is looked for.</summary>
public enum AttributeScope
{
    /// <summary>On the span, else its resource, else its instrumentation scope, else its events, else its links.</summary>
    Any,

    /// <summary>On the span.</summary>
    Span,

    /// <summary>On the resource.</summary>
    Resource,

    /// <summary>On events of the span.</summary>
    Event,

    /// <summary>On links of the span.</summary>
    Link,

    /// <summary>On the instrumentation scope.</summary>
    Instrumentation,
}

/// <summary>What a span has without attributes.</summary>
public enum Intrinsic
{
    /// <summary>None: it is an attribute.</summary>
    None,

    /// <summary><c>name</c>.</summary>
    Name,

    /// <summary><c>status</c>.</summary>
    Status,

    /// <summary><c>statusMessage</c>.</summary>
    StatusMessage,

    /// <summary><c>kind</c>.</summary>
    Kind,

    /// <summary><c>duration</c>.</summary>
    Duration,

    /// <summary><c>span:id</c>.</summary>
    SpanId,

    /// <summary><c>span:parentID</c>.</summary>
    ParentId,

    /// <summary><c>span:childCount</c>.</summary>
    ChildCount,

    /// <summary><c>trace:id</c>.</summary>
    TraceId,

    /// <summary><c>traceDuration</c>.</summary>
    TraceDuration,

    /// <summary><c>rootName</c>.</summary>
    RootName,

    /// <summary><c>rootServiceName</c>.</summary>
    RootService,

    /// <summary><c>event:name</c>.</summary>
    EventName,

    /// <summary><c>event:timeSinceStart</c>.</summary>
    EventTimeSinceStart,

    /// <summary><c>link:traceID</c>.</summary>
    LinkTraceId,

    /// <summary><c>link:spanID</c>.</summary>
    LinkSpanId,

    /// <summary><c>instrumentation:name</c>.</summary>
    ScopeName,

    /// <summary><c>instrumentation:version</c>.</summary>
    ScopeVersion,

    /// <summary><c>nestedSetParent</c>: −1 of a root, else a positive number that says no more than that there is a parent.</summary>
    NestedSetParent,

    /// <summary><c>text</c>: whatever can be read of a span; Toka's own.</summary>
    Text,
}

/// <summary>What a value is known to be before a span is looked at.</summary>
public enum TraceQlType
{
    /// <summary>Of an attribute: whatever it is.</summary>
    Unknown,

    /// <summary>Text.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A number of ns.</summary>
    Duration,

    /// <summary>True or false.</summary>
    Bool,

    /// <summary>Error, ok or unset.</summary>
    Status,

    /// <summary>A span's role.</summary>
    Kind,

    /// <summary>No value.</summary>
    Nil,
}

/// <summary>Operators within the braces and between aggregates.</summary>
public enum FieldOperator
{
    /// <summary><c>||</c>.</summary>
    Or,

    /// <summary><c>&amp;&amp;</c>.</summary>
    And,

    /// <summary><c>=</c>.</summary>
    Equal,

    /// <summary><c>!=</c>.</summary>
    NotEqual,

    /// <summary><c>&lt;</c>.</summary>
    Less,

    /// <summary><c>&lt;=</c>.</summary>
    LessOrEqual,

    /// <summary><c>&gt;</c>.</summary>
    Greater,

    /// <summary><c>&gt;=</c>.</summary>
    GreaterOrEqual,

    /// <summary><c>=~</c>.</summary>
    Matches,

    /// <summary><c>!~</c>.</summary>
    NotMatches,

    /// <summary><c>+</c>.</summary>
    Add,

    /// <summary><c>-</c>.</summary>
    Subtract,

    /// <summary><c>*</c>.</summary>
    Multiply,

    /// <summary><c>/</c>.</summary>
    Divide,

    /// <summary><c>%</c>.</summary>
    Modulo,

    /// <summary><c>^</c>.</summary>
    Power,
}

/// <summary>An expression over one span. Immutable.</summary>
/// <param name="Type">What its value is known to be.</param>
public abstract record FieldExpr(TraceQlType Type)
{
    /// <summary>Where it begins, in characters from 0.</summary>
    public int Position { get; init; }
}

/// <summary>A literal.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Value">Its value; a status or kind as OTLP numbers it; ns of a duration.</param>
public sealed record StaticExpr(TraceQlType Type, AttributeValue Value) : FieldExpr(Type);

/// <summary>A field of the span.</summary>
/// <param name="Type">What its value is known to be.</param>
/// <param name="Intrinsic">Which, or none for an attribute.</param>
/// <param name="Scope">Of an attribute: where it is looked for.</param>
/// <param name="Key">Of an attribute: its key.</param>
/// <param name="IsOfParent">Whether it is looked for on the parent of the span.</param>
public sealed record FieldRef(TraceQlType Type, Intrinsic Intrinsic, AttributeScope Scope, string Key, bool IsOfParent) : FieldExpr(Type)
{
    /// <summary>The field as it is written.</summary>
    public string Name => FieldNames.Of(this);

    /// <inheritdoc/>
    public bool Equals(FieldRef? other) => other is not null && Intrinsic == other.Intrinsic && Scope == other.Scope && Key == other.Key && IsOfParent == other.IsOfParent;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Intrinsic, Scope, Key, IsOfParent);
}

/// <summary>Two expressions and an operator.</summary>
/// <param name="Type">What its value is known to be.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Left">The left side.</param>
/// <param name="Right">The right side.</param>
public sealed record FieldBinary(TraceQlType Type, FieldOperator Operator, FieldExpr Left, FieldExpr Right) : FieldExpr(Type);

/// <summary><c>!</c> of a truth, or <c>-</c> of a number.</summary>
/// <param name="Type">What its value is known to be.</param>
/// <param name="IsNot">Whether it is <c>!</c>.</param>
/// <param name="Operand">What stands behind it.</param>
public sealed record FieldUnary(TraceQlType Type, bool IsNot, FieldExpr Operand) : FieldExpr(Type);
