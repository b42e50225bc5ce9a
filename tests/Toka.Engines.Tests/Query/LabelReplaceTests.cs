using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;

namespace Toka.Engines.Tests.Query;

public sealed class LabelReplaceTests
{
    [Theory]
    [InlineData("(a)(b)?", "a", "$1-$2", "a-")]
    [InlineData("(?P<x>a)(b)", "ab", "$x$2$1", "aba")]
    [InlineData("(?P<x>a)(b)", "ab", "${x}y", "ay")]
    [InlineData("(a)", "a", "$1x", "")]
    [InlineData("(a)", "a", "${1}x", "ax")]
    [InlineData("(a)", "a", "$01", "")]
    [InlineData("(a)", "a", "$0$$", "a$")]
    [InlineData("(a)", "a", "$-$", "$-$")]
    [InlineData("(a)", "a", "${1", "${1")]
    [InlineData("(a)", "a", "$9", "")]
    [InlineData("(?P<é>a)|(?P<n>.*)", null, "", null)]
    [InlineData("(.)(.*)", "😀é", "$2$1", "é😀")]
    [InlineData("(.*?)(a*)", "baa", "$1|$2", "b|aa")]
    [InlineData("(.*)(a*)", "baa", "$1|$2", "baa|")]
    [InlineData("(?U)(.*)(a*)", "baa", "$1|$2", "b|aa")]
    [InlineData("(?:(a)|(b))+", "ab", "$1$2", "ab")]
    [InlineData("(\\d+)\\bé", "12é", "$1", "12")]
    [InlineData("a", "b", "x", null)]
    public void Groups_and_templates_are_those_of_Go(string pattern, string? value, string template, string? expected)
    {
        if (value is null)
        {
            Assert.Throws<BadInputException>(() => GroupedPattern.Parse(pattern));
            return;
        }

        Assert.Equal(expected, GroupedPattern.Parse(pattern).Replace(value, template));
    }

    [Fact]
    public void Many_groups_in_a_large_expression_are_refused() =>
        Assert.Contains(
            "groups that are not used are written (?:…)",
            Assert.Throws<BadInputException>(static () => GroupedPattern.Parse(string.Concat(Enumerable.Repeat("(a+)", 3000)))).Message,
            StringComparison.Ordinal);
}
