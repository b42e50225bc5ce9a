using Toka.Core.Attributes;
using Toka.Core.Labels.Patterns;

namespace Toka.Core.Searching;

/// <summary>How a field is compared.</summary>
public enum Comparison : byte
{
    /// <summary>It is there.</summary>
    Exists,

    /// <summary>The same kind and the same value; numbers of either kind compare as numbers.</summary>
    Equal,

    /// <summary>It is there, of the same kind, with another value.</summary>
    NotEqual,

    /// <summary>A smaller number, or a text before it by code points.</summary>
    Less,

    /// <summary>A smaller number or the same, or a text before it or the same.</summary>
    LessOrEqual,

    /// <summary>A larger number, or a text behind it.</summary>
    Greater,

    /// <summary>A larger number or the same, or a text behind it or the same.</summary>
    GreaterOrEqual,

    /// <summary>A text that a regular expression matches as a whole (RE2's syntax, linear time).</summary>
    Matches,

    /// <summary>It is there, a text, and the expression does not match it.</summary>
    NotMatches,

    /// <summary>The value written as text is this one, whatever its kind: what tags without types mean.</summary>
    TextEqual,

    /// <summary>The value written as text has this one in it, whatever its case (ASCII letters).</summary>
    Contains,
}

/// <summary>
/// What spans or log records are looked for: a tree of comparisons. Immutable. A comparison with a field that is not there is
/// false; so is one with a value of another kind. A field that has many values (events, links) holds where one of them does.
/// </summary>
public abstract record Condition
{
    private Condition()
    {
    }

    /// <summary>Holds always.</summary>
    public static Condition Always { get; } = new All([]);

    /// <summary>All of these hold; none is always.</summary>
    /// <param name="Parts">The conditions.</param>
    public sealed record All(IReadOnlyList<Condition> Parts) : Condition;

    /// <summary>One of these holds; none is never.</summary>
    /// <param name="Parts">The conditions.</param>
    public sealed record Any(IReadOnlyList<Condition> Parts) : Condition;

    /// <summary>This does not hold.</summary>
    /// <param name="Inner">The condition.</param>
    public sealed record Not(Condition Inner) : Condition;

    /// <summary>A field is compared.</summary>
    /// <param name="Field">What is looked at.</param>
    /// <param name="Comparison">How.</param>
    /// <param name="Value">With what; the text of an expression for <see cref="Comparison.Matches"/>.</param>
    public sealed record Compare(Field Field, Comparison Comparison, AttributeValue Value = default) : Condition
    {
        private ValuePattern? _pattern;

        /// <summary>The regular expression, parsed once.</summary>
        /// <exception cref="Errors.BadInputException">It is not valid.</exception>
        internal ValuePattern Pattern => _pattern ??= ValuePattern.Parse(Value.Text);
    }

    /// <summary>Both hold.</summary>
    public static Condition operator &(Condition left, Condition right) =>
        left is All { Parts.Count: 0 } ? right : right is All { Parts.Count: 0 } ? left : new All([left, right]);

    /// <summary>One of them holds.</summary>
    public static Condition operator |(Condition left, Condition right) => new Any([left, right]);
}
