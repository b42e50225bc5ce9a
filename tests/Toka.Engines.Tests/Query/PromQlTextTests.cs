using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Toka.Query;
using Toka.Query.PromQL;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

public sealed class PromQlTextTests
{
    private static readonly QueryOptions All = QueryOptions.Default with
    {
        ExperimentalFunctions = true,
        ExtendedRangeSelectors = true,
        FillModifiers = true,
    };

    [Fact]
    public void What_fits_a_line_stays_on_it() =>
        Assert.Equal("sum by (job) (rate(up{a=\"b\"}[5m]))", PromQlText.Format(" sum(rate(up{a='b'}[5m]) # a comment\n)by(job)", All));

    [Fact]
    public void What_is_longer_than_a_line_is_split_level_by_level()
    {
        const string Text = "sum by (job) (rate(http_requests_total{code=~\"5..\",handler=\"/api/v1/query\"}[5m])) / on(job) group_left "
            + "topk(3, max_over_time((first_quite_long_metric_name + second_quite_long_metric_name + third_quite_long_metric_name)[1h:5m] offset 1d))";

        Assert.Equal(
            """
              sum by (job) (rate(http_requests_total{code=~"5..",handler="/api/v1/query"}[5m]))
            / on (job) group_left ()
              topk(
                3,
                max_over_time(
                  (
                      first_quite_long_metric_name + second_quite_long_metric_name
                    +
                      third_quite_long_metric_name
                  )[1h:5m] offset 1d
                )
              )
            """.ReplaceLineEndings("\n"),
            PromQlText.Format(Text.Replace("third_quite_long_metric_name", "third_quite_long_metric_name_of_an_application", StringComparison.Ordinal), All)
                .Replace("_of_an_application", "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_selector_that_is_too_long_is_not_split()
    {
        var selector = $"up{{{string.Join(',', Enumerable.Range(10, 30).Select(i => $"label{i}=\"v\""))}}}";

        Assert.Equal($"-abs(\n  {selector}\n)", PromQlText.Format($"-abs({selector})", All));
    }

    [Theory]
    [InlineData("1h", """{"type":"numberLiteral","val":"3600"}""")]
    [InlineData("-Inf", """{"type":"numberLiteral","val":"-Inf"}""")]
    [InlineData("\"a\"", """{"type":"stringLiteral","val":"a"}""")]
    [InlineData("(-time())", """{"type":"parenExpr","expr":{"type":"unaryExpr","op":"-","expr":{"type":"call","func":{"name":"time","argTypes":[],"variadic":0,"returnType":"scalar"},"args":[]}}}""")]
    [InlineData("up{a=~'b'} @ 3 offset -1m", """{"type":"vectorSelector","name":"up","matchers":[{"name":"__name__","value":"up","type":"="},{"name":"a","value":"b","type":"=~"}],"offset":-60000,"timestamp":3000,"startOrEnd":null,"anchored":false,"smoothed":false}""")]
    [InlineData("rate(up[5m*2] anchored @ end())", """{"type":"call","func":{"name":"rate","argTypes":["matrix"],"variadic":0,"returnType":"vector"},"args":[{"type":"matrixSelector","name":"up","range":600000,"matchers":[{"name":"__name__","value":"up","type":"="}],"offset":0,"timestamp":null,"startOrEnd":"end","anchored":true,"smoothed":false}]}""")]
    [InlineData("{\"a.b\"}[1h:] offset 5m", """{"type":"subquery","expr":{"type":"vectorSelector","name":"a.b","matchers":[{"name":"__name__","value":"a.b","type":"="}],"offset":0,"timestamp":null,"startOrEnd":null,"anchored":false,"smoothed":false},"range":3600000,"step":0,"offset":300000,"timestamp":null,"startOrEnd":null}""")]
    public void The_tree_has_prometheus_shape(string expression, string json) => Assert.Equal(json, Tree(expression));

    [Fact]
    public void The_tree_tells_how_vectors_match()
    {
        using var tree = JsonDocument.Parse(Tree("a >= bool on (x) group_left (y) fill_left(NaN) fill_right(2) b"));
        var matching = tree.RootElement.GetProperty("matching");

        Assert.Equal(("binaryExpr", ">=", true), (tree.RootElement.GetProperty("type").GetString(), tree.RootElement.GetProperty("op").GetString(), tree.RootElement.GetProperty("bool").GetBoolean()));
        Assert.Equal("""{"card":"many-to-one","labels":["x"],"on":true,"include":["y"],"fillValues":{"lhs":"NaN","rhs":2}}""", matching.GetRawText());
        Assert.Contains("\"matching\":null", Tree("a + 1"), StringComparison.Ordinal);
        Assert.Contains("\"card\":\"many-to-many\"", Tree("a or b"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_tells_an_aggregation_and_what_a_function_takes()
    {
        Assert.StartsWith("""{"type":"aggregation","op":"topk","expr":{"type":"vectorSelector",""", Tree("topk without (a) (3, x)"), StringComparison.Ordinal);
        Assert.EndsWith("""},"param":{"type":"numberLiteral","val":"3"},"grouping":["a"],"without":true}""", Tree("topk without (a) (3, x)"), StringComparison.Ordinal);
        Assert.Contains("""{"name":"label_join","argTypes":["vector","string","string","string"],"variadic":-1,"returnType":"vector"}""", Tree("label_join(x, \"a\", \"b\")"), StringComparison.Ordinal);
        Assert.Contains("""{"name":"round","argTypes":["vector","scalar"],"variadic":1,"returnType":"vector"}""", Tree("round(x)"), StringComparison.Ordinal);
        Assert.EndsWith("\"param\":null,\"grouping\":[],\"without\":false}", Tree("sum(x)"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_deepest_expression_that_is_allowed_has_a_tree_and_a_layout()
    {
        var deep = string.Concat(Enumerable.Repeat("abs(", 499)) + "x" + new string(')', 499);

        Assert.EndsWith(string.Concat(Enumerable.Repeat("]}", 499)), Tree(deep), StringComparison.Ordinal);
        Assert.Equal(deep, PromQlParser.Parse(PromQlText.Format(deep, All), All with { ExpressionLengthMax = 1_000_000 }).ToString());
    }

    [Fact]
    public void Every_expression_prints_and_lays_out_as_what_parses_to_itself()
    {
        var parsed = 0;
        ExpressionGen.Any.Sample(
            text =>
            {
                string printed;
                try
                {
                    printed = PromQlParser.Parse(text, All).ToString();
                }
                catch (QueryException)
                {
                    // Precedence can put a scalar where only a vector may be.
                    return true;
                }

                Interlocked.Increment(ref parsed);
                var reread = PromQlParser.Parse(PromQlText.Format(text, All), All).ToString();
                return PromQlParser.Parse(printed, All).ToString() == printed && reread == printed && Tree(printed) == Tree(reread);
            },
            iter: 1000);
        Assert.True(parsed > 500, $"only {parsed} parsed");
    }

    [Fact]
    public void A_wrong_expression_is_refused_before_anything_is_written()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);

        Assert.Throws<QueryException>(() => PromQlText.WriteTree("sum(", All, json));
        Assert.Throws<QueryException>(() => PromQlText.Format("sum(", All));
        Assert.Equal(0, json.BytesCommitted + json.BytesPending);
    }

    private static string Tree(string expression)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = PromQlText.TreeDepthMax(All) }))
        {
            PromQlText.WriteTree(expression, All, json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
