using System.Net;
using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Query.Results;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class QueryApiTests
{
    [Fact]
    public async Task An_instant_vector_has_Prometheus_shape()
    {
        await using var host = await WebHost.StartAsync();
        host.Engine.Instant = static (_, time) => new VectorValue(
        [
            new VectorSample(LabelSet.Of(("__name__", "up"), ("quote", "a\"b\\c\nd"), ("ü", "é")), time, 1.5),
            new VectorSample(LabelSet.Empty, time, double.NaN),
        ]);
        var (status, body) = await host.GetAsync("api/v1/query?query=up&time=1700000000.5");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","quote":"a\"b\\c\nd","ü":"é"},"value":[1700000000.500,"1.5"]},{"metric":{},"value":[1700000000.500,"NaN"]}]}}""",
            body);
        Assert.Equal(("up", 1_700_000_000_500), host.Engine.Instants.Single());
    }

    [Fact]
    public async Task Scalars_and_strings_are_single_points()
    {
        await using var host = await WebHost.StartAsync();
        host.Engine.Instant = static (expression, time) => expression == "s" ? new StringValue(time, "hi \"you\"") : new ScalarValue(time, double.NegativeInfinity);
        Assert.Equal("""{"status":"success","data":{"resultType":"scalar","result":[7,"-Inf"]}}""", (await host.GetAsync("api/v1/query?query=1&time=7")).Body);
        Assert.Equal("""{"status":"success","data":{"resultType":"string","result":[7,"hi \"you\""]}}""", (await host.GetAsync("api/v1/query?query=s&time=7")).Body);
    }

    [Fact]
    public async Task Of_many_notes_of_the_language_ten_are_told_and_all_of_the_store()
    {
        await using var host = await WebHost.StartAsync();
        host.Engine.Infos = [.. Enumerable.Range(0, 30).Select(static i => $"PromQL info: {i} (1:1)"), "summaries answered"];
        var (_, body) = await host.GetAsync("api/v1/query_range?query=ramp&start=10&end=12&step=1");

        Assert.EndsWith(""","PromQL info: 9 (1:1)","summaries answered","20 more info annotations omitted"]}""", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_matrix_has_columns_of_points_with_warnings_and_infos_beside_it()
    {
        await using var host = await WebHost.StartAsync();
        host.Engine.Warnings = ["careful"];
        host.Engine.Infos = ["by the way"];
        var (_, body) = await host.GetAsync("api/v1/query_range?query=ramp&start=10&end=12.25&step=1s");
        Assert.Equal(
            """{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"ramp"},"values":[[10,"10"],[11,"11"],[12,"12"]]}]},"warnings":["careful"],"infos":["by the way"]}""",
            body);
        Assert.Equal(("ramp", 10_000, 12_250, 1000), host.Engine.Ranges.Single());
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("&resolution=auto", false)]
    [InlineData("&resolution=raw", true)]
    public async Task Raw_samples_are_read_where_they_are_asked_for(string parameter, bool raw)
    {
        await using var host = await WebHost.StartAsync();
        host.Engine.Raw = new FakeQueryEngine();
        await host.GetAsync($"api/v1/query?query=up&time=1{parameter}");
        await host.GetAsync($"api/v1/query_range?query=ramp&start=0&end=1&step=1{parameter}");
        Assert.Equal(raw ? (0, 0) : (1, 1), (host.Engine.Instants.Count, host.Engine.Ranges.Count));
        Assert.Equal(raw ? (1, 1) : (0, 0), (host.Engine.Raw.Instants.Count, host.Engine.Raw.Ranges.Count));
    }

    [Theory]
    [InlineData("api/v1/query", "query=up&time=12")]
    [InlineData("api/v1/query_range", "query=ramp%2B1&start=1&end=5&step=1")]
    [InlineData("api/v1/series", "match[]=up")]
    [InlineData("api/v1/labels", "limit=1")]
    public async Task A_form_is_answered_as_the_same_URL_is(string path, string parameters)
    {
        await using var host = await WebHost.StartAsync(static s => s with { Series = new FakeSeries(LabelSet.Of(("__name__", "up"), ("job", "x"))) });
        var (_, get) = await host.GetAsync($"{path}?{parameters}");
        using var content = new StringContent(parameters, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var post = await host.Client.PostAsync(path, content);
        Assert.Equal(HttpStatusCode.OK, post.StatusCode);
        Assert.Equal(get, await post.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("api/v1/query", "query")]
    [InlineData("api/v1/query?query=", "query")]
    [InlineData("api/v1/query?query=up&time=noon", "time")]
    [InlineData("api/v1/query?query=up&limit=-1", "limit")]
    [InlineData("api/v1/query?query=up&timeout=soon", "timeout")]
    [InlineData("api/v1/query?query=up&resolution=fine", "resolution")]
    [InlineData("api/v1/query_range?query=up&start=0&end=1&step=1&resolution=10s", "resolution")]
    [InlineData("api/v1/query_range?query=up&end=1&step=1", "start")]
    [InlineData("api/v1/query_range?query=up&start=2&end=1&step=1", "end")]
    [InlineData("api/v1/query_range?query=up&start=0&end=1&step=0", "step")]
    [InlineData("api/v1/query_range?query=up&start=0&end=1&step=x", "step")]
    [InlineData("api/v1/series", "match[]")]
    public async Task A_wrong_parameter_is_named(string path, string parameter)
    {
        await using var host = await WebHost.StartAsync();
        var (status, body) = await host.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith($$"""{"status":"error","errorType":"bad_data","error":"invalid parameter \"{{parameter}}\": """, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_points_are_refused_in_Prometheus_words()
    {
        await using var live = await LiveStore.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await live.Host.GetAsync("api/v1/query_range?query=up&start=0&end=11000&step=1")).Status);
        var (status, body) = await live.Host.GetAsync("api/v1/query_range?query=up&start=0&end=11001&step=1");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("exceeded maximum resolution of 11,000 points per timeseries", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad", 400, "bad_data")]
    [InlineData("execution", 422, "execution")]
    [InlineData("timeout", 503, "timeout")]
    [InlineData("limit", 422, "execution")]
    [InlineData("fault", 500, "internal")]
    public async Task A_failed_query_has_the_status_and_type_that_Prometheus_gives(string kind, int status, string type)
    {
        await using var host = await WebHost.StartAsync();
        host.Engine.Instant = (_, _) => throw (kind switch
        {
            "bad" => new QueryException(QueryErrorType.BadData, "1:3: parse error"),
            "execution" => new QueryException(QueryErrorType.Execution, "many-to-many"),
            "timeout" => new QueryException(QueryErrorType.Timeout, "too slow"),
            "limit" => new LimitExceededException("series", "too many series"),
            _ => (Exception)new InvalidOperationException("secret detail"),
        });
        var (actual, body) = await host.GetAsync("api/v1/query?query=up");
        Assert.Equal(status, (int)actual);
        Assert.Contains($"\"errorType\":\"{type}\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret detail", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Until_the_server_is_ready_queries_are_answered_from_what_there_is()
    {
        await using var host = await WebHost.StartAsync(static s => s with { NotReady = static () => "the log is being read" });
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("api/v1/query?query=up")).Item1);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("api/v1/labels")).Item1);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.GetAsync("-/ready")).Item1);
    }

    [Fact]
    public async Task When_the_store_is_closed_queries_are_unavailable()
    {
        await using var host = await WebHost.StartAsync(static s => s with { NoQueries = static () => "the store is closed" });
        var (status, body) = await host.GetAsync("api/v1/query?query=up");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("""{"status":"error","errorType":"unavailable","error":"the store is closed"}""", body);
    }

    [Fact]
    public async Task A_limit_cuts_the_answer_and_says_so()
    {
        await using var host = await WebHost.StartAsync();
        host.Engine.Instant = static (_, time) => new VectorValue([new(LabelSet.Of(("a", "1")), time, 1), new(LabelSet.Of(("a", "2")), time, 2)]);
        var json = await host.GetJsonAsync("api/v1/query?query=up&limit=1");
        Assert.Equal(1, json.GetProperty("data").GetProperty("result").GetArrayLength());
        Assert.Equal("results truncated due to limit", json.GetProperty("warnings")[0].GetString());
    }

    [Fact]
    public async Task A_large_answer_arrives_whole_with_and_without_gzip()
    {
        await using var host = await WebHost.StartAsync();
        var path = "api/v1/query_range?query=ramp&start=0&end=10000&step=1";
        var (_, plain) = await host.GetAsync(path);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using var response = await host.Client.SendAsync(request);
        Assert.Equal("gzip", response.Content.Headers.ContentEncoding.Single());
        await using var unzipped = new System.IO.Compression.GZipStream(await response.Content.ReadAsStreamAsync(), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(unzipped);
        Assert.Equal(plain, await reader.ReadToEndAsync());
        Assert.EndsWith("[10000,\"10000\"]]}]}}", plain, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(900_000, 200)]
    [InlineData(2_000_000, 413)]
    public async Task A_form_has_a_limit(int length, int status)
    {
        await using var host = await WebHost.StartAsync();
        using var content = new StringContent("query=" + new string('x', length), Encoding.UTF8, "application/x-www-form-urlencoded");

        // As clients of large bodies do: else the refusal may come while the body is still being sent into a closed connection.
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/query") { Content = content, Headers = { ExpectContinue = true } };
        using var response = await host.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_query_that_takes_longer_than_its_timeout_is_a_timeout()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var host = await WebHost.StartAsync(s => s with { Time = time });
        var started = new TaskCompletionSource();
        host.Engine.Range = async (_, _, _, _, cancellationToken) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new MatrixValue([]);
        };
        var answer = host.GetAsync("api/v1/query_range?query=up&start=0&end=1&step=1&timeout=5s");
        await started.Task;
        time.Advance(TimeSpan.FromSeconds(6));
        var (status, body) = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("\"errorType\":\"timeout\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_answer_is_not_compressed()
    {
        await using var host = await WebHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/query?query=up");
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using var response = await host.Client.SendAsync(request);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal(response.Content.Headers.ContentLength, (await response.Content.ReadAsByteArrayAsync()).Length);
    }
}
