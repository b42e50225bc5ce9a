using System.Text;
using Toka.Core.Errors;
using Toka.Query;
using Toka.Query.PromQL;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Query.PromQL.Scripts;
using Toka.Query.Results;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Query;

/// <summary>Expressions and scripts are read or refused by name and place; what is read prints as what reads to itself.</summary>
[Collection(FuzzCollection.Name)]
public sealed class PromQlFuzzTests
{
    private static readonly QueryOptions s_all = QueryOptions.Default with
    {
        ExperimentalFunctions = true, ExtendedRangeSelectors = true, FillModifiers = true, StartTimestamps = true,
    };

    /// <summary>Layout and print may be longer than what may be read: by indentation, or because operators get parentheses.</summary>
    private static readonly QueryOptions s_long = s_all with { ExpressionLengthMax = 64 << 20, ExpressionDepthMax = 2 * QueryOptions.Default.ExpressionDepthMax };

    private static readonly IReadOnlyList<byte[]> s_pieces = FuzzMutator.Texts(
        "(", ")", "{", "}", "[", "]", "\"", "'", "`", "\\", ",", ":", "@", " offset ", " by (", " on (", " group_left ", "-", "+", "^", "==", " bool ", "=~", "!~", "5m", "1h30m", "1e309", "0x", "NaN", "Inf", "#", "\n", "é",
        "\\u00e9", "\\x", "\u0000", "sum(", "rate(", "step()", "[5m:", "{{", "}}", "x10", "_", "load 1m\n", "eval instant at 0 ", "expect fail\n", "schema:-53", "custom_values:[", "@st", "(?i)", "(a{9}){9}", "99999999999999999999");

    [Fact]
    public void An_expression_is_read_or_refused_and_prints_as_what_reads_to_itself() =>
        new FuzzRun(FuzzTarget.PromQl) { Corpus = Expressions(), Pieces = s_pieces, AllocatedMax = 16 << 20, AllocatedPerByteMax = 16_384, HeldMax = 32 << 20 }.Run(static (bytes, random) =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            Expr parsed;
            try
            {
                parsed = PromQlParser.Parse(text, s_all);
            }
            catch (QueryException e)
            {
                Assert.Contains("parse error:", e.Message, StringComparison.Ordinal);
                Assert.InRange(e.Position, -1, text.Length);
                return false;
            }

            var printed = parsed.ToString()!;
            Assert.Equal(printed, PromQlParser.Parse(printed, s_long).ToString());
            if (random.Next(4) == 0)
            {
                Assert.Equal(printed, PromQlParser.Parse(PromQlText.Format(text, s_all), s_long).ToString());
            }

            return true;
        });

    [Fact]
    public void A_script_is_read_or_refused() =>
        new FuzzRun(FuzzTarget.PromQlScript)
        {
            Corpus = Scripts(), Pieces = s_pieces, AllocatedPerByteMax = 16_384,
            // A script of a few bytes may ask for that many samples.
            AllocatedMax = 64L * PromQlScript.PointsMax,
        }.Run(static (bytes, _) =>
        {
            try
            {
                PromQlScript.Parse("fuzz.test", Encoding.UTF8.GetString(bytes));
                return true;
            }
            catch (ScriptException e)
            {
                Assert.NotEmpty(e.Faults);
                Assert.True(e.Faults.Count <= bytes.Length + 1, "there are more faults than bytes");
                return false;
            }
        });

    private static IReadOnlyList<byte[]> Expressions() => FuzzMutator.Texts(
        "sum by (l) (rate(v[10s])) / on (l) group_left (x) max(w) by (l)",
        "topk(2, v) or bottomk(1, w) unless count_values(\"l\", v)",
        "histogram_quantile(0.9, v) + quantile(0.5, w) - quantile_over_time(0.1, v[20s])",
        "label_replace(v, \"l\", \"$1-${2}$$\", \"l\", \"(.)(?P<n>.*)\")",
        "max_over_time((v > bool w)[30s:2s] offset -5s) and absent(v) or vector(time())",
        "-v @ end() ^ 2 % scalar(w) atan2 timestamp(v @ 3 offset 1s)",
        "sort_by_label(sort_desc(v), \"l\") == ignoring (l) day_of_week(v{a=\"b\",c!~`d|e`,f=~\"g.*\"})",
        "max_over_time(v[step()*2+(3s-1)^2:min_of(range(),1s)] offset -(step()/2)) + rate(v[10s] anchored @ 4)",
        "v + on (l) group_left (x) fill_left(0) fill_right(-1m) w == fill(NaN) sum(v smoothed offset 1s) by (l)",
        "info(info(v, {__name__=~\"w|.*\", l!=\"\"}), {x=\"1\"}) or start_timestamp(v) </ 3 >/ increase(w[5s] smoothed)",
        "{\"a b\", \"c.d\"='\\u00e9\\n\\x41'} offset 1h30m # end\n", "1_000 * 0x1F - -Inf + .5e-3 ^ 2 ^ 3");

    private static IReadOnlyList<byte[]> Scripts() => FuzzMutator.Texts(
        "# Of all kinds.\nload 1m\n  a{b=\"c\"} 1 2 _ 4x3 -5-1x2 stale NaN Inf\n  h {{schema:0 sum:10 count:6 buckets:[2 4] counter_reset_hint:gauge}}x9\n\neval instant at 1m a + 1\n  {b=\"c\"} 3\n",
        "load 5m\n  size {{schema:-53 count:15 sum:140 custom_values:[5 10 20] offset:1 buckets:[4 6 2]}}x5\n  x@st _ -30s\n  x _ 4\n\neval instant at 0 histogram_quantile(0.2, size)\n  expect warn msg: a\n  {} 3.75\n\nclear\n",
        "eval range from 0 to 10m step 1m sum(a)\n  {} 1 2 3+1x3\n\neval instant at 5m a +\n  expect fail\n");
}
