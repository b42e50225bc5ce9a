using System.Globalization;
using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;

namespace Toka.Core.Tests.Labels.Patterns;

public sealed class PatternSyntaxTests
{
    [Theory]
    [InlineData("a(?=b)", "invalid or unsupported Perl syntax: `(?=` at character 2: there is no lookahead")]
    [InlineData("(?!b)", "there is no lookahead")]
    [InlineData("(?<=a)b", "there is no lookbehind")]
    [InlineData("(?<!a)b", "there is no lookbehind")]
    [InlineData("(?>a)", "there are no atomic groups")]
    [InlineData("(?#a)", "there are no comments")]
    [InlineData("(?(1)a|b)", "there are no conditions")]
    [InlineData("(?n)a", "the flags are i, m, s and U")]
    [InlineData("(?x) a", "the flags are i, m, s and U")]
    [InlineData("(a)\\1", "invalid escape sequence: `\\1` at character 4: there are no references back to groups")]
    [InlineData("\\k<n>", "invalid escape sequence: `\\k`")]
    [InlineData("a**", "invalid nested repetition operator: `**` at character 2")]
    [InlineData("a*+", "there are no possessive quantifiers")]
    [InlineData("a{2}{3}", "invalid nested repetition operator: `{2}{3}`")]
    [InlineData("+a", "missing argument to repetition operator: `+` at character 1")]
    [InlineData("a|*", "missing argument to repetition operator: `*` at character 3")]
    [InlineData("a{1001}", "invalid repeat count: `{1001}`")]
    [InlineData("a{3,2}", "invalid repeat count: `{3,2}`")]
    [InlineData("(a{1000}){1000}", "invalid repeat count: `{1000}` at character 10")]
    [InlineData("(((a{10}){10}){10}){2}", "1000 in all")]
    [InlineData("(a", "missing closing ): `(a` at character 1")]
    [InlineData("a)b(c", "unexpected ): `)` at character 2")]
    [InlineData("[a", "missing closing ]: `[a` at character 1")]
    [InlineData("[z-a]", "invalid character class range: `z-a` at character 2")]
    [InlineData("[[:foo:]]", "there is no such POSIX class")]
    [InlineData("\\p{IsGreek}", "blocks (IsGreek) have not")]
    [InlineData("\\p{greek}", "written exactly")]
    [InlineData("\\Z", "invalid escape sequence: `\\Z`")]
    [InlineData("\\G", "invalid escape sequence: `\\G`")]
    [InlineData("\\C", "invalid escape sequence: `\\C`")]
    [InlineData("\\cX", "invalid escape sequence: `\\c`")]
    [InlineData("\\e", "invalid escape sequence: `\\e`")]
    [InlineData("\\u0041", "invalid escape sequence: `\\u`")]
    [InlineData("[\\b]", "invalid escape sequence: `\\b`")]
    [InlineData("\\x{110000}", "invalid escape sequence")]
    [InlineData("a\\", "trailing backslash at end of expression: `\\` at character 2")]
    [InlineData("(?P<n>a)(?P<n>b)", "duplicate capture group name: `(?P<n>` at character 9")]
    [InlineData("(?P<a-b>a)", "invalid named capture: `(?P<a-b>`")]
    [InlineData("(?P=n)", "a name is written (?P<name>")]
    public void What_RE2_does_not_know_is_refused_with_what_and_where(string pattern, string message)
    {
        var fault = Assert.Throws<BadInputException>(() => ValuePattern.Parse(pattern));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a{,5}", "a{,5}", "aaa")]
    [InlineData("a{", "a{", "a")]
    [InlineData("a{01}", "a{01}", "a")]
    [InlineData("\\d+", "12", "١٢")]
    [InlineData("\\w", "_", "é")]
    [InlineData("\\s", "\f", "\v")]
    [InlineData("\\s", " ", "\u00a0")]
    [InlineData("[[:space:]]", "\v", "\u0085")]
    [InlineData(".\\bx", "éx", "ax")]
    [InlineData(".\\Bx", "ax", "éx")]
    [InlineData("a$", "a", "a\n")]
    [InlineData("(?m)a$\\nb", "a\nb", "a")]
    [InlineData("(?m)a\\n^b", "a\nb", "a\n")]
    [InlineData("a\\n^b", null, "a\nb")]
    [InlineData("(?-s)a.b", "a\rb", "a\nb")]
    [InlineData(".", "😀", "ab")]
    [InlineData("[^a]", "😀", "a")]
    [InlineData("[😀-😂]", "😁", "😃")]
    [InlineData("\\x{1F600}", "😀", "😁")]
    [InlineData("\\pL\\p{Lu}\\PL", "aA1", "aa1")]
    [InlineData("\\p{Greek}+", "Ωμέγα", "omega")]
    [InlineData("\\p{^Greek}", "a", "Ω")]
    [InlineData("\\Qa.b\\E*", "a.bb", "axb")]
    [InlineData("\\Q(", "(", "")]
    [InlineData("\\101\\x42", "AB", "ab")]
    [InlineData("(?i)k", "\u212a", "x")]
    [InlineData("(?i)SS", "sſ", "ß")]
    [InlineData("(?i)σ", "ς", "s")]
    [InlineData("(?i)i", "I", "İ")]
    [InlineData("(?i)[a-k]", "\u212a", "L")]
    [InlineData("(?i:a)b", "Ab", "AB")]
    [InlineData("a(?i)b|c", "C", "A")]
    [InlineData("(a(?i)b)c", "aBc", "aBC")]
    [InlineData("[a-z-[aeiou]]", "-]", "b")]
    [InlineData("[]a]", "]", "[")]
    [InlineData("[a&&b]", "&", "c")]
    [InlineData("[^\\n]", "a", "\n")]
    [InlineData("[^\\x00-\\x{10FFFF}]|a", "a", "b")]
    [InlineData("|a", "", "b")]
    [InlineData("()*", "", "a")]
    [InlineData("(?:a|b)??", "b", "c")]
    [InlineData("(?<n>a)", "a", "b")]
    [InlineData("^*a", "a", "^a")]
    [InlineData("\\Aa\\z", "a", "A")]
    public void Syntax_means_what_it_means_in_RE2(string pattern, string? matches, string other)
    {
        var compiled = ValuePattern.Parse(pattern);
        Assert.True(matches is null || compiled.IsMatch(Encoding.UTF8.GetBytes(matches)), matches);
        Assert.False(compiled.IsMatch(Encoding.UTF8.GetBytes(other)), other);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused() =>
        Assert.Contains(
            "half a surrogate pair at character 2",
            Assert.Throws<BadInputException>(static () => ValuePattern.Parse("a" + (char)0xD800)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_byte_that_is_no_UTF8_is_one_character()
    {
        Assert.True(ValuePattern.Parse("a.b").IsMatch([(byte)'a', 0xff, (byte)'b']));
        Assert.False(ValuePattern.Parse("a.b").IsMatch([(byte)'a', 0xff, 0xfe, (byte)'b']));
        Assert.True(ValuePattern.Parse("a\ufffd").IsMatch([(byte)'a', 0xff]));
        Assert.True(ValuePattern.Parse(".{2}").IsMatch([0xe2, 0x82]));
    }

    [Fact]
    public void Every_general_category_has_the_code_points_that_DotNet_gives_it()
    {
        var ofCategory = Enumerable.Range(0, 0x110000).Where(static rune => CharUnicodeInfo.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter);
        Assert.Equal(ofCategory.Count(), UnicodeClasses.Unicode("Lt")!.Count);
        foreach (var name in "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Any".Split(' '))
        {
            Assert.True(UnicodeClasses.Unicode(name) is { Count: > 0 }, name);
        }

        Assert.Null(UnicodeClasses.Unicode("Cn"));
    }

    [Theory]
    [InlineData("Latin", 'z', 'ж')]
    [InlineData("Cyrillic", 'ж', 'z')]
    [InlineData("Han", '世', 'あ')]
    [InlineData("Hiragana", 'あ', 'ア')]
    [InlineData("Common", '1', 'a')]
    public void Scripts_have_their_letters(string script, char of, char other)
    {
        Assert.True(UnicodeClasses.Unicode(script)!.Contains(of));
        Assert.False(UnicodeClasses.Unicode(script)!.Contains(other));
    }

    [Fact]
    public void Nesting_has_a_limit()
    {
        static string Nested(int depth) => new string('(', depth) + "a" + new string(')', depth);
        Assert.True(ValuePattern.Parse(Nested(1000)).IsMatch("a"u8));
        Assert.Contains("nests too deeply", Assert.Throws<BadInputException>(() => ValuePattern.Parse(Nested(1001))).Message, StringComparison.Ordinal);
    }
}
