using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.PromQL.Scripts;
using Toka.Query.PromQL.Scripts.Judging;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query.Scripts;

/// <summary>A check that cannot fail is worth nothing: each of these answers is wrong in one thing only.</summary>
public sealed class EvalJudgeTests
{
    private const string Instant = "eval instant at 5m foo\n";
    private const string Range = "eval range from 0 to 2m step 1m foo\n";

    [Theory]
    [InlineData("{a=\"1\"} 1\n{a=\"2\"} 2", null)]
    [InlineData("{a=\"2\"} 2\n{a=\"1\"} 1", null)]
    [InlineData("{a=\"1\"} 1.0000001\n{a=\"2\"} 2", null)]
    [InlineData("{a=\"1\"} 1.00001\n{a=\"2\"} 2", "{a=\"1\"} is 1, not 1.00001")]
    [InlineData("{a=\"1\"} 0\n{a=\"2\"} 2", "{a=\"1\"} is 1, not 0")]
    [InlineData("{a=\"1\"} NaN\n{a=\"2\"} 2", "{a=\"1\"} is 1, not NaN")]
    [InlineData("{a=\"1\"} {{count:1}}\n{a=\"2\"} 2", "{a=\"1\"} is 1, not {{count:1}}")]
    [InlineData("{a=\"1\"} 1", "{a=\"2\"} is there too")]
    [InlineData("{a=\"1\"} 1\n{a=\"2\"} 2\n{a=\"3\"} 3", "{a=\"3\"} is missing")]
    [InlineData("{a=\"1\"} 1\n{a=\"4\"} 2", "{a=\"2\"} is there too")]
    [InlineData("", "{a=\"1\"} is there too")]
    [InlineData("1", "the answer is an instant vector, not a scalar")]
    [InlineData("expect string \"1\"", "the answer is an instant vector, not a string")]
    [InlineData("expect range vector from 4m to 5m step 1m\n{a=\"1\"} 1", "the answer is an instant vector, not a matrix")]
    [InlineData("expect ordered\n{a=\"1\"} 1\n{a=\"2\"} 2", null)]
    [InlineData("expect ordered\n{a=\"2\"} 2\n{a=\"1\"} 1", "{a=\"1\"} is at place 1, not at 2")]
    public async Task Wrong_vectors_fail(string expected, string? message) =>
        Assert.Equal(message, (await FakeEngine.Of(Vector(("1", 1), ("2", 2))).JudgeAsync(Instant + expected))?.Message);

    [Fact]
    public async Task A_series_that_comes_twice_fails() =>
        Assert.Equal("{a=\"1\"} is there twice", (await FakeEngine.Of(Vector(("1", 1), ("1", 1))).JudgeAsync(Instant + "{a=\"1\"} 1"))?.Message);

    [Theory]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2]}}", null)]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[0 1 0 2 0] offset:-1}}", null)]
    [InlineData("{{schema:1 count:3.0000001 sum:4 buckets:[1 0 2]}}", null)]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2] counter_reset_hint:not_reset}}", null)]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2] counter_reset_hint:unknown}}", "not_reset")]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2] counter_reset_hint:gauge}}", "not_reset")]
    [InlineData("{{schema:2 count:3 sum:4 buckets:[1 0 2]}}", "")]
    [InlineData("{{schema:1 count:4 sum:4 buckets:[1 0 2]}}", "")]
    [InlineData("{{schema:1 count:3 sum:5 buckets:[1 0 2]}}", "")]
    [InlineData("{{schema:1 count:3 sum:NaN buckets:[1 0 2]}}", "")]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 3]}}", "")]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 2]}}", "")]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2] offset:1}}", "")]
    [InlineData("{{schema:1 count:3 sum:4 n_buckets:[1 0 2]}}", "")]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2] n_buckets:[1]}}", "")]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2] z_bucket:1}}", "")]
    [InlineData("{{schema:1 count:3 sum:4 buckets:[1 0 2] z_bucket_w:1}}", "")]
    [InlineData("{{schema:-53 count:3 sum:4 custom_values:[1 2] buckets:[1 0 2]}}", "")]
    [InlineData("3", "")]
    public async Task Wrong_histograms_fail(string expected, string? message)
    {
        var layout = new HistogramLayout(1, 0, [new HistogramSpan(0, 3)], [], []);
        var histogram = new NativeHistogram(layout, HistogramResetHint.NoReset, 0, 3, 4, [1, 0, 2]);
        var failure = await FakeEngine.Of(new VectorValue([new VectorSample(Labels("1"), 0, 0, histogram)])).JudgeAsync($"{Instant}{{a=\"1\"}} {expected}");
        Assert.Equal(message is null, failure is null);
        Assert.Contains(message ?? "", failure?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Histograms_with_other_custom_bounds_fail()
    {
        var layout = new HistogramLayout(HistogramLayout.SchemaCustom, 0, [new HistogramSpan(0, 1)], [], [1, 2]);
        var engine = FakeEngine.Of(new VectorValue([new VectorSample(Labels("1"), 0, 0, new NativeHistogram(layout, HistogramResetHint.Unknown, 0, 1, 1, [1]))]));
        Assert.Null(await engine.JudgeAsync(Instant + "{a=\"1\"} {{schema:-53 count:1 sum:1 custom_values:[1 2] buckets:[1]}}"));
        Assert.NotNull(await engine.JudgeAsync(Instant + "{a=\"1\"} {{schema:-53 count:1 sum:1 custom_values:[1 3] buckets:[1]}}"));
    }

    [Theory]
    [InlineData("{a=\"1\"} 1 _ 3", null)]
    [InlineData("{a=\"1\"} 1 2 3", "{a=\"1\"} at 1m is _, not 2")]
    [InlineData("{a=\"1\"} 1 _ 4", "{a=\"1\"} at 2m is 3, not 4")]
    [InlineData("{a=\"1\"} _ _ 3", "{a=\"1\"} at 0s is 1, not _")]
    [InlineData("{a=\"1\"} 1 _ {{count:3}}", "{a=\"1\"} at 2m is 3, not {{count:3}}")]
    [InlineData("{a=\"1\"} 1", "{a=\"1\"} has 1 point more")]
    [InlineData("{a=\"1\"} 1 _ 3\n{a=\"2\"} 1", "{a=\"2\"} is missing")]
    [InlineData("{a=\"2\"} 1 _ 3", "{a=\"1\"} is there too")]
    [InlineData("", "{a=\"1\"} is there too")]
    [InlineData("7", "the answer is a matrix, not a scalar")]
    public async Task Wrong_matrices_fail(string expected, string? message)
    {
        var matrix = new MatrixValue([new MatrixSeries(Labels("1"), new long[] { 0, 120_000 }, new double[] { 1, 3 })]);
        Assert.Equal(message, (await FakeEngine.Of(matrix).JudgeAsync(Range + expected))?.Message);
    }

    [Fact]
    public async Task Points_beside_the_steps_fail()
    {
        var matrix = new MatrixValue([new MatrixSeries(Labels("1"), new long[] { 0, 60_001 }, new double[] { 1, 2 })]);
        var failure = await FakeEngine.Of(matrix).JudgeAsync(Range + "{a=\"1\"} 1 2");
        Assert.Equal("{a=\"1\"} at 1m is _, not 2", failure?.Message);
        Assert.Equal(["{a=\"1\"} 1 2@[1m1ms]"], failure?.Actual);
    }

    [Fact]
    public async Task Matrices_that_are_not_in_the_order_of_their_labels_fail()
    {
        static MatrixSeries Series(string a) => new(Labels(a), new long[] { 0 }, new double[] { 1 });
        var failure = await FakeEngine.Of(new MatrixValue([Series("2"), Series("1")])).JudgeAsync(Range + "{a=\"1\"} 1\n{a=\"2\"} 1");
        Assert.Equal("the series are not in the order of their labels", failure?.Message);
    }

    [Theory]
    [InlineData("1.5", null)]
    [InlineData("1.6", "the scalar is 1.5, not 1.6")]
    [InlineData("{} 1.5", "the answer is a scalar, not an instant vector")]
    [InlineData("", "the answer is a scalar, not an instant vector")]
    public async Task Wrong_scalars_fail(string expected, string? message) =>
        Assert.Equal(message, (await FakeEngine.Of(new ScalarValue(0, 1.5)).JudgeAsync(Instant + expected))?.Message);

    [Theory]
    [InlineData("expect string \"x\"", null)]
    [InlineData("expect string `y`", "the string is another")]
    [InlineData("", "the answer is a string, not an instant vector")]
    public async Task Wrong_strings_fail(string expected, string? message) =>
        Assert.Equal(message, (await FakeEngine.Of(new StringValue(0, "x")).JudgeAsync(Instant + expected))?.Message);

    [Theory]
    [InlineData("", null)]
    [InlineData("expect warn", null)]
    [InlineData("expect warn msg: one (1:1)\nexpect warn regex: ^tw", null)]
    [InlineData("expect warn regex: one|two", null)]
    [InlineData("expect no_warn", "there is a warning")]
    [InlineData("expect warn msg: one (1:1)", "no line expects the warning: two (1:2)")]
    [InlineData("expect warn msg: one\nexpect warn", "no warning fits: expect warn msg: one")]
    [InlineData("expect warn regex: three\nexpect warn", "no warning fits: expect warn regex: three")]
    [InlineData("expect no_info", null)]
    [InlineData("expect info", "there is no info")]
    [InlineData("expect info msg: one (1:1)", "there is no info")]
    public async Task Missing_and_stray_warnings_fail(string expected, string? message) =>
        Assert.Equal(message, (await FakeEngine.Of(new VectorValue([]), warnings: ["one (1:1)", "two (1:2)"]).JudgeAsync(Instant + expected))?.Message);

    [Theory]
    [InlineData("", null)]
    [InlineData("expect info", null)]
    [InlineData("expect info msg: one (1:1)", null)]
    [InlineData("expect info msg: two", "no info fits: expect info msg: two")]
    [InlineData("expect no_info", "there is an info")]
    [InlineData("expect no_warn", null)]
    [InlineData("expect warn", "there is no warning")]
    public async Task Missing_and_stray_infos_fail(string expected, string? message) =>
        Assert.Equal(message, (await FakeEngine.Of(new VectorValue([]), infos: ["one (1:1)"]).JudgeAsync(Instant + expected))?.Message);

    [Fact]
    public async Task The_old_form_of_warnings_wants_one_and_allows_any()
    {
        Assert.Null(await FakeEngine.Of(new VectorValue([]), warnings: ["x"]).JudgeAsync("eval_warn instant at 0 foo"));
        Assert.Equal("there is no warning", (await FakeEngine.Of(new VectorValue([])).JudgeAsync("eval_warn instant at 0 foo"))?.Message);
        Assert.Equal("there is no info", (await FakeEngine.Of(new VectorValue([])).JudgeAsync("eval_info instant at 0 foo"))?.Message);
    }

    [Theory]
    [InlineData("eval instant at 0 foo", "the query fails")]
    [InlineData("eval range from 0 to 1m step 1m foo", "the query fails")]
    [InlineData("eval instant at 0 foo\nexpect fail", null)]
    [InlineData("eval range from 0 to 1m step 1m foo\nexpect fail", null)]
    [InlineData("eval instant at 0 foo\nexpect fail msg: no way", null)]
    [InlineData("eval instant at 0 foo\nexpect fail msg: no", "the query fails with another message")]
    [InlineData("eval instant at 0 foo\nexpect fail regex: no w", null)]
    [InlineData("eval instant at 0 foo\nexpect fail regex: ^way", "the query fails with another message")]
    [InlineData("eval_fail instant at 0 foo", null)]
    [InlineData("eval_fail instant at 0 foo\nexpected_fail_message no way", null)]
    [InlineData("eval_fail instant at 0 foo\nexpected_fail_message way", "the query fails with another message")]
    [InlineData("eval_fail instant at 0 foo\nexpected_fail_regexp way", null)]
    [InlineData("eval_fail instant at 0 foo\nexpected_fail_regexp ways", "the query fails with another message")]
    public async Task Failures_must_be_the_expected_ones(string script, string? message) =>
        Assert.Equal(message, (await FakeEngine.Failing("no way").JudgeAsync(script))?.Message);

    [Theory]
    [InlineData("eval instant at 0 foo\nexpect fail")]
    [InlineData("eval_fail instant at 0 foo")]
    public async Task A_query_that_must_fail_and_does_not_fails(string script) =>
        Assert.Equal("the query does not fail", (await FakeEngine.Of(new VectorValue([])).JudgeAsync(script))?.Message);

    [Theory]
    [InlineData("foo + on() bar{a=\"@\"} offset 1m", "foo @ 300.000 + on() bar{a=\"@\"} offset 1m @ 300.000")]
    [InlineData("rate(foo[5m]) / bar @ 10", "rate(foo[5m] @ 300.000) / bar @ 10")]
    [InlineData("foo @ end() offset 1m - foo @ start()", "foo  @ 300.000 offset 1m - foo  @ 300.000")]
    [InlineData("sum_over_time(vector(time())[5m:1m] @ start())", "sum_over_time(vector(time())[5m:1m]  @ 300.000)")]
    [InlineData("max_over_time(rate(foo @ end()[1m])[5m:])", null)]
    [InlineData("max_over_time((foo @ end())[5m:])", "max_over_time((foo @ end())[5m:] @ 300.000)")]
    [InlineData("timestamp(foo)", null)]
    [InlineData("foo + hour()", null)]
    [InlineData("1 + 1", "1 + 1")]
    public void Selectors_are_fixed_to_the_moment_where_no_function_looks_at_the_time(string expression, string? expected)
    {
        var variants = FixedSelectors.Variants(expression, 300_000).ToArray();
        Assert.Equal(expected is null ? [] : [-3_000_000, 0, 60_000, 300_000, 3_000_000], variants.Select(static variant => variant.TimeMs));
        Assert.All(variants, variant => Assert.Equal(expected, variant.Expression));
    }

    [Fact]
    public async Task An_instant_query_is_asked_again_with_fixed_selectors_and_as_the_middle_of_ranges()
    {
        var engine = FakeEngine.Of(Vector(("1", 1)));
        Assert.Null(await engine.JudgeAsync("eval instant at 5m foo\n{a=\"1\"} 1"));
        Assert.Equal(12, engine.Requests.Count);
        Assert.Equal(["foo", "foo @ 300.000"], engine.Requests.Select(static request => request.Expression).Distinct());
        Assert.Equal([300_000, -3_000_000, 0, 60_000, 300_000, 3_000_000], engine.Requests.Where(static request => !request.IsRange).Select(static request => request.StartMs));
        Assert.All(engine.Requests.Where(static request => request.IsRange), static request => Assert.Equal((120_000, 60_000), (request.EndMs - request.StartMs, request.StepMs)));
    }

    [Theory]
    [InlineData("eval instant at 0 foo[1m]\nexpect range vector from 0 to 0 step 1m")]
    [InlineData("eval instant at 0 foo + range()\nexpect fail")]
    public async Task What_has_no_meaning_as_a_range_query_is_not_asked_as_one(string script)
    {
        var engine = new FakeEngine(static request => request.Expression.Contains("range()", StringComparison.Ordinal) ? throw new QueryException(QueryErrorType.Execution, "x") : FakeEngine.Result(new MatrixValue([])));
        Assert.Null(await engine.JudgeAsync(script));
        Assert.DoesNotContain(engine.Requests, static request => request.IsRange);
    }

    [Theory]
    [InlineData(false, true, "foo @ 300.000 at -50m")]
    [InlineData(true, false, "foo from 4m to 6m step 1m")]
    [InlineData(true, true, "foo from 4m to 6m step 1m")]
    public async Task Another_answer_to_the_same_question_asked_in_another_way_fails(bool isWrongForRanges, bool isWrongForFixed, string query)
    {
        var engine = new FakeEngine(request =>
        {
            var isWrong = (isWrongForRanges && request.IsRange) || (isWrongForFixed && request.Expression.Contains('@', StringComparison.Ordinal));
            var vector = Vector(("1", isWrong ? 2 : 1));
            return FakeEngine.Result(request.IsRange ? FakeEngine.AsRange(vector, request.StartMs + request.StepMs) : vector);
        });
        var failure = await engine.JudgeAsync("eval instant at 5m foo\n{a=\"1\"} 1");
        Assert.Equal((query, "{a=\"1\"} is 2, not 1"), (failure?.Query, failure?.Message));
        Assert.Equal(["{a=\"1\"} 1"], failure?.Expected);
        Assert.Equal(["{a=\"1\"} 2"], failure?.Actual);
    }

    [Fact]
    public async Task A_query_that_fails_only_as_a_range_query_fails()
    {
        var engine = new FakeEngine(static request => request.IsRange ? throw new QueryException(QueryErrorType.Execution, "not here") : FakeEngine.Result(new ScalarValue(0, 1)));
        var failure = await engine.JudgeAsync("eval instant at 5m foo\n1");
        Assert.Equal("as a range query it fails, and as an instant query it does not", failure?.Message);
        Assert.Equal(["not here"], failure?.Actual);
    }

    private static LabelSet Labels(string a) => LabelSet.Of(("a", a));

    private static VectorValue Vector(params (string A, double Value)[] samples) =>
        new([.. samples.Select(static sample => new VectorSample(Labels(sample.A), 0, sample.Value))]);
}
