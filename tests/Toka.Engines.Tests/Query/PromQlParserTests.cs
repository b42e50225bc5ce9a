using CsCheck;
using Toka.Query;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

public sealed class PromQlParserTests
{
    private static readonly QueryOptions Experimental = QueryOptions.Default with
    {
        ExperimentalFunctions = true,
        ExtendedRangeSelectors = true,
        FillModifiers = true,
    };

    public static TheoryData<string, string> Canonical => new()
    {
        { "up", "up" },
        { "up{}", "up" },
        { "up{job='a',}", "up{job=\"a\"}" },
        { "{\"my.metric\", \"lab.el\"=\"x\"}", "{\"my.metric\",\"lab.el\"=\"x\"}" },
        { "{__name__=~'a|b', c!='d', e!~`f\\d`}", "{__name__=~\"a|b\",c!=\"d\",e!~\"f\\\\d\"}" },
        { "SUM(x)BY(a,b)", "sum by (a, b) (x)" },
        { "sum without() (x)", "sum without () (x)" },
        { "topk ( 3 , x )", "topk(3, x)" },
        { "count_values('v', x)", "count_values(\"v\", x)" },
        { "rate(x[90s])", "rate(x[1m30s])" },
        { "x[5m:] offset -1h @ 10", "x[5m:] @ 10.000 offset -1h" },
        { "max_over_time((a+b)[1h:30s])", "max_over_time((a + b)[1h:30s])" },
        { "x @ start() offset 1d", "x @ start() offset 1d" },
        { "a+on(x)group_left(y)b", "a + on (x) group_left (y) b" },
        { "a>bool ignoring(x) b", "a > bool ignoring (x) b" },
        { "a and on() b unless c or d", "a and on () b unless c or d" },
        { "-a^2*3", "-a ^ 2 * 3" },
        { "1e3 + 0x1F + .5 + Inf - nan", "1000 + 31 + 0.5 + Inf - NaN" },
        { "time() # the clock\n", "time()" },
        { "sum", "sum" },
        { "Inf ^ -x", "Inf ^ -x" },
        { "by{on=\"1\"}", "by{on=\"1\"}" },
        { "sum by (by, on) (sum)", "sum by (by, on) (sum)" },
        { "job:rate5m", "job:rate5m" },
        { "x{b='1',a='2',\"c.d\"='3'}", "x{\"c.d\"=\"3\",a=\"2\",b=\"1\"}" },
        { "1h30m + -5m * 90", "1h30m + -5m * 90" },
        { "1_000_000 + 0x_53_AB_F3_82 + .12_5", "1000000 + 1403777922 + 0.125" },
        { "a + ignoring() group_left() b", "a + ignoring () group_left () b" },
        { "a + on(x) group_right(y, \"z.\") b", "a + on (x) group_right (y, \"z.\") b" },
        { "h </ 5 == h >/ -Inf", "h </ 5 == h >/ -Inf" },
        { "h</5+1", "h </ 5 + 1" },
        { "x[1800]", "x[30m]" },
        { "x[(5m)]", "x[5m]" },
        { "x[5m*2]", "x[5m * 2]" },
        { "x[2m*(10+5)] offset -(20*500ms)", "x[2m * (10 + 5)] offset -(20 * 500ms)" },
        { "x[24m+((1.5*2m)+2m)]", "x[24m + ((1.5 * 2m) + 2m)]" },
        { "x[2^(3)^0.5]", "x[2 ^ 3 ^ 0.5]" },
        { "x[1h-(-5m)+(-2)^2]", "x[1h - -5m + (-2) ^ 2]" },
        { "x[STEP()+range():MAX_OF(step(),1)-(range())] @ end()", "x[step() + range():max_of(step(), 1) - (range())] @ end()" },
        { "x offset 100 + 2", "x offset 1m40s + 2" },
        { "x offset -2 ^ 2", "x offset -2s ^ 2" },
        { "x offset (-2 ^ 2)", "x offset (-2 ^ 2)" },
        { "x offset +min_of(step(), 1s) * 3", "x offset min_of(step(), 1s) * 3" },
        { "x offset -step() @ 5", "x @ 5.000 offset -step()" },
        { "x[1m] offset (1h - step())", "x[1m] offset (1h - step())" },
        { "fill + fill_left{fill=\"a\"} - fill_right", "fill + fill_left{fill=\"a\"} - fill_right" },
        { "anchored + smoothed{anchored=\"x\"}", "anchored + smoothed{anchored=\"x\"}" },
        { "min_of + max_of + range + step + start + end", "min_of + max_of + range + step + start + end" },
        { "sum by (anchored, fill, step, offset, bool) (offset)", "sum by (anchored, fill, step, offset, bool) (offset)" },
        { "\"a\\xc5z\\U0001F600\\t\"", "\"a\\xc5z\U0001F600\\t\"" },
    };

    public static TheoryData<string, string> Features => new()
    {
        { "a + fill(0) b", "a + fill (0) b" },
        { "a + fill_right(-1.5) fill_left(inf) b", "a + fill_left (+Inf) fill_right (-1.5) b" },
        { "a >= bool on(x) group_left(y) FILL_LEFT(NaN) b", "a >= bool on (x) group_left (y) fill_left (NaN) b" },
        { "a + fill(1m) fill", "a + fill (60) fill" },
        { "rate(x[5m] anchored)", "rate(x[5m] anchored)" },
        { "increase(x[5m] offset 1m smoothed @ 3)", "increase(x[5m] smoothed @ 3.000 offset 1m)" },
        { "x smoothed offset 5m @ start()", "x @ start() smoothed offset 5m" },
        { "anchored smoothed", "anchored smoothed" },
        { "min_of(step(), range()) + start() - end()", "min_of(step(), range()) + start() - end()" },
        { "info(rate(x[5m]))", "info(rate(x[5m]))" },
        { "info(x, {version=~'.*', __name__=~\"build_.+\"})", "info(x, {__name__=~\"build_.+\",version=~\".*\"})" },
    };

    public static TheoryData<string, string> Faults => new()
    {
        { "", "1:1: parse error: no expression found in input" },
        { "a b", "1:3: parse error: unexpected identifier \"b\"" },
        { "sum(a,\n  b))", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2" },
        { "rate(x)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector" },
        { "x[5m", "1:5: parse error: unexpected end of input in range selector, expected \"]\" or \":\"" },
        { "x[5mm]", "1:3: parse error: bad number or duration syntax: \"5mm\"" },
        { "x[0s]", "1:3: parse error: duration must be greater than 0" },
        { "1__000", "1:1: parse error: bad number or duration syntax: \"1__000\"" },
        { "1 + 1e309", "1:5: parse error: \"1e309\" is larger than any number" },
        { "x[5m] offset (1e309 - 1e309)", "parse error: \"1e309\" is larger than any number" },
        { "1_000_", "1:1: parse error: bad number or duration syntax: \"1_000_\"" },
        { "1_.5", "1:1: parse error: bad number or duration syntax: \"1_.5\"" },
        { "x[5m-10m]", "1:3: parse error: duration must be greater than 0" },
        { "x[5m:1-1]", "1:6: parse error: duration must be greater than 0" },
        { "x[1h/(2-2)]", "1:6: parse error: division by zero" },
        { "x[1h%0]", "1:6: parse error: modulo by zero" },
        { "x[10^300]", "1:3: parse error: duration out of range: 1e+300 s" },
        { "x offset 1e30", "1:10: parse error: duration out of range" },
        { "x offset inf", "1:10: parse error: duration out of range: inf" },
        { "x[(-1)^0.5]", "1:3: parse error: duration out of range" },
        { "x[foo()]", "1:3: parse error: unexpected identifier \"foo\" in range selector, expected number, duration, step(), or range()" },
        { "x[]", "1:3: parse error: unexpected \"]\" in range selector" },
        { "x[5m:foo]", "1:6: parse error: unexpected identifier \"foo\" in subquery selector" },
        { "x[step(1)]", "1:8: parse error: unexpected number \"1\" in range selector, expected \")\"" },
        { "x offset -", "1:11: parse error: unexpected end of input in offset" },
        { "x @ 1e300", "1:5: parse error: timestamp out of bounds for @ modifier: 1e300" },
        { "a + fill(0) b", "1:5: parse error: binop fill modifiers are experimental and not enabled" },
        { "x[5m] anchored", "1:7: parse error: anchored modifier is experimental and not enabled" },
        { "x{a=\"\\xff\"}", "1:5: parse error: the string is not valid UTF-8" },
        { "h </ bool 5", "1:6: parse error: bool modifier can only be used on comparison operators" },
        { "\"open", "1:1: parse error: unterminated quoted string" },
        { "x{a=~\"(\"}", "1:6: parse error: regular expression" },
        { "x offset 1h offset 2h", "1:13: parse error: offset may not be set multiple times" },
        { "rate(x[1m]) offset 5m", "1:13: parse error: offset modifier must be preceded by an instant vector selector" },
        { "1 == 2", "1:3: parse error: comparisons between scalars must use BOOL modifier" },
        { "a + bool b", "1:5: parse error: bool modifier can only be used on comparison operators" },
        { "a and on(x) group_left b", "1:13: parse error: no grouping allowed for \"and\" operation" },
        { "nosuch(x)", "1:1: parse error: unknown function with name \"nosuch\"" },
        { "histogram_quantil(0.9, x)", "did you mean \"histogram_quantile\"?" },
        { "x ~ y", "1:3: parse error: unexpected character: '~'" },
    };

    public static TheoryData<string, string> FeatureFaults => new()
    {
        { "a and fill(0) b", "1:7: parse error: filling in missing series not allowed for set operators" },
        { "a + fill(0) 1", "1:3: parse error: filling in missing series only allowed between instant vectors" },
        { "a + fill(0) fill_left(1) b", "1:13: parse error: fill_left fills a side that is filled already" },
        { "a + fill(b) b", "1:10: parse error: unexpected identifier \"b\" in fill modifier, expected number" },
        { "x[5m] anchored smoothed", "1:16: parse error: anchored and smoothed modifiers cannot be used together" },
        { "x[5m:] smoothed", "1:8: parse error: smoothed modifier is not supported for subqueries" },
        { "rate(x[5m]) smoothed", "1:13: parse error: smoothed modifier must be preceded by a selector" },
        { "info(x, y)", "1:9: parse error: expected label selectors only" },
        { "info(x, {a=\"b\"}, z)", "expected at most 2 argument(s) in call to \"info\", got 3" },
    };

    [Theory]
    [MemberData(nameof(Canonical))]
    public void An_expression_prints_canonically_and_its_print_parses_to_the_same(string expression, string printed)
    {
        var parsed = PromQlParser.Parse(expression);

        Assert.Equal(printed, parsed.ToString());
        Assert.Equal(printed, PromQlParser.Parse(printed).ToString());
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void What_a_flag_allows_prints_canonically_too(string expression, string printed)
    {
        Assert.Equal(printed, PromQlParser.Parse(expression, Experimental).ToString());
        Assert.Equal(printed, PromQlParser.Parse(printed, Experimental).ToString());
    }

    [Theory]
    [MemberData(nameof(FeatureFaults))]
    public void A_fault_of_what_a_flag_allows_is_named_with_its_place(string expression, string message)
    {
        var fault = Assert.Throws<QueryException>(() => PromQlParser.Parse(expression, Experimental));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_with_its_place(string expression, string message)
    {
        var fault = Assert.Throws<QueryException>(() => PromQlParser.Parse(expression));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(QueryErrorType.BadData, fault.Type);
    }

    [Fact]
    public void Nodes_know_their_place_in_the_text()
    {
        const string Text = "sum(rate(x{a=\"b\"}[5m])) / 2";
        var nodes = ExprWalker.Nodes(PromQlParser.Parse(Text)).ToDictionary(node => node.GetType().Name, node => Text[node.Position.Start..node.Position.End]);

        Assert.Equal(Text, nodes[nameof(BinaryExpr)]);
        Assert.Equal("sum(rate(x{a=\"b\"}[5m]))", nodes[nameof(AggregateExpr)]);
        Assert.Equal("x{a=\"b\"}[5m]", nodes[nameof(MatrixSelector)]);
        Assert.Equal("x{a=\"b\"}", nodes[nameof(VectorSelector)]);
    }

    [Fact]
    public void Experimental_functions_must_be_allowed()
    {
        Assert.Throws<QueryException>(() => PromQlParser.Parse("mad_over_time(x[1m])"));
        Assert.Throws<QueryException>(() => PromQlParser.Parse("limitk(1, x)"));
        Assert.Equal("mad_over_time(x[1m])", PromQlParser.Parse("mad_over_time(x[1m])", Experimental).ToString());
    }

    [Fact]
    public void Deep_and_long_expressions_are_refused_by_the_limits_name()
    {
        var deep = new string('(', 100_000);
        var signs = new string('-', 60_000) + "x";
        var chain = string.Join("+", Enumerable.Repeat("x", 20_000));
        var calls = string.Concat(Enumerable.Repeat("abs(", 10_000));
        var range = "x[" + new string('(', 60_000);
        var negated = "x[" + new string('-', 60_000) + "1]";
        var sums = $"x[{string.Join("+", Enumerable.Repeat("1", 20_000))}]";
        var powers = $"x offset ({string.Join("^", Enumerable.Repeat("1", 20_000))})";
        var choices = "x offset " + string.Concat(Enumerable.Repeat("min_of(1,", 7000));

        Assert.Contains("expression_length_max", Assert.Throws<QueryException>(() => PromQlParser.Parse(deep)).Message, StringComparison.Ordinal);
        foreach (var expression in new[] { deep[..60_000], signs, chain, calls, range, negated, sums, powers, choices })
        {
            Assert.Contains("expression_depth_max", Assert.Throws<QueryException>(() => PromQlParser.Parse(expression)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Mutated_expressions_parse_or_fail_by_name_and_what_parses_prints_stably()
    {
        string[] seeds =
        [
            .. Canonical.Select(row => row.Data.Item1), .. Faults.Select(row => row.Data.Item1),
            .. Features.Select(row => row.Data.Item1), .. FeatureFaults.Select(row => row.Data.Item1),
            "histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m])))", "label_replace(x, \"a\", \"$1\", \"b\", \"(.*)\")",
        ];
        const string Alphabet = "{}[]()\"'`,:@+-*/%^=!<>~#_ \n\\\u00e91234567890abcdefgimnorsuxy$";
        var edits = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, Alphabet.Length - 1], Gen.Int[0, 2]).Array[1, 8];
        Gen.Select(Gen.Int[0, seeds.Length - 1], edits).Sample((seed, changes) =>
        {
            var text = seeds[seed];
            foreach (var (place, letter, kind) in changes)
            {
                var at = place % (text.Length + 1);
                text = kind switch
                {
                    0 => text.Insert(at, Alphabet[letter].ToString()),
                    1 when at < text.Length => text.Remove(at, 1),
                    _ => string.Concat(text.AsSpan(at), text.AsSpan(0, at)),
                };
            }

            try
            {
                var printed = PromQlParser.Parse(text, Experimental).ToString();
                return PromQlParser.Parse(printed, Experimental).ToString() == printed;
            }
            catch (QueryException e)
            {
                return e.Message.Contains("parse error:", StringComparison.Ordinal);
            }
        }, iter: 20_000);
    }

    [Fact]
    public void Durations_print_and_read_back_the_same() =>
        Gen.Long[1, 1_000_000_000_000].Sample(ms => NumberFormat.TryParseDuration(NumberFormat.PrintDuration(ms), out var back) && back == ms);

    [Fact]
    public void Numbers_print_without_exponent_and_read_back_the_same() => Gen.Double.Sample(value =>
    {
        var text = NumberFormat.Print(value);
        return !text.Contains('E', StringComparison.Ordinal) && NumberFormat.TryParse(text, out var back) && back.Equals(value);
    });
}
