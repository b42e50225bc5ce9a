using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>A function of the registry. Immutable; thread-safe.</summary>
public abstract class PromQlFunction
{
    private protected PromQlFunction(FunctionSignature signature) => Signature = signature;

    /// <summary>What it takes and gives.</summary>
    public FunctionSignature Signature { get; }

    /// <summary>Whether its value changes from step to step even where its arguments do not.</summary>
    internal bool DependsOnStep { get; init; }

    internal abstract EvalValue Evaluate(FunctionCall call);
}

/// <summary>A call under evaluation.</summary>
internal readonly record struct FunctionCall(Evaluator Evaluator, CallExpr Call, StepGrid Grid)
{
    public QueryContext Context => Evaluator.Context;

    public IReadOnlyList<Expr> Arguments => Call.Arguments;

    public VectorSource Vector(int argument) => Evaluator.Vector(Arguments[argument], Grid);

    public ScalarColumn Scalar(int argument) => Evaluator.Scalar(Arguments[argument], Grid);

    public string Text(int argument) => Evaluator.Text(Arguments[argument], Grid);

    /// <summary>The scalars from an argument on.</summary>
    public ScalarColumn[] ScalarsFrom(int first)
    {
        var scalars = new ScalarColumn[Arguments.Count - first];
        for (var i = 0; i < scalars.Length; i++)
        {
            scalars[i] = Scalar(first + i);
        }

        return scalars;
    }
}

/// <summary>Computes one sample's new value.</summary>
/// <param name="value">The sample's value.</param>
/// <param name="arguments">The function's scalar arguments at this step.</param>
public delegate double ElementKernel(double value, ReadOnlySpan<double> arguments);

/// <summary>Computes one value of a window of samples.</summary>
/// <param name="window">The window; it holds at least one sample.</param>
/// <param name="arguments">The function's scalar arguments at this step.</param>
/// <returns>The value, or <see cref="RangeWindow.NoValue"/>.</returns>
public delegate double RangeKernel(in RangeWindow window, ReadOnlySpan<double> arguments);

/// <summary>A function evaluated by code of its own.</summary>
internal sealed class CustomFunction(FunctionSignature signature, Func<FunctionCall, EvalValue> evaluate) : PromQlFunction(signature)
{
    internal override EvalValue Evaluate(FunctionCall call) => evaluate(call);
}
