using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Toka.Edges.Tests.Cli;

public sealed class QueryCommandTests
{
    private const string Vector = """
        {"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"__name__":"up","job":"a,b"},"value":[1769860800,"1"]},
        {"metric":{"__name__":"up","job":"x|y"},"value":[1769860800.5,"0.30000000000000004"]}]},"warnings":["only half was read"]}
        """;

    private const string Matrix = """
        {"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1769860800,"NaN"],[1769860860,"+Inf"]]}]}}
        """;

    [Theory]
    [InlineData("[[1,\"-2\",\"-1\",\"1\"],[3,\"-0.001\",\"0.001\",\"2\"],[0,\"1\",\"2\",\"3\"],[0,\"8\",\"16\",\"4\"]]", "{count:10, sum:20.5, [-2,-1):1, [-0.001,0.001]:2, (1,2]:3, (8,16]:4}")]
    [InlineData("[[3,\"-Inf\",\"0.3\",\"4\"],[0,\"0.3\",\"5\",\"5\"],[0,\"7\",\"+Inf\",\"1\"]]", "{count:10, sum:20.5, [-Inf,0.3]:4, (0.3,5]:5, (7,+Inf]:1}")]
    [InlineData("[]", "{count:10, sum:20.5}")]
    public async Task A_native_histogram_is_printed_with_its_buckets_and_goes_on_as_JSON_as_it_came(string buckets, string text)
    {
        var histogram = "{\"count\":\"10\",\"sum\":\"20.5\",\"buckets\":" + buckets + "}";
        var vector = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"h\"},\"histogram\":[1,"
            + histogram + "]}]}}";
        var matrix = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"__name__\":\"h\"},\"histograms\":[[1,"
            + histogram + "]]}]}}";

        foreach (var answer in (string[])[vector, matrix])
        {
            var table = await CliRun.Of(["query", "h"], _ => (HttpStatusCode.OK, answer));
            var json = await CliRun.Of(["query", "h", "--output", "json"], _ => (HttpStatusCode.OK, answer));

            Assert.Equal(0, table.Status);
            Assert.Contains(text, table.Out, StringComparison.Ordinal);
            Assert.Contains(histogram, string.Concat(json.Out.Where(static c => !char.IsWhiteSpace(c))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_vector_is_printed_as_aligned_columns_and_its_warnings_go_to_stderr()
    {
        var run = await CliRun.Of(["query", "up"], static _ => (HttpStatusCode.OK, Vector));
        Assert.Equal(0, run.Status);
        Assert.Equal(
            """
            series         time                                    value
            up{job="a,b"}  2026-01-31T12:00:00Z                        1
            up{job="x|y"}  2026-01-31T12:00:00.500Z  0.30000000000000004

            """,
            run.Out);
        Assert.Equal("toka: only half was read\n", run.Error);
        Assert.Equal("POST /api/v1/query query=up&time=1769860800", Assert.Single(run.Requests));
    }

    [Fact]
    public async Task Csv_quotes_and_markdown_escapes_what_would_break_a_row()
    {
        var csv = await CliRun.Of(["query", "up", "--output", "csv"], static _ => (HttpStatusCode.OK, Vector));
        Assert.Equal("series,time,value\r\n\"up{job=\"\"a,b\"\"}\",2026-01-31T12:00:00Z,1\r\n\"up{job=\"\"x|y\"\"}\",2026-01-31T12:00:00.500Z,0.30000000000000004\r\n", csv.Out);
        var markdown = await CliRun.Of(["query", "up", "-o", "markdown"], static _ => (HttpStatusCode.OK, Vector));
        Assert.Contains("| up{job=\"x\\|y\"} | 2026-01-31T12:00:00.500Z | 0.30000000000000004 |", markdown.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_what_Prometheus_gives_as_data()
    {
        var run = await CliRun.Of(["query", "up", "--output", "json", "--from", "now-1m", "--step", "60"], static _ => (HttpStatusCode.OK, Matrix));
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal("matrix", json.RootElement.GetProperty("resultType").GetString());
        Assert.Equal("[[1769860800,\"NaN\"],[1769860860,\"+Inf\"]]", string.Concat(json.RootElement.GetProperty("result")[0].GetProperty("values").GetRawText().Where(static c => !char.IsWhiteSpace(c))));
        Assert.Equal("POST /api/v1/query_range query=up&start=1769860740&end=1769860800&step=60", Assert.Single(run.Requests));
    }

    [Fact]
    public async Task Raw_samples_are_asked_for_where_they_are_preferred()
    {
        var run = await CliRun.Of(["query", "up", "--time", "2026-01-31T12:00:00Z", "--resolution", "raw"], static _ => (HttpStatusCode.OK, Matrix));
        Assert.Equal("POST /api/v1/query query=up&time=1769860800&resolution=raw", Assert.Single(run.Requests));
        Assert.Equal(2, (await CliRun.Of(["query", "up", "--resolution", "1m"])).Status);
    }

    [Fact]
    public async Task A_range_without_a_step_gets_a_sixtieth_of_it()
    {
        var run = await CliRun.Of(["query", "up", "--from", "2026-01-31T11:00:00Z"], static _ => (HttpStatusCode.OK, Matrix));
        Assert.EndsWith("start=1769857200&end=1769860800&step=60", Assert.Single(run.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expression_that_the_server_refuses_is_bad_input_in_its_words()
    {
        var run = await CliRun.Of(["query", "up("], static _ => (HttpStatusCode.BadRequest, """{"status":"error","errorType":"bad_data","error":"1:4: parse error: unclosed left parenthesis"}"""));
        Assert.Equal(2, run.Status);
        Assert.Equal("toka: 1:4: parse error: unclosed left parenthesis\n", run.Error);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task Where_nothing_answers_one_line_says_what_to_do()
    {
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}";
        closed.Dispose();
        var run = await CliRun.Of(["query", "up", "--url", url]);
        Assert.Equal(2, run.Status);
        Assert.Equal($"toka: nothing answers at {url}: start it with `toka serve`, or name another with --url\n", run.Error);
    }

    [Theory]
    [InlineData("{\"status\":\"success\"}")]
    [InlineData("<html></html>")]
    [InlineData("""{"data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}""")]
    [InlineData("""{"data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}""")]
    public async Task What_does_not_speak_the_API_is_named_not_a_fault_of_tokas_own(string body)
    {
        var run = await CliRun.Of(["query", "up"], _ => (HttpStatusCode.OK, body));
        Assert.Equal(2, run.Status);
        Assert.Contains("does not speak toka's API", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_of_labels_do_not_reach_the_terminal()
    {
        var run = await CliRun.Of(["query", "up"], static _ => (HttpStatusCode.OK, """{"data":{"resultType":"vector","result":[{"metric":{"a":"\u001b[2J"},"value":[1,"1"]}]}}"""));
        Assert.Contains("\\x1b[2J", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Out);
    }
}
