using Toka.Core.Errors;

namespace Toka.Core.Labels.Relabelling;

/// <summary>Rules of relabelling, applied one after the other. Thread-safe.</summary>
public sealed class Relabeller
{
    private readonly RelabelRule[] _rules;

    /// <summary>Reads rules.</summary>
    /// <param name="rules">The rules, in their order.</param>
    /// <exception cref="BadInputException">A rule is wrong; the message names it by its number from 1, the key and the fault.</exception>
    public Relabeller(IReadOnlyList<RelabelConfig> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _rules = [.. rules.Select(static (rule, i) => rule.Faults() is [var (key, fault), ..]
            ? throw new BadInputException($"relabelling rule {i + 1}: {key}: {fault}")
            : new RelabelRule(rule))];
    }

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => _rules.Length == 0;

    /// <summary>Applies the rules.</summary>
    /// <param name="labels">Changed in place; what is left in it is of no use where the result is false.</param>
    /// <returns>Whether whatever has the labels is kept.</returns>
    /// <exception cref="BadInputException">A value would be too long for a label.</exception>
    public bool Apply(LabelSetBuilder labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        foreach (var rule in _rules)
        {
            if (!rule.Apply(labels))
            {
                return false;
            }
        }

        return true;
    }
}
