using CsCheck;
using Toka.Query;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

public sealed class HostileQueryTests
{
    private static readonly string[] Seeds =
    [
        "sum by (l) (rate(v[10s])) / on (l) group_left (x) max(w) by (l)",
        "topk(2, v) or bottomk(1, w) unless count_values(\"l\", v)",
        "histogram_quantile(0.9, v) + quantile(0.5, w) - quantile_over_time(0.1, v[20s])",
        "label_replace(v, \"l\", \"$1-${2}$$\", \"l\", \"(.)(?P<n>.*)\")",
        "label_join(v, \"l\", \"-\", \"l\", \"__name__\")",
        "max_over_time((v > bool w)[30s:2s] offset -5s) and absent(v) or vector(time())",
        "-v @ end() ^ 2 % scalar(w) atan2 timestamp(v @ 3 offset 1s)",
        "predict_linear(v[1m], 60) + deriv(w[1m]) - round(v, 0.1) * clamp(v, 0, 3)",
        "sort_by_label(sort_desc(v), \"l\") == ignoring (l) day_of_week(v)",
        "max_over_time(v[step()*2+(3s-1)^2:min_of(range(),1s)] offset -(step()/2)) + rate(v[10s] anchored @ 4)",
        "v + on (l) group_left (x) fill_left(0) fill_right(-1m) w == fill(NaN) sum(v smoothed offset 1s) by (l)",
        "info(info(v, {__name__=~\"w|.*\", l!=\"\"}), {x=\"1\"}) or start_timestamp(v) </ 3 >/ increase(w[5s] smoothed)",
        "limit_ratio(0.5, v) + limitk(1, w) + double_exponential_smoothing(v[10s], 0.5, 0.5)",
    ];

    /// <summary>Every expression is answered or refused by a <see cref="QueryException"/>; nothing else comes out.</summary>
    [Fact]
    public async Task Mutated_expressions_are_answered_or_refused()
    {
        const string Alphabet = "{}[]()\"',:@+-*/%^=!<>~ \\0123456789.ejlmnsvwxyINF$";
        var reader = new ListReader();
        reader.Add("v", "a", 1000, 1, double.NaN, 3, double.PositiveInfinity, 2, 0, -1);
        reader.Add("v", "b", 1500, 5, 1, 2);
        reader.Add("w", "a", 1000, 7, 7, 7, 7, 7, 7, 7, 7);
        var options = QueryOptions.Default with { ExperimentalFunctions = true, ExtendedRangeSelectors = true, FillModifiers = true, StartTimestamps = true, SamplesMax = 20_000 };
        var engine = new QueryEngine(reader, options, TimeProvider.System);
        var edits = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, Alphabet.Length - 1], Gen.Bool).Array[0, 4];
        var (answered, refused) = (0, 0);
        await Gen.Select(Gen.Int[0, Seeds.Length - 1], edits, Gen.Bool).SampleAsync(async (seed, changes, isRange) =>
        {
            var text = Seeds[seed];
            foreach (var (place, letter, isInsert) in changes)
            {
                var at = place % text.Length;
                text = isInsert ? text.Insert(at, Alphabet[letter].ToString()) : text.Remove(at, 1);
            }

            try
            {
                _ = isRange
                    ? await engine.RangeAsync(text, 0, 20_000, 700, CancellationToken.None)
                    : await engine.InstantAsync(text, 5000, CancellationToken.None);
                Interlocked.Increment(ref answered);
            }
            catch (QueryException)
            {
                Interlocked.Increment(ref refused);
            }
        }, iter: 5_000);

        Assert.True(answered > 100, $"only {answered} answered");
        Assert.True(refused > 100, $"only {refused} refused");
    }

    [Theory]
    [InlineData("label_join(v, \"l\", \"{0}\", \"l\", \"l\", \"l\")", "65535 bytes")]
    [InlineData("label_replace(v, \"l\", \"{0}\", \"l\", \".*\")", "65535 bytes")]
    public async Task A_label_that_is_too_long_is_refused(string expression, string message)
    {
        var reader = new ListReader();
        reader.Add("v", "a", 1000, 1);
        var engine = new QueryEngine(reader, QueryOptions.Default with { ExpressionLengthMax = 100_000 }, TimeProvider.System);
        var text = expression.Replace("{0}", new string('x', 70_000), StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await engine.InstantAsync(text, 0, CancellationToken.None));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a+){30}b")]
    [InlineData("(.*)(.*)(.*)(.*)(.*)x")]
    [InlineData("((a{1000}){1000}){1000}")]
    [InlineData("(?=a)b")]
    [InlineData("(a)\\1")]
    public async Task Expensive_patterns_are_answered_in_linear_time_or_refused(string pattern)
    {
        var reader = new ListReader();
        reader.Add("v", new string('a', 20_000), 1000, 1);
        var engine = new QueryEngine(reader, QueryOptions.Default, TimeProvider.System);
        try
        {
            var result = await engine.InstantAsync($"label_replace(v, \"x\", \"$1\", \"l\", `{pattern}`)", 0, CancellationToken.None);
            Assert.Single(((VectorValue)result.Value).Samples);
        }
        catch (QueryException e)
        {
            Assert.Contains("regular expression", e.Message, StringComparison.Ordinal);
        }
    }
}
