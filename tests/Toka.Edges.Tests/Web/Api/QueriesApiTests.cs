using System.Net;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Results;
using Toka.Query.Tracking;

namespace Toka.Edges.Tests.Web.Api;

public sealed class QueriesApiTests
{
    [Fact]
    public async Task A_query_is_listed_while_it_runs_with_who_asked_and_can_be_ended()
    {
        var engine = new FakeQueryEngine();
        var begun = new TaskCompletionSource();
        engine.Range = async (_, _, _, _, cancellationToken) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new MatrixValue([]);
        };
        await using var host = await StartAsync(new Canceling(engine));
        var asked = host.GetAsync("api/v1/query_range?query=sum(v)&start=0&end=60&step=15");
        await begun.Task;

        var list = await host.GetJsonAsync("api/toka/v1/queries");
        var query = Assert.Single(list.GetProperty("active").EnumerateArray());
        Assert.Equal(("sum(v)", "active", "http"), (query.GetProperty("expression").GetString(), query.GetProperty("status").GetString(), query.GetProperty("from").GetString()));
        Assert.Equal("/api/v1/query_range", query.GetProperty("path").GetString());
        Assert.StartsWith("127.0.0.1:", query.GetProperty("client").GetString(), StringComparison.Ordinal);

        using var ended = await host.Client.PostAsync($"api/toka/v1/queries/{query.GetProperty("id")}/cancel", null);
        Assert.Equal("""{"id":1,"cancelled":true}""", await ended.Content.ReadAsStringAsync());
        var (status, body) = await asked;
        Assert.Equal((HttpStatusCode)499, status);
        Assert.Contains("query 1 was ended by its number", body, StringComparison.Ordinal);
        Assert.Empty((await host.GetJsonAsync("api/toka/v1/queries")).GetProperty("active").EnumerateArray());
    }

    [Fact]
    public async Task A_query_whose_client_goes_away_is_cancelled()
    {
        var engine = new FakeQueryEngine();
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        engine.Range = async (_, _, _, _, cancellationToken) =>
        {
            begun.SetResult();
            await using var registration = cancellationToken.Register(ended.SetResult);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new MatrixValue([]);
        };
        await using var host = await StartAsync(new Canceling(engine));
        using var gone = new CancellationTokenSource();
        var asked = host.Client.GetAsync("api/v1/query_range?query=sum(v)&start=0&end=60&step=15", gone.Token);
        await begun.Task;
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await ended.Task;
    }

    [Theory]
    [InlineData("7")]
    [InlineData("-1")]
    [InlineData("x")]
    public async Task What_does_not_run_cannot_be_ended(string id)
    {
        await using var host = await StartAsync(new FakeQueryEngine());
        using var answer = await host.Client.DeleteAsync($"api/toka/v1/queries/{id}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains($"No query with the number {id} runs", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_queries_and_those_that_reached_a_limit_are_listed()
    {
        var engine = new FakeQueryEngine { Instant = static (expression, _) => expression == "big" ? throw new QueryException(QueryErrorType.Execution, "too many") { Limit = "samples_max" } : new VectorValue([]) };
        await using var host = await StartAsync(engine);
        await host.GetAsync("api/v1/query?query=up");
        await host.GetAsync("api/v1/query?query=big");

        var list = await host.GetJsonAsync("api/toka/v1/queries");
        Assert.Equal(2, list.GetProperty("slowest").GetArrayLength());
        var limited = Assert.Single(list.GetProperty("limited").EnumerateArray());
        Assert.Equal(("big", "samples_max", "too many"), (limited.GetProperty("expression").GetString(), limited.GetProperty("limit").GetString(), limited.GetProperty("error").GetString()));
    }

    private static async Task<WebHost> StartAsync(IQueryEngine engine)
    {
        var tracked = new QueryRegistry(engine, new SelfMetrics(), TimeProvider.System);
        return await WebHost.StartAsync(services => services with { Queries = tracked, Tracked = tracked });
    }

    /// <summary>Says of a cancellation what the engine says.</summary>
    private sealed class Canceling(IQueryEngine inner) : IQueryEngine
    {
        public async ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
        {
            try
            {
                return await inner.RunAsync(request, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                throw new QueryException(QueryErrorType.Canceled, "query was canceled by its caller");
            }
        }
    }
}
