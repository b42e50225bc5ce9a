using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Planning;

/// <summary>What operators do with values.</summary>
internal static class Arithmetic
{
    /// <summary>The comparison of conditions that an operator is.</summary>
    public static Comparison ComparisonOf(FieldOperator op) => op switch
    {
        FieldOperator.Equal => Comparison.Equal,
        FieldOperator.NotEqual => Comparison.NotEqual,
        FieldOperator.Less => Comparison.Less,
        FieldOperator.LessOrEqual => Comparison.LessOrEqual,
        FieldOperator.Greater => Comparison.Greater,
        FieldOperator.GreaterOrEqual => Comparison.GreaterOrEqual,
        FieldOperator.Matches => Comparison.Matches,
        FieldOperator.NotMatches => Comparison.NotMatches,
        _ => throw new InvalidOperationException($"{op} does not compare"),
    };

    /// <summary>The operator with its sides exchanged.</summary>
    public static FieldOperator Mirror(FieldOperator op) => op switch
    {
        FieldOperator.Less => FieldOperator.Greater,
        FieldOperator.LessOrEqual => FieldOperator.GreaterOrEqual,
        FieldOperator.Greater => FieldOperator.Less,
        FieldOperator.GreaterOrEqual => FieldOperator.LessOrEqual,
        _ => op,
    };

    /// <summary>Whether a comparison holds between two numbers; with NaN none but <c>!=</c> does.</summary>
    public static bool Compare(FieldOperator op, double left, double right) => op switch
    {
        FieldOperator.Equal => left == right,
        FieldOperator.NotEqual => left != right,
        FieldOperator.Less => left < right,
        FieldOperator.LessOrEqual => left <= right,
        FieldOperator.Greater => left > right,
        FieldOperator.GreaterOrEqual => left >= right,
        _ => throw new InvalidOperationException($"{op} does not compare numbers"),
    };

    /// <summary>
    /// The result of arithmetic: whole where both sides are whole and it fits, and always a floating-point number for <c>/</c>
    /// and <c>^</c>; nothing where a side is no number.
    /// </summary>
    public static AttributeValue Compute(FieldOperator op, AttributeValue left, AttributeValue right)
    {
        if (!left.IsNumber || !right.IsNumber)
        {
            return default;
        }

        if (left.Kind == AttributeKind.Int && right.Kind == AttributeKind.Int && WholeOf(op, left.Int, right.Int) is { } whole)
        {
            return AttributeValue.Of(whole);
        }

        return AttributeValue.Of(Compute(op, left.Number, right.Number));
    }

    /// <summary>The result of arithmetic with floating-point numbers.</summary>
    public static double Compute(FieldOperator op, double left, double right) => op switch
    {
        FieldOperator.Add => left + right,
        FieldOperator.Subtract => left - right,
        FieldOperator.Multiply => left * right,
        FieldOperator.Divide => left / right,
        FieldOperator.Modulo => left % right,
        FieldOperator.Power => Math.Pow(left, right),
        _ => throw new InvalidOperationException($"{op} is no arithmetic"),
    };

    /// <summary>A value with its sign turned.</summary>
    public static AttributeValue Negate(AttributeValue value) => Compute(FieldOperator.Subtract, AttributeValue.Of(0L), value);

    private static long? WholeOf(FieldOperator op, long left, long right)
    {
        Int128? result = op switch
        {
            FieldOperator.Add => (Int128)left + right,
            FieldOperator.Subtract => (Int128)left - right,
            FieldOperator.Multiply => (Int128)left * right,
            FieldOperator.Modulo when right != 0 => (Int128)left % right,
            _ => null,
        };
        return result >= long.MinValue && result <= long.MaxValue ? (long)result : null;
    }
}
