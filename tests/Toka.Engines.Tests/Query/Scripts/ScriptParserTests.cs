using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.PromQL.Scripts;
using Toka.Query.PromQL.Scripts.Judging;

namespace Toka.Engines.Tests.Query.Scripts;

public sealed class ScriptParserTests
{
    [Theory]
    [InlineData("lod 1m", 1, 1, "is no command")]
    [InlineData("\n\n  frobnicate", 3, 3, "is no command")]
    [InlineData("clear all", 1, 7, "too much after clear")]
    [InlineData("load", 1, 5, "the step of load is missing")]
    [InlineData("load 5", 1, 6, "\"5\" is no duration")]
    [InlineData("load 1m 2m", 1, 9, "too much after the step")]
    [InlineData("load 0\n  a 1 2", 1, 6, "must be above 0")]
    [InlineData("load 1m\n  a 1 b", 2, 7, "\"b\" is no point")]
    [InlineData("load 1m\n  a 1\n# a comment ends a command\n  b 2", 4, 3, "end at a blank line or a comment")]
    [InlineData("load 1m\n  5a 1", 2, 3, "is no metric's name")]
    [InlineData("load 1m\n  a{b=\"1\"} 1x", 2, 14, "a whole number is missing")]
    [InlineData("load 1m\n  a 1+2", 2, 8, "\"x\" and a count are missing")]
    [InlineData("load 1m\n  a 1x3y", 2, 8, "\"y\" is too much")]
    [InlineData("load 1m\n  a _y", 2, 6, "\"y\" is too much")]
    [InlineData("load 1m\n  a stalex2", 2, 10, "\"x\" is too much")]
    [InlineData("load 1m\n  a 1x99999999", 2, 7, "points are too many")]
    [InlineData("load 1m\n  a 1x3999999\n  b 1", 3, 5, "more than 4000000 points")]
    [InlineData("load 1m\n  a{b=1} 1", 2, 6, "must be followed by = and a value in quotes")]
    [InlineData("load 1m\n  a{b=\"1\",b=\"2\"} 1", 2, 11, "label b is given twice")]
    [InlineData("load 1m\n  a{\"c\"} 1", 2, 5, "the metric's name is given twice")]
    [InlineData("load 1m\n  a{b=\"1\" c=\"2\"} 1", 2, 11, "a comma or } is missing")]
    [InlineData("load 1m\n  a{b=\"1\"", 2, 4, "the brace is not closed")]
    [InlineData("load 1m\n  a{#b=\"1\"} 1", 2, 4, "a # within the braces")]
    [InlineData("load 1m\n  a{b=\"\\q\"} 1", 2, 8, "unknown escape sequence")]
    [InlineData("load 1m\n  a {{sum:1", 2, 5, "is not closed by }}")]
    [InlineData("load 1m\n  a {{mean:1}}", 2, 7, "\"mean\" is no part of a histogram")]
    [InlineData("load 1m\n  a {{sum:1 sum:2}}", 2, 13, "sum is given twice")]
    [InlineData("load 1m\n  a {{schema:x}}", 2, 14, "a whole number is missing")]
    [InlineData("load 1m\n  a {{schema:9}}", 2, 5, "the schema must be")]
    [InlineData("load 1m\n  a {{buckets:1}}", 2, 15, "a list such as [1 2 3]")]
    [InlineData("load 1m\n  a {{buckets:[1 2}}", 2, 19, "is no point")]
    [InlineData("load 1m\n  a {{counter_reset_hint:maybe}}", 2, 26, "is no hint of resets")]
    [InlineData("load 1m\n  a {{sum:1}}+2x3", 2, 15, "a histogram {{…}} is missing")]
    [InlineData("load 1m\n  a {{schema:1}}+{{schema:0}}x3", 2, 5, "do not go together")]
    [InlineData("load 1m\n  a@st -1m", 2, 3, "are not followed by the line of their series")]
    [InlineData("load 1m\n  a@st -1m\n  b 1", 2, 3, "the next line is of b")]
    [InlineData("load 1m\n  a@st -1m\n  a 1 2", 2, 3, "1 start times for 2 points")]
    [InlineData("load 1m\n  a@st soon\n  a 1", 2, 8, "is no duration")]
    [InlineData("load 1m\n  a@st _x0\n  a 1", 2, 10, "must be above 0")]
    [InlineData("load 1m\n  a 1\n\nload 30s\n  a 2", 5, 1, "has a sample at 0s already")]
    [InlineData("eval", 1, 5, "\"instant\" or \"range\" is missing")]
    [InlineData("eval_slow instant at 0 a", 1, 1, "\"eval_slow\" is no command here")]
    [InlineData("eval_ordered range from 0 to 1m step 1m a", 1, 1, "eval_ordered for instant queries")]
    [InlineData("eval instant 5m a", 1, 14, "\"at\" is missing")]
    [InlineData("eval instant at soon a", 1, 17, "\"soon\" is no duration")]
    [InlineData("eval instant at 5m", 1, 19, "the query is missing")]
    [InlineData("eval range from 5m to 1m step 1m a", 1, 23, "the end is before the start")]
    [InlineData("eval range from 0 to 1m step 0 a", 1, 30, "the step must be above 0")]
    [InlineData("eval range from 0 to 1m a", 1, 25, "\"step\" is missing")]
    [InlineData("eval instant at 0 a\n  {} 1 2", 2, 9, "gives one point a series, not 2")]
    [InlineData("eval range from 0 to 1m step 1m a\n  {} 1 2 3", 2, 11, "3 points for 2 steps")]
    [InlineData("eval instant at 0 a\n  {} 1\n  {} 2", 3, 3, "stands in this eval already")]
    [InlineData("eval instant at 0 a\n  {} stale", 2, 11, "no stale markers")]
    [InlineData("eval instant at 0 a\n  {} _", 2, 7, "no series without points")]
    [InlineData("eval instant at 0 a\n  {} 1\n  5", 3, 3, "a scalar cannot come beside series")]
    [InlineData("eval instant at 0 a\n  !", 2, 3, "a series such as")]
    [InlineData("eval instant at 0 a\n  expect luck", 2, 10, "nothing like \"luck\"")]
    [InlineData("eval instant at 0 a\n  expect", 2, 9, "what is expected is missing")]
    [InlineData("eval instant at 0 a\n  expect warn because", 2, 15, "\"because\" is too much")]
    [InlineData("eval instant at 0 a\n  expect warn msg:", 2, 19, "the text is missing")]
    [InlineData("eval instant at 0 a\n  expect warn regex: (", 2, 22, "is no regular expression")]
    [InlineData("eval instant at 0 a\n  expect no_warn msg: x", 2, 18, "has no message")]
    [InlineData("eval range from 0 to 1m step 1m a\n  expect ordered", 2, 10, "always in the order of the labels")]
    [InlineData("eval range from 0 to 1m step 1m a\n  expect string \"x\"", 2, 3, "only an instant query")]
    [InlineData("eval instant at 0 a\n  expect string x", 2, 17, "a string in quotes is missing")]
    [InlineData("eval instant at 0 a\n  expect range vector from 0", 2, 29, "\"to\" is missing")]
    [InlineData("eval instant at 0 a\n  expect warn\n  expect no_warn", 1, 1, "contradict each other")]
    [InlineData("eval instant at 0 a\n  expect fail\n  {} 1", 1, 1, "has no answer")]
    [InlineData("eval_fail instant at 0 a\n  expected_fail_regexp (", 2, 24, "is no regular expression")]
    [InlineData("load_with_nhcb 1m\n  a_bucket 1", 1, 1, "has no label le")]
    [InlineData("load_with_nhcb 1m\n  a_sum 1", 1, 1, "neither a count nor a bucket")]
    [InlineData("load_with_nhcb 1m\n  a_bucket{le=\"1\"} 2\n  a_bucket{le=\"2\"} 1", 1, 1, "buckets must add up")]
    [InlineData("load_with_nhcb 1m\n  a_bucket{le=\"+Inf\"} 2\n  a_count 3", 1, 1, "the count is 3")]
    public void What_is_not_of_the_language_is_named_with_its_place(string text, int line, int column, string message)
    {
        var fault = Assert.Single(Assert.Throws<ScriptException>(() => PromQlScript.Parse("x.test", text)).Faults);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(("x.test", line, column), (fault.File, fault.Line, fault.Column));
        Assert.StartsWith(FormattableString.Invariant($"x.test:{line}:{column}: "), fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_fault_of_every_command_is_found()
    {
        var faults = Assert.Throws<ScriptException>(() => PromQlScript.Parse("x.test", "load 1m\n  a b\n  c d\n\nclear\n\neval instant at 0 a\n  expect luck\n\nnonsense")).Faults;
        Assert.Equal([2, 8, 10], faults.Select(static fault => fault.Line));
    }

    [Theory]
    [InlineData("1", "0s=1")]
    [InlineData("-1.5e1 +2 .5", "0s=-15 1m=2 2m=0.5")]
    [InlineData("1x2", "0s=1 1m=1 2m=1")]
    [InlineData("1+2x2 9", "0s=1 1m=3 2m=5 3m=9")]
    [InlineData("-1-2x1", "0s=-1 1m=-3")]
    [InlineData("_ 1 _x2 2", "1m=1 4m=2")]
    [InlineData("0x10", "0s=0 1m=0 2m=0 3m=0 4m=0 5m=0 6m=0 7m=0 8m=0 9m=0 10m=0")]
    [InlineData("NaN Inf -inf", "0s=NaN 1m=+Inf 2m=-Inf")]
    [InlineData("1 stale 2", "0s=1 1m=stale 2m=2")]
    [InlineData("{{}}", "0s={{}}")]
    [InlineData("{{ sum:1 count:2 }}x1", "0s={{count:2 sum:1}} 1m={{count:2 sum:1}}")]
    [InlineData("{{schema:1 buckets:[1 0 2] offset:-1 count:3}}", "0s={{schema:1 count:3 offset:-1 buckets:[1 0 2]}}")]
    [InlineData("{{n_buckets:[1 2] n_offset:2 z_bucket:3 z_bucket_w:0.5}}", "0s={{z_bucket:3 z_bucket_w:0.5 n_offset:2 n_buckets:[1 2]}}")]
    [InlineData("{{schema:-53 custom_values:[1 2.5] buckets:[1 2 3]}}", "0s={{schema:-53 custom_values:[1 2.5] buckets:[1 2 3]}}")]
    [InlineData("{{counter_reset_hint:gauge}}", "0s={{counter_reset_hint:gauge}}")]
    [InlineData("{{count:1 sum:1 buckets:[1]}}+{{count:1 sum:2 buckets:[0 1]}}x2", "0s={{count:1 sum:1 buckets:[1]}} 1m={{count:2 sum:3 buckets:[1 1]}} 2m={{count:3 sum:5 buckets:[1 2]}}")]
    [InlineData("{{count:3 buckets:[3]}}-{{count:1 buckets:[1]}}x1", "0s={{count:3 buckets:[3]}} 1m={{count:2 buckets:[2]}}")]
    [InlineData("{{count:1 buckets:[1]}}+{{schema:1 count:2 buckets:[1 1] offset:1}}x1", "0s={{count:1 buckets:[1]}} 1m={{count:3 buckets:[1 2]}}")]
    [InlineData("{{schema:-53 count:1 custom_values:[1] buckets:[1]}}+{{schema:-53 count:1 custom_values:[1] buckets:[0 1]}}x1", "0s={{schema:-53 count:1 custom_values:[1] buckets:[1]}} 1m={{schema:-53 count:2 custom_values:[1] buckets:[1 1]}}")]
    public void Points_are_read_as_they_are_meant(string points, string expected)
    {
        var series = Assert.Single(Loaded($"load 1m\n  a {points}"));
        Assert.Equal(expected, string.Join(' ', series.Samples.Select(static sample => $"{ScriptText.Time(sample.TimestampMs)}={ScriptText.Point(sample.Point)}")));
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a:b_c", "a:b_c")]
    [InlineData("{}", "{}")]
    [InlineData("a{}", "a")]
    [InlineData("{__name__=\"a\"}", "a")]
    [InlineData("a{b=\"}\",c='x',}", "a{b=\"}\",c=\"x\"}")]
    [InlineData("a{b=`\\`}", "a{b=\"\\\\\"}")]
    [InlineData("{\"a.b\", \"c.d\"=\"1\"}", "{\"a.b\",\"c.d\"=\"1\"}")]
    [InlineData("a{by=\"1\"}", "a{by=\"1\"}")]
    public void Labels_are_read_as_they_are_meant(string text, string expected) =>
        Assert.Equal(expected, ScriptText.Labels(Assert.Single(Loaded($"load 1m\n  {text} 1")).Labels));

    [Theory]
    [InlineData("a@st -1m -1s _ 0 +1s", new long[] { -60_000, 59_000, 0, 180_000, 241_000 })]
    [InlineData("a@st -30s-1mx2 _x2", new long[] { -30_000, -30_000, -30_000, 0, 0 })]
    [InlineData("a@st -1sx1 * *x1", new long[] { -1000, 59_000, 119_000, 179_000, 239_000 })]
    [InlineData("@st -1ms", new long[] { -1, 59_999, 119_999, 179_999, 239_999 })]
    [InlineData("@st -1s _", new long[] { -1000, 0, 119_000, 0, 239_000 })]
    public void Start_times_are_relative_to_the_samples_and_0_where_they_are_not_known(string line, long[] expected) =>
        Assert.Equal(expected, Assert.Single(Loaded($"load 1m\n  {line}\n  a 1 2 3 4 5")).Samples.Select(static sample => sample.CreatedMs));

    [Fact]
    public void Of_two_lines_for_one_series_in_a_load_the_second_one_counts()
    {
        var series = Loaded("load 1m\n  a 1 2\n  b 3\n  a 4");
        Assert.Equal(["a 4", "b 3"], series.Select(static one => $"{one.Labels} {string.Join(' ', one.Samples.Select(static sample => ScriptText.Point(sample.Point)))}"));
    }

    [Fact]
    public void Classic_histograms_become_native_ones_beside_themselves()
    {
        var series = Loaded("""
            load_with_nhcb 1m
              a_bucket{le="1",job="x"} 1 2
              a_bucket{le="+Inf",job="x"} 3 5
              a_sum{job="x"} 7 8
              a_count{job="x"} 3 5
              b_bucket{le="2"} 1.5
              other 1
            """);
        Assert.Equal(
            ["""a{job="x"} {{schema:-53 count:3 sum:7 custom_values:[1] buckets:[1 2]}} {{schema:-53 count:5 sum:8 custom_values:[1] buckets:[2 3]}}""", "b {{schema:-53 count:1.5 custom_values:[2] buckets:[1.5]}}"],
            series.Where(static one => one.Samples[0].Point.Kind == PointKind.Histogram)
                .Select(static one => $"{one.Labels} {string.Join(' ', one.Samples.Select(static sample => ScriptText.Point(sample.Point)))}"));
        Assert.Equal(8, series.Count);
    }

    [Fact]
    public void An_eval_says_what_to_ask_and_what_must_come()
    {
        var eval = Eval("""
            eval range from 1m to 3m step 30s sum by (x) (a)
              expect warn msg: PromQL warning: one (1:2)
              expect warn regex: tw.
              expect no_info
              {x="1"} 1 _ 3
            """);
        Assert.Equal((1, "sum by (x) (a)", true, 60_000L, 180_000L, 30_000L), (eval.Line, eval.Expression, eval.IsRange, eval.StartMs, eval.EndMs, eval.StepMs));
        Assert.Equal(
            ["expect warn msg: PromQL warning: one (1:2)", "expect warn regex: tw.", "expect no_info"],
            eval.Expectations.Select(static expectation => expectation.ToString()));
        Assert.Equal([PointKind.Number, PointKind.Gap, PointKind.Number], Assert.Single(eval.Series).Points.Select(static point => point.Kind));
    }

    [Theory]
    [InlineData("eval_fail instant at 0 a", "expect fail")]
    [InlineData("eval_warn instant at 0 a", "expect warn")]
    [InlineData("eval_info range from 0 to 1m step 1m a", "expect info")]
    [InlineData("eval_ordered instant at 0 a", "expect ordered")]
    [InlineData("eval_fail instant at 0 a\n  expected_fail_message no way", "expect fail|expect fail msg: no way")]
    [InlineData("eval_fail instant at 0 a\n  expected_fail_regexp no .*", "expect fail|expect fail regex: no .*")]
    [InlineData("eval instant at 0 a\n  expect fail msg: \"in \\\"quotes\\\"\"", "expect fail msg: in \"quotes\"")]
    [InlineData("eval instant at 0 a\n  expect fail regex:`a|b`", "expect fail regex: a|b")]
    public void Old_and_new_forms_of_expectations_are_read(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Eval(text).Expectations.Select(static expectation => expectation.ToString())));

    [Theory]
    [InlineData("  0x10", 16.0)]
    [InlineData("  -1e3", -1000.0)]
    [InlineData("  +Inf", double.PositiveInfinity)]
    public void A_number_alone_is_a_scalar(string line, double expected) => Assert.Equal(expected, Eval($"eval instant at 0 a\n{line}").Scalar);

    [Fact]
    public void A_metric_may_be_called_expect_where_braces_follow() =>
        Assert.Equal(LabelSet.Of(("__name__", "expect")), Assert.Single(Eval("eval instant at 0 a\n  expect{} 1").Series).Labels);

    [Fact]
    public void A_range_vector_has_times_of_its_own()
    {
        var eval = Eval("eval instant at 1m a[1m]\n  expect range vector from 10s to 1m step 10s\n  a 1 2 3 4 5 6");
        Assert.Equal((true, 60_000L, 10_000L, 60_000L, 10_000L), (eval.IsRangeVector, eval.AtMs, eval.StartMs, eval.EndMs, eval.StepMs));
    }

    [Fact]
    public void Scripts_may_have_line_ends_of_Windows_and_no_last_one() =>
        Assert.Equal(1, PromQlScript.Parse("x.test", "load 1m\r\n  a 1 2\r\n\r\neval instant at 0 a\r\n  a 1").EvaluationCount);

    [Theory]
    [InlineData("")]
    [InlineData("\n# nothing\n\n")]
    public void A_script_may_be_empty(string text) => Assert.Equal(0, PromQlScript.Parse("x.test", text).EvaluationCount);

    [Fact]
    public void A_written_histogram_reads_back_as_the_same()
    {
        var numbers = Gen.Double[-1e6, 1e6].Select(static number => Math.Round(number, 3));
        var gen = Gen.Select(Gen.Int[-4, 8], Gen.Int[-50, 50], numbers.Array[0, 20], Gen.Int[-50, 50], numbers.Array[0, 20], numbers, Gen.Int[0, 3]);
        gen.Sample(static (schema, offset, positive, negativeOffset, negative, sum, hint) =>
        {
            var layout = new HistogramLayout(
                schema, 0.001, positive.Length == 0 ? [] : [new HistogramSpan(offset, positive.Length)], negative.Length == 0 ? [] : [new HistogramSpan(negativeOffset, negative.Length)], []);
            var histogram = new NativeHistogram(layout, (HistogramResetHint)hint, 1, 2, sum, [.. positive, .. negative]);
            var read = Assert.Single(Assert.Single(Loaded($"load 1m\n  a {ScriptText.Histogram(histogram)}")).Samples).Point;
            Assert.True(Nearly.Equal(histogram, read.Histogram!, withHint: true), ScriptText.Histogram(histogram));
            Assert.Equal(hint != 0, read.IsHintGiven);
        });
    }

    private static List<LoadedSeries> Loaded(string text) => Assert.IsType<LoadCommand>(Assert.Single(PromQlScript.Parse("x.test", text).Commands)).Series;

    private static EvalCommand Eval(string text) => Assert.IsType<EvalCommand>(Assert.Single(PromQlScript.Parse("x.test", text).Commands));
}
