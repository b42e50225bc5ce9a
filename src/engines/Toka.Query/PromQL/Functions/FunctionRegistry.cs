using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Functions;

/// <summary>The functions that expressions may call. Immutable: extending it gives a new one. Thread-safe.</summary>
public sealed class FunctionRegistry
{
    /// <summary>PromQL's own functions.</summary>
    public static readonly FunctionRegistry BuiltIn = new(BuiltInFunctions.All());

    private readonly FrozenDictionary<string, PromQlFunction> _functions;

    private FunctionRegistry(IEnumerable<PromQlFunction> functions) =>
        _functions = functions.ToFrozenDictionary(static function => function.Signature.Name, StringComparer.Ordinal);

    /// <summary>What the functions take and give, ordered by name.</summary>
    public IReadOnlyList<FunctionSignature> Signatures =>
        [.. _functions.Values.Select(static function => function.Signature).OrderBy(static signature => signature.Name, StringComparer.Ordinal)];

    /// <summary>Adds a function of an instant vector that treats each sample by itself; the metric's name is dropped.</summary>
    /// <param name="name">A new name, or one to take the place of.</param>
    /// <param name="scalars">How many scalar arguments follow the vector; 0 or more.</param>
    /// <param name="kernel">Computes a value; fast, thread-safe, does not throw.</param>
    public FunctionRegistry WithElementwise(string name, int scalars, ElementKernel kernel) =>
        With(new ElementwiseFunction(new FunctionSignature(name, ExprType.InstantVector, Parameters(ExprType.InstantVector, scalars)), kernel));

    /// <summary>Adds a function of a range vector; the metric's name is dropped.</summary>
    /// <param name="name">A new name, or one to take the place of.</param>
    /// <param name="scalars">How many scalar arguments follow the range vector; 0 or more.</param>
    /// <param name="kernel">Computes a window's value; fast, thread-safe, does not throw.</param>
    public FunctionRegistry WithRange(string name, int scalars, RangeKernel kernel) =>
        With(new RangeFunction(new FunctionSignature(name, ExprType.InstantVector, Parameters(ExprType.RangeVector, scalars)), kernel));

    /// <summary>Finds a function.</summary>
    /// <param name="name">Its name; upper and lower case count.</param>
    /// <param name="function">The function.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out PromQlFunction? function) => _functions.TryGetValue(name, out function);

    internal PromQlFunction Get(string name) => _functions[name];

    internal bool DependsOnStep(string name) => _functions.TryGetValue(name, out var function) && function.DependsOnStep;

    /// <summary>The known name that a wrong one most likely means; null where none is near.</summary>
    internal string? Nearest(string name)
    {
        if (name == "holt_winters")
        {
            return "double_exponential_smoothing"; // Its name before Prometheus 3.
        }

        var best = name.Length > 64 ? null : _functions.Keys
            .Select(known => (Name: known, Distance: EditDistance(name.ToLowerInvariant(), known)))
            .OrderBy(static candidate => candidate.Distance).ThenBy(static candidate => candidate.Name, StringComparer.Ordinal)
            .First().Name;
        return best is not null && EditDistance(name.ToLowerInvariant(), best) <= Math.Max(1, name.Length / 3) ? best : null;
    }

    private FunctionRegistry With(PromQlFunction function) =>
        new(_functions.Values.Where(known => known.Signature.Name != function.Signature.Name).Append(function));

    private static ExprType[] Parameters(ExprType first, int scalars)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(scalars);
        return [first, .. Enumerable.Repeat(ExprType.Scalar, scalars)];
    }

    /// <summary>How many letters must be added, removed or changed.</summary>
    /// <remarks>Source: R. A. Wagner and M. J. Fischer, "The string-to-string correction problem" (1974).</remarks>
    private static int EditDistance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var changed = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
