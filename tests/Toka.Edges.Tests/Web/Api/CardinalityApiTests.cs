using System.Net;
using Toka.Core.Series;

namespace Toka.Edges.Tests.Web.Api;

public sealed class CardinalityApiTests
{
    private readonly Feed _feed = new();

    [Fact]
    public async Task What_grew_and_who_made_new_series_is_answered_with_null_for_what_is_not_known()
    {
        await using var host = await WebHost.StartAsync(services => services with { Cardinality = _feed });
        var (status, body) = await host.GetAsync("api/toka/v1/cardinality?limit=7&since=10");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"series":40,"labelPairs":60,"recordedAtMs":null,"entries":[{"by":"metric","name":"requests","count":40,"before":5},{"by":"label","name":"path","count":3,"before":null}],"newSeries":[{"job":"noisy","hour":100,"day":120,"refused":7,"topMetric":"requests"},{"job":"idle","hour":0,"day":2,"refused":0,"topMetric":null}]}""",
            body);
        Assert.Equal((7, 10_000L), _feed.Asked);
    }

    [Fact]
    public async Task More_entries_than_people_read_are_not_given()
    {
        await using var host = await WebHost.StartAsync(services => services with { Cardinality = _feed });
        await host.GetAsync("api/toka/v1/cardinality?limit=100000");
        Assert.Equal(1000, _feed.Asked.Limit);
    }

    private sealed class Feed : ICardinalityFeed
    {
        public (int Limit, long SinceMs) Asked { get; private set; }

        public ValueTask<CardinalityGrowth> CompareAsync(int limit, long sinceMs, CancellationToken cancellationToken)
        {
            Asked = (limit, sinceMs);
            return new(new CardinalityGrowth(40, 60, null, [new CardinalityEntry("metric", "requests", 40, 5), new CardinalityEntry("label", "path", 3, null)])
            {
                Churn = [new JobChurn("noisy", 100, 120, 7, "requests"), new JobChurn("idle", 0, 2, 0, null)],
            });
        }
    }
}
