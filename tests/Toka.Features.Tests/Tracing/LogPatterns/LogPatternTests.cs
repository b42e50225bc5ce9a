using CsCheck;
using Toka.Core.Logs;
using Toka.Tracing.LogPatterns;

namespace Toka.Features.Tests.Tracing.LogPatterns;

public sealed class LogPatternTests
{
    private static readonly string[] s_words = ["a", "b", "1", "connect", "to", "x=9", "fail"];

    [Fact]
    public void Records_that_are_alike_are_one_pattern_with_what_differs_left_open()
    {
        var patterns = LogPatternMiner.Of(
            [
                Log("user anna logged in from 10.0.0.7", 9), Log("user bert logged in from 10.0.0.99", 9), Log("user carl logged in from fe80", 9, "other"),
                Log("connection to db:5432 failed after 312ms", 17), Log("connection to cache:6379 failed after 7ms", 17),
                Log("started", 5),
            ],
            10);
        Assert.Equal(
            ["user <*> logged in from <*> 3 9 shop,other", "connection to <*> failed after <*> 2 17 shop", "started 1 5 shop"],
            patterns.Select(static pattern => $"{pattern.Pattern} {pattern.Count} {pattern.Severity} {string.Join(',', pattern.Services)}"));
        Assert.Equal(0.5, patterns[0].Share);
        Assert.Equal("user anna logged in from 10.0.0.7", patterns[0].Example.Body);
    }

    [Theory]
    [InlineData("id=42,", "id=<*>,")]
    [InlineData("2026-12-01T10:00:00.123Z", "<*>")]
    [InlineData("8f14e45f-ceea-467f-ab12-000000000000", "<*>")]
    [InlineData("/orders/17/items", "/orders/<*>/items")]
    [InlineData("http2", "http2")]
    [InlineData("deadbeef01", "<*>")]
    [InlineData("word", "word")]
    public void Numbers_and_ids_are_left_open(string word, string masked) => Assert.Equal(masked, LogTokens.Masked(word));

    [Fact]
    public void Each_record_is_counted_once_and_the_same_records_give_the_same_patterns() =>
        Gen.Int[0, 6].Select(static i => s_words[i]).Array[0, 8].Select(static words => string.Join(' ', words)).Array[0, 60].Sample(static bodies =>
        {
            var records = bodies.Select(static body => Log(body, 9)).ToArray();
            var patterns = LogPatternMiner.Of(records, int.MaxValue);
            Assert.Equal(bodies.Length, patterns.Sum(static pattern => pattern.Count));
            Assert.Equal(patterns.Select(static pattern => (pattern.Pattern, pattern.Count)), LogPatternMiner.Of(records, int.MaxValue).Select(static pattern => (pattern.Pattern, pattern.Count)));
        });

    [Fact]
    public void Patterns_are_bounded_and_what_is_more_is_counted_as_other()
    {
        static string Word(int i) => new([(char)('g' + (i % 17)), (char)('g' + (i / 17 % 17)), (char)('g' + (i / 289 % 17))]);
        var patterns = LogPatternMiner.Of(Enumerable.Range(0, 4000).Select(static i => Log($"{Word(i)} {Word(i * 7)} {Word(i * 11)} {Word(i * 13)}", 9)), int.MaxValue);
        Assert.InRange(patterns.Count, 2, LogPatternMiner.PatternsMax + 1);
        Assert.Equal(4000, patterns.Sum(static pattern => pattern.Count));
    }

    [Fact]
    public void A_body_of_any_length_is_looked_at_up_to_a_limit() =>
        Assert.EndsWith(" <*>", Assert.Single(LogPatternMiner.Of([Log(string.Join(' ', Enumerable.Repeat("word", 100_000)), 9)], 1)).Pattern, StringComparison.Ordinal);

    private static LogRecord Log(string body, byte severity, string service = "shop") =>
        new() { TimeNs = 1, Origin = TestTrace.OriginOf(service), Body = body, Severity = severity };
}
