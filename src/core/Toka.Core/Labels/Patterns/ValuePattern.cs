using Toka.Core.Errors;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// A regular expression of RE2's syntax that matches whole values, in time linear to the value's length and in bounded
/// memory. Thread-safe.
/// </summary>
/// <remarks>
/// What is only words, prefixes, suffixes and texts between is matched as such on the value's bytes; the rest by an
/// automaton. Source: the meaning is that of Prometheus's matchers, <c>^(?s:…)$</c> in Go's syntax.
/// </remarks>
public sealed class ValuePattern
{
    private readonly PatternShape _shape;
    private readonly LazyAutomaton? _automaton;

    private ValuePattern(string text)
    {
        Text = text;
        var root = PatternParser.Parse(text).Root;
        _shape = new PatternShape(root);
        _automaton = _shape.IsDecided ? null : new LazyAutomaton(PatternProgram.Of(root, withGroups: false));
    }

    /// <summary>The expression as given.</summary>
    public string Text { get; }

    /// <summary>The values that match, as UTF-8 in order, where the expression is no more than a list of them; else null.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Words => _shape.Words;

    /// <summary>The bytes that every value begins with that matches; often none.</summary>
    public ReadOnlyMemory<byte> Prefix => _shape.Prefix;

    /// <summary>Whether every value matches, the empty one too.</summary>
    public bool MatchesEverything => _shape.IsEverything;

    /// <summary>Whether exactly the values match that are not empty.</summary>
    public bool MatchesAllButEmpty => _shape.IsSomething;

    /// <summary>Reads an expression, or takes it from those read lately.</summary>
    /// <param name="pattern">The expression.</param>
    /// <exception cref="BadInputException">It is not valid or too large; the message says what and where.</exception>
    public static ValuePattern Parse(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return PatternCache.Shared.Get(pattern, static text => new ValuePattern(text));
    }

    /// <summary>Whether the whole of a value matches.</summary>
    /// <param name="value">UTF-8; each byte that is none counts as U+FFFD.</param>
    public bool IsMatch(ReadOnlySpan<byte> value)
    {
        var verdict = _shape.Decide(value);
        return verdict == Verdict.Unknown ? _automaton!.IsMatch(value) : verdict == Verdict.Yes;
    }

    /// <summary>What the automaton's program takes, roughly; 0 where there is none.</summary>
    internal long ProgramBytes => _automaton?.ProgramBytes ?? 0;

    /// <summary>What the automaton's states take, roughly; 0 where there is none.</summary>
    internal long AutomatonBytes => _automaton?.Bytes ?? 0;

    /// <summary>The same without the short ways.</summary>
    internal static LazyAutomaton AutomatonOf(string pattern) => new(PatternProgram.Of(PatternParser.Parse(pattern).Root, withGroups: false));
}
