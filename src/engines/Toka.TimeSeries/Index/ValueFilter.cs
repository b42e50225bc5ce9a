using System.Text;
using Toka.Core.Labels;

namespace Toka.TimeSeries.Index;

/// <summary>
/// How a matcher is best answered: some regular expressions are only lists of words (<c>a|b|c</c>), a prefix
/// (<c>abc.*</c>), everything (<c>.*</c>) or anything that is not empty (<c>.+</c>). Made once for each selection.
/// </summary>
internal sealed class ValueFilter
{
    private static readonly System.Buffers.SearchValues<char> s_meta = System.Buffers.SearchValues.Create(@"\.+*?()|[]{}^$");

    private readonly LabelMatcher _matcher;
    private readonly byte[]? _prefix;
    private readonly bool _negative;
    private readonly bool _everything;
    private readonly bool _anything;

    /// <summary>Looks at a matcher.</summary>
    public ValueFilter(LabelMatcher matcher)
    {
        _matcher = matcher;
        _negative = matcher.Operator is MatchOperator.NotEqual or MatchOperator.DoesNotMatch;
        MatchesAbsent = matcher.MatchesAbsent;
        var pattern = matcher.Value;
        if (matcher.Operator is MatchOperator.Equal or MatchOperator.NotEqual)
        {
            Words = [Encoding.UTF8.GetBytes(pattern)];
        }
        else if (pattern is ".*")
        {
            _everything = true;
        }
        else if (pattern is ".+")
        {
            _anything = true;
        }
        else if (pattern.Split('|') is var words && words.All(static w => !w.AsSpan().ContainsAny(s_meta)))
        {
            Words = [.. words.Distinct().Select(Encoding.UTF8.GetBytes)];
        }
        else if (pattern.EndsWith(".*", StringComparison.Ordinal) && !pattern.AsSpan(0, pattern.Length - 2).ContainsAny(s_meta))
        {
            _prefix = Encoding.UTF8.GetBytes(pattern[..^2]);
        }
    }

    /// <summary>The label.</summary>
    public ReadOnlySpan<byte> Name => _matcher.Utf8Name.Span;

    /// <summary>Whether a series without the label matches.</summary>
    public bool MatchesAbsent { get; }

    /// <summary>Where not null: the values that match, or for a negative matcher those that do not.</summary>
    public byte[][]? Words { get; }

    /// <summary>Whether the words are those that do not match.</summary>
    public bool IsNegative => _negative;

    /// <summary>Whether every series matches.</summary>
    public bool MatchesAll => _everything && !_negative;

    /// <summary>Whether every value that is not empty is known to match: <c>=~".+"</c>, <c>!=""</c> and the like.</summary>
    public bool MatchesAny => ((_everything || _anything) && !_negative)
        || (_negative && Words is [{ Length: 0 }]);

    /// <summary>Whether a value that is not empty matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> value)
    {
        if (_everything || _anything)
        {
            return !_negative;
        }

        return _prefix is null ? _matcher.IsMatch(value) : value.StartsWith(_prefix) != _negative;
    }
}
