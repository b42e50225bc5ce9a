using System.Text;
using System.Text.RegularExpressions;
using Toka.Core.Errors;

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
/// <remarks>Regular expressions run in time linear to the value's length (.NET's non-backtracking engine).</remarks>
public sealed class LabelMatcher
{
    private readonly Regex? _regex;
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
                // Parsed alone first: what is valid only between the anchors, such as a)b(c, is not an expression.
                _ = new Regex(value, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
                _regex = new Regex($@"\A(?s:{value})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw new BadInputException($"regular expression \"{value}\" of label {name} is not valid: {e.Message}");
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

    /// <summary>Whether a value matches.</summary>
    /// <param name="value">The value's UTF-8 bytes; empty where the label is absent.</param>
    public bool IsMatch(ReadOnlySpan<byte> value) => Operator switch
    {
        MatchOperator.Equal => value.SequenceEqual(_utf8Value),
        MatchOperator.NotEqual => !value.SequenceEqual(_utf8Value),
        MatchOperator.Matches => IsRegexMatch(value),
        _ => !IsRegexMatch(value),
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

    private bool IsRegexMatch(ReadOnlySpan<byte> value)
    {
        var chars = value.Length <= 256 ? stackalloc char[value.Length] : new char[value.Length];
        var written = Encoding.UTF8.GetChars(value, chars);
        return _regex!.IsMatch(chars[..written]);
    }
}
