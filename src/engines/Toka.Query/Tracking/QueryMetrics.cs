using System.Globalization;
using Toka.Core.Telemetry;

namespace Toka.Query.Tracking;

/// <summary>What queries look like from outside, as metrics of Toka's own. Thread-safe.</summary>
internal sealed class QueryMetrics
{
    /// <summary>Upper bounds of the durations counted, in seconds; one more has no bound.</summary>
    private static readonly double[] s_bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30, 120];

    private readonly SelfMetrics _self;
    private readonly SelfCounter[] _durations;
    private readonly SelfCounter _samples;
    private long _durationTicks;
    private long _count;

    public QueryMetrics(SelfMetrics self, Func<int> active)
    {
        _self = self;
        _samples = self.Counter("toka_query_samples_total", "Samples that queries decoded.");
        _durations = new SelfCounter[s_bounds.Length + 1];
        for (var i = 0; i < _durations.Length; i++)
        {
            var bound = i < s_bounds.Length ? s_bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            _durations[i] = self.Counter("toka_query_duration_seconds_bucket", "Queries that took up to so many seconds.", ("le", bound));
        }

        self.ObservedCounter("toka_query_duration_seconds_sum", "The time that queries took, in seconds.", () => TimeSpan.FromTicks(Interlocked.Read(ref _durationTicks)).TotalSeconds);
        self.ObservedCounter("toka_query_duration_seconds_count", "Queries that have ended.", () => Interlocked.Read(ref _count));
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
        Interlocked.Add(ref _durationTicks, query.Elapsed.Ticks);
        Interlocked.Increment(ref _count);
        for (var i = 0; i < _durations.Length; i++)
        {
            _durations[i].Add(i == s_bounds.Length || query.Elapsed.TotalSeconds <= s_bounds[i] ? 1 : 0);
        }
    }

    private SelfCounter Of(string status) =>
        _self.Counter("toka_queries_total", "Queries that have ended, by how: success, bad_data, execution, timeout, canceled, internal.", ("status", status));
}
