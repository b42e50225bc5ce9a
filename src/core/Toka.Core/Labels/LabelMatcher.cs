using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;

namespace Toka.Core.Labels;

/// <summary>How a <see cref="LabelMatcher"/> compares.</summary>
public enum MatchOperator
{
    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>=~</c></summary>
    Matches,

    /// <summary><c>!~</c></summary>
    DoesNotMatch,
}

/// <summary>
/// A condition on one label, with PromQL's meaning: an absent label has the empty value, a regular expression must match
/// the whole value. Thread-safe.
/// </summary>
/// <remarks>Regular expressions are RE2's and run in time linear to the value's length; see <see cref="ValuePattern"/>.</remarks>
public sealed class LabelMatcher
{
    /// <summary>So much of an expression that is not valid is shown.</summary>
    private const int ShownMax = 200;

    private readonly ValuePattern? _pattern;
    private readonly byte[] _utf8Value;

    /// <summary>Makes a matcher.</summary>
    /// <param name="name">The label's name.</param>
    /// <param name="op">How to compare.</param>
    /// <param name="value">The value, or a regular expression.</param>
    /// <exception cref="BadInputException">The regular expression is not valid.</exception>
    public LabelMatcher(string name, MatchOperator op, string value)
    {
        Name = name;
        Operator = op;
        Value = value;
        Utf8Name = Encoding.UTF8.GetBytes(name);
        _utf8Value = Encoding.UTF8.GetBytes(value);
        if (op is MatchOperator.Matches or MatchOperator.DoesNotMatch)
        {
            try
            {
                _pattern = ValuePattern.Parse(value);
            }
            catch (BadInputException e)
            {
                throw new BadInputException($"regular expression \"{Shown(value)}\" of label {name} is not valid: {e.Message}");
            }
        }
    }

    /// <summary>The label's name.</summary>
    public string Name { get; }

    /// <summary>The label's name as UTF-8 bytes.</summary>
    public ReadOnlyMemory<byte> Utf8Name { get; }

    /// <summary>How it compares.</summary>
    public MatchOperator Operator { get; }

    /// <summary>The value or regular expression as given.</summary>
    public string Value { get; }

    /// <summary>Whether a series without the label matches.</summary>
    public bool MatchesAbsent => IsMatch(ReadOnlySpan<byte>.Empty);

    /// <summary>Whether it is one of the two that ask for what is not given: <c>!=</c> and <c>!~</c>.</summary>
    public bool IsNegative => Operator is MatchOperator.NotEqual or MatchOperator.DoesNotMatch;

    /// <summary>
    /// The values given, as UTF-8 in order, where they are a list: those that match, or of a negative matcher those that do
    /// not. Else null. A regular expression such as <c>a|b</c> is a list.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? SetValues => _pattern is null ? [_utf8Value] : _pattern.Words;

    /// <summary>The bytes with which all given values begin: those that match, or of a negative matcher those that do not.</summary>
    public ReadOnlyMemory<byte> Prefix => _pattern?.Prefix ?? _utf8Value;

    /// <summary>Whether every series matches, also without the label: <c>=~".*"</c>.</summary>
    public bool MatchesEverything => Operator == MatchOperator.Matches && _pattern!.MatchesEverything;

    /// <summary>Whether a value matches.</summary>
    /// <param name="value">The value's UTF-8 bytes; empty where the label is absent.</param>
    public bool IsMatch(ReadOnlySpan<byte> value) => Operator switch
    {
        MatchOperator.Equal => value.SequenceEqual(_utf8Value),
        MatchOperator.NotEqual => !value.SequenceEqual(_utf8Value),
        MatchOperator.Matches => _pattern!.IsMatch(value),
        _ => !_pattern!.IsMatch(value),
    };

    /// <summary>Whether the label of a series matches.</summary>
    /// <param name="labels">The series.</param>
    public bool IsMatch(LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        labels.TryGet(Utf8Name.Span, out var value);
        return IsMatch(value);
    }

    /// <summary>Whether two lists are the same, in the same order: then they select the same series.</summary>
    /// <param name="one">A list.</param>
    /// <param name="other">Another.</param>
    public static bool AreSame(IReadOnlyList<LabelMatcher> one, IReadOnlyList<LabelMatcher> other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one.Count != other.Count)
        {
            return false;
        }

        for (var i = 0; i < one.Count; i++)
        {
            if (one[i].Operator != other[i].Operator || one[i].Name != other[i].Name || one[i].Value != other[i].Value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The matcher as PromQL writes it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        LabelText.AppendName(text, Name);
        text.Append(Operator switch
        {
            MatchOperator.Equal => "=",
            MatchOperator.NotEqual => "!=",
            MatchOperator.Matches => "=~",
            _ => "!~",
        });
        LabelText.AppendQuoted(text, Value);
        return text.ToString();
    }

    private static string Shown(string pattern)
    {
        var length = Math.Min(ShownMax, pattern.Length);
        length -= length == ShownMax && char.IsHighSurrogate(pattern[length - 1]) ? 1 : 0;
        return length == pattern.Length ? pattern : string.Concat(pattern.AsSpan(0, length), "…");
    }
}
