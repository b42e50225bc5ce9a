using Toka.Core.Telemetry;

namespace Toka.Query.Tracking;

/// <summary>What queries look like from outside, as metrics of Toka's own. Thread-safe.</summary>
internal sealed class QueryMetrics
{
    private readonly SelfMetrics _self;
    private readonly SelfHistogram _durations;
    private readonly SelfCounter _samples;

    public QueryMetrics(SelfMetrics self, Func<int> active)
    {
        _self = self;
        _samples = self.Counter("toka_query_samples_total", "Samples that queries decoded.");
        _durations = self.Histogram("toka_query_duration_seconds", "The time that queries took.", 0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30, 120);
        self.Gauge("toka_queries_active", "Queries that run now.", () => active());
        Of("success");
    }

    public void Count(TrackedQuery query)
    {
        Of(query.Status).Add();
        if (query.Limit is { } limit)
        {
            _self.Counter("toka_query_limits_total", "Queries that reached a limit, by the limit.", ("limit", limit)).Add();
        }

        _samples.Add(query.Samples);
        _durations.Observe(query.Elapsed.TotalSeconds);
    }

    private SelfCounter Of(string status) =>
        _self.Counter("toka_queries_total", "Queries that have ended, by how: success, bad_data, execution, timeout, canceled, internal.", ("status", status));
}
