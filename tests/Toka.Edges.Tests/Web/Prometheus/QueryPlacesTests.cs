using Microsoft.Extensions.Time.Testing;
using Toka.Query;
using Toka.Query.Results;
using Toka.Web;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class QueryPlacesTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_query_that_waits_too_long_for_a_place_names_the_limit_of_places()
    {
        var time = new FakeTimeProvider();
        var done = new TaskCompletionSource();
        await using var host = await WebHost.StartAsync(s => s with { Time = time, Limits = new WebLimits { MaxConcurrentQueries = 1 } });
        host.Engine.Range = async (_, _, _, _, cancellationToken) =>
        {
            await done.Task.WaitAsync(cancellationToken);
            return new MatrixValue([]);
        };
        using var places = new QueryPlaces(host.Services);
        var first = places.RunAsync(QueryRequest.Range("up", 0, 1, 1), 2 * s_limit, CancellationToken.None).AsTask();
        var second = places.RunAsync(QueryRequest.Instant("up", 0), s_limit, CancellationToken.None).AsTask();
        time.Advance(s_limit);

        var fault = await Assert.ThrowsAsync<QueryException>(() => second);
        Assert.Equal((QueryErrorType.Timeout, "concurrency_max"), (fault.Type, fault.Limit));
        Assert.Contains("query waited 5 s for a place: 1 queries ran all the time, the limit query.concurrency_max", fault.Message, StringComparison.Ordinal);
        done.SetResult();
        Assert.Equal(TimeSpan.Zero, (await first).Waited);
        Assert.Equal(TimeSpan.Zero, (await places.RunAsync(QueryRequest.Instant("up", 0), s_limit, CancellationToken.None)).Waited);
    }

    [Fact]
    public async Task The_engine_says_where_a_query_was_when_its_time_was_over()
    {
        var time = new FakeTimeProvider();
        await using var host = await WebHost.StartAsync(s => s with { Time = time });
        TimeSpan? told = null;
        var engine = new Asked(request => told = request.Timeout);
        using var places = new QueryPlaces(host.Services with { Queries = engine });
        await places.RunAsync(QueryRequest.Instant("up", 0), s_limit, CancellationToken.None);

        Assert.Equal(s_limit, told);
    }

    [Theory]
    [InlineData("federate?match[]=up")]
    [InlineData("api/v1/query_exemplars?query=up")]
    public async Task What_reads_as_much_as_a_query_takes_one_of_their_places(string path)
    {
        var (entered, leave) = (new TaskCompletionSource(), new TaskCompletionSource());
        var series = new StagedSeries((_, cancellationToken) =>
        {
            entered.SetResult();
            return leave.Task.WaitAsync(cancellationToken);
        });
        await using var host = await WebHost.StartAsync(s => s with { Series = series, Limits = s.Limits with { MaxConcurrentQueries = 1 } });
        var answer = host.GetAsync(path);
        await entered.Task;

        var (status, body) = await host.GetAsync("api/v1/query?query=1&timeout=0.001");
        Assert.Equal(503, (int)status);
        Assert.Contains("query.concurrency_max", body, StringComparison.Ordinal);
        leave.SetResult();
        Assert.Equal(200, (int)(await answer).Status);
        Assert.Equal(200, (int)(await host.GetAsync("api/v1/query?query=1")).Status);
    }

    private sealed class Asked(Action<QueryRequest> tell) : IQueryEngine
    {
        public ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
        {
            tell(request);
            return new(new QueryResult(new VectorValue([]), [], [], new QueryStatistics(0, 0, TimeSpan.Zero)));
        }
    }
}
