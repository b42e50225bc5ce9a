using Toka.Core.Labels;

namespace Toka.TimeSeries.Index;

/// <summary>
/// How a matcher is best answered from an index: some regular expressions are only lists of words (<c>a|b|c</c>), or match
/// values of a common beginning (<c>abc.*</c>), or everything (<c>.*</c>). Made once for each selection.
/// </summary>
internal sealed class ValueFilter(LabelMatcher matcher)
{
    /// <summary>The label.</summary>
    public ReadOnlySpan<byte> Name => matcher.Utf8Name.Span;

    /// <summary>Whether a series without the label matches.</summary>
    public bool MatchesAbsent { get; } = matcher.MatchesAbsent;

    /// <summary>Where not null: the values that match, or for a negative matcher those that do not.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Words { get; } = matcher.SetValues;

    /// <summary>What those values begin with that match, or for a negative matcher those that do not.</summary>
    public ReadOnlySpan<byte> Prefix => matcher.Prefix.Span;

    /// <summary>Whether the words and the prefix are of what does not match.</summary>
    public bool IsNegative => matcher.IsNegative;

    /// <summary>Whether every series matches.</summary>
    public bool MatchesAll { get; } = matcher.MatchesEverything;

    /// <summary>Whether every value that is not empty is known to match: <c>=~".+"</c>, <c>!=""</c> and the like.</summary>
    public bool MatchesAny { get; } = matcher.MatchesEverything
        || matcher is { Operator: MatchOperator.Matches, Value: ".+" }
        || (matcher.IsNegative && matcher.SetValues is [{ Length: 0 }]);

    /// <summary>Whether a value that is not empty matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> value) => matcher.IsMatch(value);
}
