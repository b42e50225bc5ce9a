using System.Text;
using CsCheck;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Labels.Patterns;

namespace Toka.Core.Tests.Labels.Patterns;

public sealed class ValuePatternTests
{
    private static readonly Gen<string> s_text = OneOf("a", "b", "ab", "K", "k", "s", "é", "1", "-", "");

    private static readonly Gen<string> s_piece = Gen.OneOf(
        s_text, OneOf(".*", ".+", ".", "[ab]", "[0-9]", "(?i)", "(?-i)", "(?i:s)", "a?", "(a|b)", "(k|)", "b{1,2}", "^", "$", "\\b", "\\w+"),
        Gen.Select(s_text, s_text, static (one, two) => $"({one}|{two}.*)"));

    private static readonly Gen<string> s_pattern = Gen.Select(s_piece.Array[0, 5], s_piece.Array[0, 3], Gen.Bool).Select(static (one, two, isChoice) =>
        string.Concat(one) + (isChoice ? "|" : "") + string.Concat(two));

    private static readonly Gen<string> s_value = OneOf("a", "b", "k", "K", "\u212a", "s", "ſ", "é", "1", "-", "\n", "😀").Array[0, 6].Select(string.Concat);

    [Fact]
    public void A_class_that_is_named_a_thousand_times_is_folded_once()
    {
        ValuePattern.Parse("(?i:\\pL\\PL)");
        var before = GC.GetAllocatedBytesForCurrentThread();
        ValuePattern.Parse($"(?i:{string.Concat(Enumerable.Repeat("\\pL\\PL", 500))})");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    [Theory]
    [InlineData("[5m]", "", 400)]
    [InlineData("(a{9}){9}", "", 300)]
    [InlineData("\\pL", "[", 2700)]
    [InlineData("[0-9]+:\uFFFD1", "", 130)]
    public void A_part_that_is_repeated_often_takes_no_more_than_a_few_megabytes(string part, string before, int times)
    {
        var after = before.Length > 0 ? "]" : "";
        ValuePattern.Parse(before + part + after);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        ValuePattern.Parse("f." + before + string.Concat(Enumerable.Repeat(part, times)) + after);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 10 << 20);
    }

    [Fact]
    public void The_short_ways_agree_with_the_automaton() =>
        Gen.Select(s_pattern, s_value.Array[8]).Sample(static (pattern, values) =>
        {
            var (compiled, automaton) = (ValuePattern.Parse(pattern), ValuePattern.AutomatonOf(pattern));
            foreach (var value in values.Append(pattern))
            {
                var bytes = Encoding.UTF8.GetBytes(value);
                var isMatch = automaton.IsMatch(bytes);
                Assert.True(isMatch == compiled.IsMatch(bytes), $"{pattern} on {value}");
                Assert.True(!isMatch || bytes.AsSpan().StartsWith(compiled.Prefix.Span), $"{pattern} on {value}: prefix");
                Assert.True(compiled.Words is not { } words || isMatch == words.Any(word => word.Span.SequenceEqual(bytes)), $"{pattern} on {value}: words");
                Assert.True(!compiled.MatchesEverything || isMatch, $"{pattern} on {value}: everything");
                Assert.True(!compiled.MatchesAllButEmpty || isMatch == (bytes.Length > 0), $"{pattern} on {value}: all but empty");
            }
        }, iter: 4000);

    [Theory]
    [InlineData("a|b|c", "a b c")]
    [InlineData("foo", "foo")]
    [InlineData("foo(a|b)", "fooa foob")]
    [InlineData("^(?:a|b)$", "a b")]
    [InlineData("(a|b)(c|d)", "ac ad bc bd")]
    [InlineData("h[1-3]", "h1 h2 h3")]
    [InlineData("a|", " a")]
    [InlineData("colou?r", "color colour")]
    [InlineData("a{2}|b{1,2}", "aa b bb")]
    [InlineData("10\\.0\\.0\\.1", "10.0.0.1")]
    [InlineData("", "")]
    public void Lists_of_words_are_told(string pattern, string words) =>
        Assert.Equal(words.Split(' '), ValuePattern.Parse(pattern).Words!.Select(static word => Encoding.UTF8.GetString(word.Span)));

    [Theory]
    [InlineData("a.*")]
    [InlineData("(?i)a")]
    [InlineData("\\ba")]
    [InlineData("a+")]
    [InlineData("[a-z]")]
    public void What_is_no_list_of_words_is_not_told_as_one(string pattern) => Assert.Null(ValuePattern.Parse(pattern).Words);

    [Theory]
    [InlineData("foo.*", "foo")]
    [InlineData("foo(bar|baz).+", "fooba")]
    [InlineData("foo[a-z]+x", "foo")]
    [InlineData("foo\\d{3}", "foo")]
    [InlineData("foo|f.*", "f")]
    [InlineData("(?i)foo", "")]
    [InlineData(".*foo", "")]
    [InlineData("foo.*|", "")]
    public void The_common_beginning_is_told(string pattern, string prefix) =>
        Assert.Equal(prefix, Encoding.UTF8.GetString(ValuePattern.Parse(pattern).Prefix.Span));

    [Fact]
    public void A_thousand_words_are_a_list_and_a_long_text_is_one_word()
    {
        var words = Enumerable.Range(0, 1000).Select(static i => $"host-{i:D4}").ToArray();
        Assert.Equal(1000, ValuePattern.Parse($"({string.Join('|', words)})").Words!.Count);
        Assert.Single(ValuePattern.Parse(new string('a', 60_000)).Words!);
        Assert.Equal("host-0", Encoding.UTF8.GetString(ValuePattern.Parse(string.Join('|', words)).Prefix.Span));
    }

    [Theory]
    [InlineData("(a*)*b")]
    [InlineData("(a+a+)+y")]
    [InlineData("(a|aa)+b")]
    [InlineData("(a?){500}a{500}b")]
    [InlineData(".*a.{20}b")]
    [InlineData(".*[ab]a.{500}c")]
    [InlineData("(?:[ab]{0,10}a[ab]{0,10}){10}c")]
    [InlineData("([a-z]{0,30}){30}1")]
    public void Expensive_expressions_are_run_in_bounded_memory(string pattern)
    {
        var random = new Random(1);
        var compiled = ValuePattern.Parse(pattern);
        for (var i = 0; i < 20; i++)
        {
            var value = new byte[500];
            random.GetItems("ab"u8, value);
            compiled.IsMatch(value);
        }

        Assert.InRange(compiled.AutomatonBytes, 1, LazyAutomaton.BytesMax + 65_536);
    }

    [Fact]
    public void Values_match_alike_once_the_memory_for_states_is_used_up()
    {
        const string Pattern = ".*a[ab]{12}|b*";
        var random = new Random(2);
        var automaton = ValuePattern.AutomatonOf(Pattern);
        for (var i = 0; i < 300; i++)
        {
            var value = new byte[200];
            random.GetItems("ab"u8, value);
            Assert.Equal(value[^13] == 'a', automaton.IsMatch(value));
        }

        Assert.True(automaton.Bytes > LazyAutomaton.BytesMax);
    }

    [Theory]
    [InlineData("(.{1000}a){40}|x{1000}")]
    [InlineData("(x[ab]+y){900}(x[ab]+y){900}(x[ab]+y){900}(x[ab]+y){900}(x[ab]+y){900}(x[ab]+y){900}(x[ab]+y){900}(x[ab]+y){900}")]
    public void An_expression_of_too_many_steps_is_refused(string pattern)
    {
        var fault = Assert.Throws<BadInputException>(() => ValuePattern.Parse(pattern.Replace("{40}", "", StringComparison.Ordinal) + string.Concat(Enumerable.Repeat("(.{1000}a)", 40))));
        Assert.Contains("more than 32768 steps", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Matching_allocates_nothing()
    {
        string[] patterns = ["a|b|c", "host-.*", ".*é.*", "(?i)HOST.*", "host-[0-9]+\\.x?", "\\bhost\\b.*", "a|b|c|d|e|f|g|host-1"];
        var compiled = Array.ConvertAll(patterns, ValuePattern.Parse);
        var value = Encoding.UTF8.GetBytes("host-12é345");
        MatchAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        MatchAll();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void MatchAll()
        {
            foreach (var pattern in compiled)
            {
                pattern.IsMatch(value);
            }
        }
    }

    [Fact]
    public void An_expression_is_read_once_while_it_is_used()
    {
        Assert.Same(ValuePattern.Parse("read-once.*"), ValuePattern.Parse("read-once.*"));
        var cache = new PatternCache();
        var first = cache.Get("p.*", ValuePattern.Parse);
        for (var i = 0; i < PatternCache.EntriesMax - 1; i++)
        {
            cache.Get($"p{i}", ValuePattern.Parse);
            Assert.Same(first, cache.Get("p.*", ValuePattern.Parse));
        }

        cache.Get("one more", ValuePattern.Parse);
        Assert.Equal(PatternCache.EntriesMax, cache.Count);
        Assert.Same(first, cache.Get("p.*", static _ => throw new InvalidOperationException("it was dropped though it was used")));
    }

    [Fact]
    public void A_short_expression_of_a_large_program_is_not_kept()
    {
        var cache = new PatternCache();
        var large = cache.Get(string.Concat(Enumerable.Repeat("(?:.?y?){1000}", 7)), ValuePattern.Parse);
        cache.Get("small.*x.*y.*z.*", ValuePattern.Parse);

        Assert.InRange(large.ProgramBytes, PatternCache.ProgramBytesMax + 1, long.MaxValue);
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public async Task Threads_share_an_automaton()
    {
        var automaton = ValuePattern.AutomatonOf("(x[ab]*y|[a-z]+[0-9]{2,5})+");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var number = (seed * 7919) + i;
                Assert.Equal(number >= 10, automaton.IsMatch(Encoding.UTF8.GetBytes($"xaby{(char)('a' + (i % 26))}{number}")));
            }
        })));
    }

    [Fact]
    public void A_matcher_tells_what_an_index_can_use()
    {
        var matcher = new LabelMatcher("l", MatchOperator.DoesNotMatch, "a|b");
        Assert.True(matcher.IsNegative);
        Assert.Equal(2, matcher.SetValues!.Count);
        Assert.True(new LabelMatcher("l", MatchOperator.Matches, ".*").MatchesEverything);
        Assert.False(new LabelMatcher("l", MatchOperator.DoesNotMatch, ".*").MatchesEverything);
        Assert.True(new LabelMatcher("l", MatchOperator.Equal, "ab").Prefix.Span.SequenceEqual("ab"u8));
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
}
