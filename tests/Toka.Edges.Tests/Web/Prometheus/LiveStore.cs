using Microsoft.Extensions.Time.Testing;
using Toka.Core.Alerts;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.TimeSeries;
using Toka.Web;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

/// <summary>
/// The endpoints on a real store and a real query engine. It is 2026-01-01T01:00:00Z, and for an hour there was a sample
/// every 15 s: <c>up</c> of two instances, a counter with exemplars, a classic histogram, and native histograms.
/// </summary>
internal sealed class LiveStore : IAsyncDisposable
{
    public const long NowMs = 1_767_229_200_000;
    private const long StepMs = 15_000;

    private LiveStore(MetricStore store, WebHost host, FakeTimeProvider time) => (Store, Host, Time) = (store, host, time);

    public MetricStore Store { get; }

    public WebHost Host { get; }

    public FakeTimeProvider Time { get; }

    public static async Task<LiveStore> StartAsync(Func<TokaWebServices, TokaWebServices>? change = null, QueryOptions? options = null)
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(NowMs - 3_600_000));
        var store = MetricStore.Open(new MetricStoreOptions(), time, new SelfMetrics());
        for (var at = NowMs - 3_600_000; at <= NowMs; at += StepMs)
        {
            time.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(at));
            using var batch = new WriteBatch();
            Fill(batch, at, (at - NowMs + 3_600_000) / StepMs);
            var result = await store.WriteAsync(batch, TestContext.Current.CancellationToken);
            Assert.Equal(0, result.Refused);
        }

        options ??= QueryOptions.Default;
        var host = await WebHost.StartAsync(services =>
        {
            services = services with
            {
                Series = store,
                SeriesCounts = store,
                Queries = new QueryEngine(store, options, time),
                LanguageNow = () => options,
                Selectors = new SelectorParser(static () => QueryOptions.Default),
                Time = time,
            };
            return change?.Invoke(services) ?? services;
        });
        return new LiveStore(store, host, time);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Store.DisposeAsync();
    }

    private static void Fill(WriteBatch batch, long at, long step)
    {
        batch.AddMetadata(new MetricMetadata("http_requests_total", MetricType.Counter, "Requests answered.", ""));
        batch.AddMetadata(new MetricMetadata("request_seconds", MetricType.Histogram, "How long requests took.", "seconds"));
        batch.AddMetadata(new MetricMetadata("latency_seconds", MetricType.Histogram, "The same, as native histograms.", "seconds"));
        foreach (var instance in new[] { "a:9100", "b:9100" })
        {
            batch.Add(LabelSet.Of(("__name__", "up"), ("instance", instance), ("job", "node")), at, instance[0] == 'a' ? 1 : 0);
        }

        var requests = LabelSet.Of(("__name__", "http_requests_total"), ("code", "200"), ("job", "api"));
        batch.Add(requests, at, step * 15);
        batch.Add(LabelSet.Of(("__name__", "http_requests_total"), ("code", "500"), ("job", "api")), at, step * 1.5);
        if (step % 100 == 0)
        {
            batch.AddExemplar(requests, new Exemplar(LabelSet.Of(("trace_id", $"trace{step}")), at, 0.25));
        }

        foreach (var (le, share) in new[] { ("0.1", 5), ("1", 10), ("+Inf", 10) })
        {
            batch.Add(LabelSet.Of(("__name__", "request_seconds_bucket"), ("job", "api"), ("le", le)), at, step * share);
        }

        batch.Add(LabelSet.Of(("__name__", "request_seconds_count"), ("job", "api")), at, step * 10);
        batch.Add(LabelSet.Of(("__name__", "request_seconds_sum"), ("job", "api")), at, step * 3);
        batch.AddHistogram(LabelSet.Of(("__name__", "latency_seconds"), ("job", "api")), at, Histogram(step + 1));
    }

    /// <summary>Two positive buckets, (0.5, 1] and (1, 2], a negative one and the zero bucket.</summary>
    public static NativeHistogram Histogram(double times) => new(
        new HistogramLayout(0, 0.001, [new HistogramSpan(0, 2)], [new HistogramSpan(0, 1)], []),
        HistogramResetHint.Unknown, times, 6 * times, 3.5 * times, [2 * times, times, 2 * times]);
}

/// <summary>Alerts as a test gives them.</summary>
internal sealed class FixedAlerts(AlertRuleStatus[] rules, params Alert[] alerts) : IAlertFeed
{
    public IReadOnlyList<Alert> Current => alerts;

    public IReadOnlyList<AlertRuleStatus> Rules => rules;

    public TimeSpan Interval => TimeSpan.FromSeconds(15);

    public long Version => 1;

    public ValueTask<Alert?> AcknowledgeAsync(string id, string by, CancellationToken cancellationToken) => new((Alert?)null);

    public ValueTask<IReadOnlyList<Alert>> HistoryAsync(string? id, long fromMs, int limit, CancellationToken cancellationToken) => new([]);

    /// <summary>Two rules, one of them firing and pending, and one alert that is over.</summary>
    public static FixedAlerts Burning { get; } = new(
        [
            new AlertRuleStatus("cpu", Severity.Critical, "cpu > 90", 30_000, 2, LiveStore.NowMs - 1500, null) { LastElapsed = TimeSpan.FromMilliseconds(2) },
            new AlertRuleStatus("disk", Severity.Low, "disk > 1", 0, 0, LiveStore.NowMs - 1500, "no such series"),
        ],
        Alert("cpu", AlertState.Active, "box"), Alert("cpu", AlertState.Pending, "other"), Alert("cpu", AlertState.Resolved, "third"));

    private static Alert Alert(string rule, AlertState state, string host) => new()
    {
        Id = rule + host,
        Rule = rule,
        Severity = Severity.Critical,
        State = state,
        Labels = LabelSet.Of(("alertname", rule), ("severity", "critical"), ("instance", host)),
        Summary = $"CPU of {host} at 97 %",
        Expression = "cpu",
        Value = 97.5,
        Threshold = 90,
        SinceMs = LiveStore.NowMs - 60_000,
    };
}
