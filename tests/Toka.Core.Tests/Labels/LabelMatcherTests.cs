using System.Text;
using CsCheck;
using Toka.Core.Errors;
using Toka.Core.Labels;

namespace Toka.Core.Tests.Labels;

public sealed class LabelMatcherTests
{
    [Theory]
    [InlineData(MatchOperator.Equal, "a", "a", true)]
    [InlineData(MatchOperator.Equal, "a", "ab", false)]
    [InlineData(MatchOperator.Equal, "", "", true)]
    [InlineData(MatchOperator.NotEqual, "a", "b", true)]
    [InlineData(MatchOperator.NotEqual, "a", "", true)]
    [InlineData(MatchOperator.Matches, "a|b", "b", true)]
    [InlineData(MatchOperator.Matches, "a|b", "bc", false)]
    [InlineData(MatchOperator.Matches, "a.c", "a\nc", true)]
    [InlineData(MatchOperator.Matches, ".+", "", false)]
    [InlineData(MatchOperator.Matches, ".*", "", true)]
    [InlineData(MatchOperator.Matches, "a", "a\n", false)]
    [InlineData(MatchOperator.Matches, "ü+", "üü", true)]
    [InlineData(MatchOperator.DoesNotMatch, "a.*", "b", true)]
    [InlineData(MatchOperator.DoesNotMatch, "a.*", "ab", false)]
    public void Compares_as_PromQL_does(MatchOperator op, string pattern, string value, bool matches) =>
        Assert.Equal(matches, new LabelMatcher("l", op, pattern).IsMatch(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void A_negative_is_the_opposite_of_its_positive() =>
        Gen.Select(LabelGen.Value, LabelGen.Set).Sample((value, set) =>
        {
            Assert.NotEqual(new LabelMatcher("a", MatchOperator.Equal, value).IsMatch(set), new LabelMatcher("a", MatchOperator.NotEqual, value).IsMatch(set));
            Assert.Equal(set["a"] == value, new LabelMatcher("a", MatchOperator.Equal, value).IsMatch(set));
        });

    [Fact]
    public void An_absent_label_has_the_empty_value()
    {
        var set = LabelSet.Of(("a", "1"));
        Assert.True(new LabelMatcher("b", MatchOperator.Equal, "").IsMatch(set));
        Assert.True(new LabelMatcher("b", MatchOperator.Equal, "").MatchesAbsent);
        Assert.True(new LabelMatcher("b", MatchOperator.Matches, "x?").MatchesAbsent);
        Assert.False(new LabelMatcher("b", MatchOperator.Matches, "x+").MatchesAbsent);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("a{2")]
    [InlineData("*")]
    [InlineData("a)b(c")]
    [InlineData("(?<=a)b")]
    [InlineData("(a)\\1")]
    public void An_expression_that_is_not_valid_is_refused_and_named(string pattern)
    {
        if (pattern == "a{2")
        {
            // .NET and RE2 differ: an open brace that begins no quantifier is a literal in both.
            Assert.True(new LabelMatcher("l", MatchOperator.Matches, pattern).IsMatch("a{2"u8));
            return;
        }

        var refused = Assert.Throws<BadInputException>(() => new LabelMatcher("l", MatchOperator.Matches, pattern));
        Assert.Contains(pattern, refused.Message, StringComparison.Ordinal);
        Assert.Contains("label l", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_longer_than_the_stack_buffer_matches_alike()
    {
        var value = Encoding.UTF8.GetBytes(new string('é', 5000));
        Assert.True(new LabelMatcher("l", MatchOperator.Matches, "é+").IsMatch(value));
    }

    [Fact]
    public void Text_escapes_what_PromQL_must_escape() =>
        Assert.Equal("l=~\"a\\\\.b\\\"\\n\"", new LabelMatcher("l", MatchOperator.Matches, "a\\.b\"\n").ToString());
}
