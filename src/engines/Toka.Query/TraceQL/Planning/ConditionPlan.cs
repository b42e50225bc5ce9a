using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Planning;

/// <summary>Turns filters into conditions that a reader understands.</summary>
internal static class ConditionPlan
{
    private static readonly Condition s_never = new Condition.Any([]);

    private static readonly Field s_parent = new(FieldKind.ParentId);

    /// <summary>A condition that holds for exactly the same spans; null where there is none.</summary>
    public static Condition? Exact(FieldExpr? filter) => filter switch
    {
        null => Condition.Always,
        StaticExpr { Type: TraceQlType.Bool } constant => constant.Value.Bool ? Condition.Always : s_never,
        FieldRef field => FieldMapping.Of(field) is { } mapped ? new Condition.Compare(mapped, Comparison.Equal, AttributeValue.Of(true)) : null,
        FieldUnary { IsNot: true } not => Exact(not.Operand) is { } inner ? new Condition.Not(inner) : null,
        FieldBinary { Operator: FieldOperator.And } and => Exact(and.Left) is { } left && Exact(and.Right) is { } right ? left & right : null,
        FieldBinary { Operator: FieldOperator.Or } or => Exact(or.Left) is { } left && Exact(or.Right) is { } right ? left | right : null,
        FieldBinary { Operator: >= FieldOperator.Equal and <= FieldOperator.NotMatches } compare => OfComparison(compare),
        _ => null,
    };

    /// <summary>A condition that holds for the same spans, and perhaps for more: as narrow as a reader can have it.</summary>
    public static Condition Necessary(FieldExpr? filter) => Exact(filter) ?? filter switch
    {
        FieldBinary { Operator: FieldOperator.And } and => Necessary(and.Left) & Necessary(and.Right),
        FieldBinary { Operator: FieldOperator.Or } or => Either(Necessary(or.Left), Necessary(or.Right)),
        _ => Condition.Always,
    };

    /// <summary>One of two conditions.</summary>
    public static Condition Either(Condition left, Condition right) =>
        left is Condition.All { Parts.Count: 0 } || right is Condition.All { Parts.Count: 0 } ? Condition.Always : left | right;

    private static Condition? OfComparison(FieldBinary compare)
    {
        var (op, left, right) = (compare.Operator, compare.Left, compare.Right);
        if (left is StaticExpr && right is FieldRef)
        {
            (op, left, right) = (Arithmetic.Mirror(op), right, left);
        }

        if (left is not FieldRef field || right is not StaticExpr value)
        {
            return null;
        }

        if (field is { Intrinsic: Intrinsic.NestedSetParent, IsOfParent: false })
        {
            return OfNestedSetParent(op, value.Value);
        }

        return FieldMapping.Of(field) is { } mapped ? OfField(mapped, op, value) : null;
    }

    private static Condition OfField(Field field, FieldOperator op, StaticExpr value)
    {
        if (value.Type == TraceQlType.Nil)
        {
            Condition exists = field == s_parent
                ? new Condition.Not(new Condition.Compare(s_parent, Comparison.Equal, AttributeValue.Of("")))
                : new Condition.Compare(field, Comparison.Exists);
            return op == FieldOperator.Equal ? new Condition.Not(exists) : exists;
        }

        // Text that is anywhere in something is found faster than by an expression.
        if (field.FieldKind == FieldKind.AnyText && op == FieldOperator.Matches && ContainsPattern.LiteralOf(value.Value.Text) is { } literal)
        {
            return new Condition.Compare(field, Comparison.Contains, AttributeValue.Of(literal));
        }

        return new Condition.Compare(field, Arithmetic.ComparisonOf(op), value.Value);
    }

    private static Condition OfNestedSetParent(FieldOperator op, AttributeValue value)
    {
        var isRoot = new Condition.Compare(s_parent, Comparison.Equal, AttributeValue.Of(""));
        if (!value.IsNumber)
        {
            return value.Kind == AttributeKind.None && op == FieldOperator.NotEqual ? Condition.Always : s_never;
        }

        return (Arithmetic.Compare(op, -1, value.Number), Arithmetic.Compare(op, 1, value.Number)) switch
        {
            (true, true) => Condition.Always,
            (true, false) => isRoot,
            (false, true) => new Condition.Not(isRoot),
            _ => s_never,
        };
    }
}
