using Toka.Core.Series;
using Toka.Core.Telemetry;

namespace Toka.Core.Tests.Telemetry;

public sealed class IngestTallyTests
{
    private readonly SelfMetrics _metrics = new();

    [Fact]
    public void Everything_that_came_is_counted_by_protocol_and_what_became_of_it()
    {
        var tally = new IngestTally(_metrics, "test");
        tally.Request("ok");
        tally.Request("ok");
        tally.Drop("bad_name", 3);
        tally.Drop("limit", 2, "exemplars");
        tally.Written(new WriteResult(10, Duplicates: 1, Conflicting: 2, TooOld: 3, TooFarInFuture: 4, OverSeriesLimit: 5, Unstorable: 6, OverMemory: 7));
        Assert.Equal(
            [
                "toka_dropped_total{reason=\"bad_name\",signal=\"metrics\"} 3",
                "toka_dropped_total{reason=\"limit\",signal=\"exemplars\"} 2",
                "toka_ingest_refused_total{protocol=\"test\",reason=\"bad_histogram\"} 6",
                "toka_ingest_refused_total{protocol=\"test\",reason=\"bad_name\"} 3",
                "toka_ingest_refused_total{protocol=\"test\",reason=\"conflicting\"} 2",
                "toka_ingest_refused_total{protocol=\"test\",reason=\"memory_limit\"} 7",
                "toka_ingest_refused_total{protocol=\"test\",reason=\"series_limit\"} 5",
                "toka_ingest_refused_total{protocol=\"test\",reason=\"too_far_in_future\"} 4",
                "toka_ingest_refused_total{protocol=\"test\",reason=\"too_old\"} 3",
                "toka_ingest_requests_total{outcome=\"ok\",protocol=\"test\"} 2",
                "toka_ingest_samples_total{protocol=\"test\"} 10",
            ],
            _metrics.Read().Select(static m => $"{m.Labels} {m.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_tallies_of_a_protocol_count_together()
    {
        new IngestTally(_metrics, "test").Accepted(1);
        new IngestTally(_metrics, "test").Accepted(2);
        Assert.Equal(3, Assert.Single(_metrics.Read()).Value);
    }
}
