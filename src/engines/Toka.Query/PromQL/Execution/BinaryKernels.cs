using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>An operator on two numbers, known when the loop around it is compiled.</summary>
internal interface IBinaryKernel
{
    static abstract double Apply(double left, double right);
}

/// <summary>A comparison of two numbers, known when the loop around it is compiled.</summary>
internal interface IComparison
{
    static abstract bool Holds(double left, double right);
}

/// <summary>What a comparison leaves in a column.</summary>
internal enum ComparisonResult
{
    /// <summary>The left value where the comparison holds.</summary>
    KeepLeft,

    /// <summary>The right value where the comparison holds.</summary>
    KeepRight,

    /// <summary>1 or 0.</summary>
    Bool,
}

/// <summary>Binary operators over columns; a step where either side is absent stays absent.</summary>
internal static class BinaryKernels
{
    /// <summary>Computes one column of two.</summary>
    public static void Apply(
        BinaryOperator op, ComparisonResult result, ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> into)
    {
        switch (op)
        {
            case BinaryOperator.Add: Arithmetic<Add>(left, right, into); break;
            case BinaryOperator.Subtract: Arithmetic<Subtract>(left, right, into); break;
            case BinaryOperator.Multiply: Arithmetic<Multiply>(left, right, into); break;
            case BinaryOperator.Divide: Arithmetic<Divide>(left, right, into); break;
            case BinaryOperator.Modulo: Arithmetic<Modulo>(left, right, into); break;
            case BinaryOperator.Power: Arithmetic<Power>(left, right, into); break;
            case BinaryOperator.Atan2: Arithmetic<Atan2>(left, right, into); break;
            case BinaryOperator.TrimUpper or BinaryOperator.TrimLower: into.Fill(Absent.Value); break;
            case BinaryOperator.Equal: Compare<Equal>(result, left, right, into); break;
            case BinaryOperator.NotEqual: Compare<NotEqual>(result, left, right, into); break;
            case BinaryOperator.Greater: Compare<Greater>(result, left, right, into); break;
            case BinaryOperator.Less: Compare<Less>(result, left, right, into); break;
            case BinaryOperator.GreaterOrEqual: Compare<GreaterOrEqual>(result, left, right, into); break;
            case BinaryOperator.LessOrEqual: Compare<LessOrEqual>(result, left, right, into); break;
            default: throw new InvalidOperationException($"{op} is no operator on numbers.");
        }
    }

    private static void Arithmetic<T>(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> into)
        where T : struct, IBinaryKernel
    {
        for (var i = 0; i < into.Length; i++)
        {
            into[i] = Absent.Is(left[i]) || Absent.Is(right[i]) ? Absent.Value : T.Apply(left[i], right[i]);
        }
    }

    private static void Compare<T>(ComparisonResult result, ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> into)
        where T : struct, IComparison
    {
        for (var i = 0; i < into.Length; i++)
        {
            if (Absent.Is(left[i]) || Absent.Is(right[i]))
            {
                into[i] = Absent.Value;
                continue;
            }

            var holds = T.Holds(left[i], right[i]);
            into[i] = result == ComparisonResult.Bool
                ? (holds ? 1 : 0)
                : !holds ? Absent.Value : result == ComparisonResult.KeepLeft ? left[i] : right[i];
        }
    }

    private readonly struct Add : IBinaryKernel
    {
        public static double Apply(double left, double right) => left + right;
    }

    private readonly struct Subtract : IBinaryKernel
    {
        public static double Apply(double left, double right) => left - right;
    }

    private readonly struct Multiply : IBinaryKernel
    {
        public static double Apply(double left, double right) => left * right;
    }

    private readonly struct Divide : IBinaryKernel
    {
        public static double Apply(double left, double right) => left / right;
    }

    private readonly struct Modulo : IBinaryKernel
    {
        public static double Apply(double left, double right) => left % right;
    }

    private readonly struct Power : IBinaryKernel
    {
        public static double Apply(double left, double right) => Math.Pow(left, right);
    }

    private readonly struct Atan2 : IBinaryKernel
    {
        public static double Apply(double left, double right) => Math.Atan2(left, right);
    }

    private readonly struct Equal : IComparison
    {
        public static bool Holds(double left, double right) => left == right;
    }

    private readonly struct NotEqual : IComparison
    {
        public static bool Holds(double left, double right) => left != right;
    }

    private readonly struct Greater : IComparison
    {
        public static bool Holds(double left, double right) => left > right;
    }

    private readonly struct Less : IComparison
    {
        public static bool Holds(double left, double right) => left < right;
    }

    private readonly struct GreaterOrEqual : IComparison
    {
        public static bool Holds(double left, double right) => left >= right;
    }

    private readonly struct LessOrEqual : IComparison
    {
        public static bool Holds(double left, double right) => left <= right;
    }
}
