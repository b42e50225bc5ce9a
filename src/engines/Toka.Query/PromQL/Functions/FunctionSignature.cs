using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Functions;

/// <summary>What a function takes and gives.</summary>
/// <param name="Name">The name in expressions.</param>
/// <param name="Returns">The type of its value.</param>
/// <param name="Parameters">The types of its arguments.</param>
/// <param name="Optional">How many of the last parameters may be left out.</param>
/// <param name="IsVariadic">Whether the last parameter may be given any number of times, none included.</param>
/// <param name="IsExperimental">Whether it needs <see cref="QueryOptions.ExperimentalFunctions"/>.</param>
public sealed record FunctionSignature(
    string Name, ExprType Returns, IReadOnlyList<ExprType> Parameters, int Optional = 0, bool IsVariadic = false, bool IsExperimental = false)
{
    /// <summary>The least number of arguments.</summary>
    public int ArgumentsMin => Parameters.Count - Optional - (IsVariadic ? 1 : 0);

    /// <summary>The greatest number of arguments.</summary>
    public int ArgumentsMax => IsVariadic ? int.MaxValue : Parameters.Count;

    /// <summary>The argument that is labels in braces, which select nothing by themselves; -1 for none.</summary>
    internal int LabelSelectorArgument { get; init; } = -1;

    /// <summary>The type of an argument.</summary>
    /// <param name="index">From 0.</param>
    public ExprType ParameterType(int index) => Parameters[Math.Min(index, Parameters.Count - 1)];
}
