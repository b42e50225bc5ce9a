using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Parsing;

/// <summary>Says what cannot be true before a span is looked at, so that a mistake is not an empty answer.</summary>
internal static class TypeChecks
{
    /// <summary>The type of an operator's result.</summary>
    public static TraceQlType TypeOf(FieldOperator op, FieldExpr left, FieldExpr right) =>
        op < FieldOperator.Add ? TraceQlType.Bool
        : left.Type == TraceQlType.Duration || right.Type == TraceQlType.Duration ? TraceQlType.Duration
        : TraceQlType.Number;

    /// <summary>A type in words.</summary>
    public static string Name(TraceQlType type) => type switch
    {
        TraceQlType.Text => "a text",
        TraceQlType.Number => "a number",
        TraceQlType.Duration => "a duration",
        TraceQlType.Bool => "true or false",
        TraceQlType.Status => "a status (error, ok, unset)",
        TraceQlType.Kind => "a kind (server, client, internal, producer, consumer, unspecified)",
        TraceQlType.Nil => "nil",
        _ => "an attribute",
    };

    /// <summary>Why an operator cannot stand between two expressions; null where it can.</summary>
    public static string? Fault(FieldOperator op, string symbol, FieldExpr left, FieldExpr right) => op switch
    {
        FieldOperator.Or or FieldOperator.And => Logical(symbol, left) ?? Logical(symbol, right),
        FieldOperator.Matches or FieldOperator.NotMatches => Pattern(symbol, left, right),
        >= FieldOperator.Add => Arithmetic(symbol, left) ?? Arithmetic(symbol, right),
        _ => Compared(op, symbol, left, right),
    };

    private static string? Logical(string symbol, FieldExpr side) => side.Type is TraceQlType.Bool or TraceQlType.Unknown
        ? null
        : $"both sides of \"{symbol}\" are expected to be true or false, and one is {Name(side.Type)}";

    private static string? Pattern(string symbol, FieldExpr left, FieldExpr right) =>
        right is not StaticExpr { Type: TraceQlType.Text } ? $"behind \"{symbol}\" a regular expression in quotes is expected"
        : left.Type is TraceQlType.Text or TraceQlType.Unknown ? null
        : $"\"{symbol}\" is for texts, and its left side is {Name(left.Type)}";

    private static string? Arithmetic(string symbol, FieldExpr side) => side.Type is TraceQlType.Number or TraceQlType.Duration or TraceQlType.Unknown
        ? null
        : $"both sides of \"{symbol}\" are expected to be numbers, and one is {Name(side.Type)}";

    private static string? Compared(FieldOperator op, string symbol, FieldExpr left, FieldExpr right)
    {
        var isOrder = op is not (FieldOperator.Equal or FieldOperator.NotEqual);
        if (left.Type == TraceQlType.Nil || right.Type == TraceQlType.Nil)
        {
            return isOrder ? $"nil is compared by = and != alone, not by \"{symbol}\""
                : left is FieldRef || right is FieldRef ? null
                : "nil is expected to be compared with a field";
        }

        if (isOrder && (IsUnordered(left.Type) || IsUnordered(right.Type)))
        {
            return $"\"{symbol}\" is for numbers and texts; {Name(IsUnordered(left.Type) ? left.Type : right.Type)} is compared by = and !=";
        }

        return AreAlike(left.Type, right.Type) ? null : $"{Name(left.Type)} and {Name(right.Type)} are never equal; {Hint(left.Type, right.Type)}";
    }

    private static string Hint(TraceQlType left, TraceQlType right) =>
        left is TraceQlType.Status || right is TraceQlType.Status ? "write status = error, ok or unset, without quotes"
        : left is TraceQlType.Kind || right is TraceQlType.Kind ? "write kind = server, client, internal, producer, consumer or unspecified, without quotes"
        : "compare what is of one type";

    private static bool IsUnordered(TraceQlType type) => type is TraceQlType.Bool or TraceQlType.Status or TraceQlType.Kind;

    private static bool AreAlike(TraceQlType left, TraceQlType right) => (left, right) switch
    {
        (TraceQlType.Status or TraceQlType.Kind, _) or (_, TraceQlType.Status or TraceQlType.Kind) => left == right,
        (TraceQlType.Unknown, _) or (_, TraceQlType.Unknown) => true,
        (TraceQlType.Number or TraceQlType.Duration, TraceQlType.Number or TraceQlType.Duration) => true,
        _ => left == right,
    };
}
