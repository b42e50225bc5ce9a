using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;
using Toka.Tests.Fuzzing;

namespace Toka.Core.Tests.Labels.Patterns;

/// <summary>A pattern is read or refused by name; what is read says the same of a value with groups as without.</summary>
[Collection(FuzzCollection.Name)]
public sealed class PatternFuzzTests
{
    private static readonly IReadOnlyList<byte[]> s_corpus = FuzzMutator.Texts(
        "node|web-[0-9]{1,3}|.*", "(?P<a>[a-z]+)-(\\d+)(?:x|y)*?", "(?i:ab|\\x{1F600})+$", "^\\Aa.b\\z|\\bw\\B", "[^\\pL[:alpha:]\\s-]{2,}", "(?s-m:.)+?|\\Q.*\\E",
        "(a|b|)(c|d){0,5}e?", "prefix.*middle.+suffix", "\\p{Greek}|\\PN|[\\x00-\\x7f]", "http_(requests|errors)_total|up", "(((((a*)*)*)*)*)*");

    private static readonly IReadOnlyList<byte[]> s_pieces = FuzzMutator.Texts(
        "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", ".", "^", "$", "\\", "(?:", "(?P<n>", "(?i)", "[^", "[[:alpha:]]", "{1000}", "{2,}", "{,5}", "\\pL", "\\p{Lu}", "\\b", "\\x{10FFFF}", "é", "\U0001F600", "-", ".*", "a{10}");

    [Fact]
    public void A_pattern_is_read_or_refused_and_matches_the_same_with_groups() =>
        new FuzzRun(FuzzTarget.Patterns) { Corpus = s_corpus, Pieces = s_pieces, AllocatedMax = 16 << 20, AllocatedPerByteMax = 8192, HeldMax = 128 << 20 }.Run(static (bytes, random) =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            ValuePattern pattern;
            try
            {
                pattern = ValuePattern.Parse(text);
            }
            catch (BadInputException e)
            {
                Assert.InRange(e.Message.Length, 1, 500);
                return false;
            }

            var groups = GroupsOf(text);
            foreach (var value in (ReadOnlySpan<string>)["", "node", "web-12", text.Length < 200 ? text : "x", Encoding.UTF8.GetString(s_corpus[random.Next(s_corpus.Count)])])
            {
                var isMatch = pattern.IsMatch(Encoding.UTF8.GetBytes(value));
                Assert.True(groups is null || isMatch == groups.Replace(value, "$1-${n}-$$") is not null, $"\"{value}\" with groups: {!isMatch}");
                Assert.True(!pattern.MatchesEverything || isMatch);
                Assert.True(pattern.Words is not { } words || isMatch == words.Any(word => word.Span.SequenceEqual(Encoding.UTF8.GetBytes(value))));
                Assert.True(!isMatch || Encoding.UTF8.GetBytes(value).AsSpan().StartsWith(pattern.Prefix.Span));
            }

            return true;
        });

    /// <summary>Null where the pattern is too large with groups, whose steps count too.</summary>
    private static GroupedPattern? GroupsOf(string text)
    {
        try
        {
            return GroupedPattern.Parse(text);
        }
        catch (BadInputException e)
        {
            Assert.InRange(e.Message.Length, 1, 500);
            return null;
        }
    }
}
