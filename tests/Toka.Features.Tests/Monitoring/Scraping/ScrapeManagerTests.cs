using Toka.Configuration.Binding;
using Toka.Core.Health;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Targets;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Discovery.Options;
using Toka.Monitoring.Scraping.Loops;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class ScrapeManagerTests : IAsyncDisposable
{
    private readonly ScrapeBench _bench = new();
    private readonly TargetServer _target = TargetServer.Of("a 1\nb{x=\"1\"} 2\n");

    private string Labels => $$"""{instance="{{_target.Address}}",job="app"}""";

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task A_scrape_is_written_with_the_series_of_its_own()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        Assert.Equal(TargetHealth.Unknown, Assert.Single(_bench.Manager.Active).Health);
        var status = await _bench.NextAsync();
        Assert.Equal((TargetHealth.Up, "", 2), (status.Health, status.LastError, status.Samples));
        Assert.Equal(
            ["a" + Labels, $$"""b{instance="{{_target.Address}}",job="app",x="1"}""", "up" + Labels, "scrape_duration_seconds" + Labels,
                "scrape_samples_scraped" + Labels, "scrape_samples_post_metric_relabeling" + Labels, "scrape_series_added" + Labels],
            _bench.Rows.Select(static row => row.Series));
        Assert.Equal([1, 2, 1, 2, 2, 2], _bench.Rows.Where(static row => !row.Series.StartsWith("scrape_duration", StringComparison.Ordinal)).Select(static row => row.Value));
        Assert.Equal(1, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "ok")));
        Assert.Equal(7, _bench.Counter("toka_ingest_samples_total", ("protocol", "scrape")));
    }

    [Fact]
    public async Task Extra_series_tell_the_limits_and_the_size()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address) with { ExtraScrapeMetrics = true, SampleLimit = 10 });
        await _bench.NextAsync();
        Assert.Equal([5], _bench.ValuesOf("scrape_timeout_seconds" + Labels));
        Assert.Equal([10], _bench.ValuesOf("scrape_sample_limit" + Labels));
        Assert.Equal([_target.Body!.Length], _bench.ValuesOf("scrape_body_size_bytes" + Labels));
    }

    [Fact]
    public async Task Scrapes_are_an_interval_apart_at_the_targets_own_moment_and_share_a_connection()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        for (var i = 0; i < 4; i++)
        {
            await _bench.NextAsync();
        }

        var times = _bench.Rows.Where(row => row.Series == "a" + Labels).Select(static row => row.TimeMs).ToArray();
        Assert.All(times.Zip(times.Skip(1)), static pair => Assert.Equal(15_000, pair.Second - pair.First));
        Assert.Equal(1, _target.Connections);
        Assert.Equal(0, _bench.Counter("toka_scrapes_missed_total"));
    }

    [Fact]
    public async Task The_request_says_who_asks_for_what()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address) with { Params = [new("module", ["http 2xx"]), new("z", ["1", "2"])] });
        await _bench.NextAsync();
        var head = Assert.Single(_target.Requests);
        Assert.StartsWith("GET /metrics?module=http%202xx&z=1&z=2 HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nUser-Agent: Toka/1.2.3\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Prometheus-Scrape-Timeout-Seconds: 5\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nAccept-Encoding: gzip\r\n", head, StringComparison.Ordinal);
        Assert.Contains(
            "\r\nAccept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1\r\n",
            head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_fails_is_down_with_the_reason_and_its_series_end()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        await _bench.NextAsync();
        _target.Body = null;
        _target.Answer = static (stream, _) => TargetServer.WriteAsync(stream, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        var status = await _bench.NextAsync();
        Assert.Equal((TargetHealth.Down, "the target answered with HTTP status 503 Service Unavailable"), (status.Health, status.LastError));
        Assert.Equal([1, 0], _bench.ValuesOf("up" + Labels));
        Assert.True(StaleMarker.Is(_bench.ValuesOf("a" + Labels)[1]));
        Assert.Equal(1, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "status")));

        var part = Assert.Single(_bench.Manager.Parts);
        Assert.Equal((HealthState.Healthy, $"1 of 1 targets are down: http://{_target.Address}/metrics"), (part.State, part.Reason));
        _target.Body = "a 3\n";
        Assert.Equal(TargetHealth.Up, (await _bench.NextAsync()).Health);
    }

    [Fact]
    public async Task A_fault_in_the_body_is_told_while_the_target_is_up_and_is_counted()
    {
        _target.Body = "a 1\nb x\n";
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        var status = await _bench.NextAsync();
        Assert.Equal(TargetHealth.Up, status.Health);
        Assert.StartsWith("part of the body is refused: line 2:3:", status.LastError, StringComparison.Ordinal);
        Assert.Equal(1, _bench.Counter("toka_ingest_refused_total", ("protocol", "scrape"), ("reason", "malformed")));
        Assert.Equal(1, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "partial")));
    }

    [Fact]
    public async Task A_target_that_is_no_longer_found_ends_at_once()
    {
        await using var other = TargetServer.Of("c 1\n");
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address, other.Address));
        await _bench.NextAsync();
        await _bench.ScrapedAsync();
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        Assert.Equal(6, _bench.EndedCount);
        Assert.True(StaleMarker.Is(_bench.ValuesOf($$"""up{instance="{{other.Address}}",job="app"}""")[^1]));
        Assert.Single(_bench.Manager.Active);
        await _bench.NextAsync();
        Assert.Equal(6, _bench.EndedCount);
    }

    [Fact]
    public async Task A_target_that_is_no_longer_found_while_it_is_read_ends_all_the_same()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        await _bench.NextAsync();
        await BeginNextAsync();
        await _bench.ApplyAsync(ScrapeBench.Job());
        Assert.Equal(7, _bench.EndedCount);
        Assert.True(StaleMarker.Is(_bench.ValuesOf("a" + Labels)[^1]));
    }

    [Fact]
    public async Task A_target_found_at_another_address_while_it_is_read_keeps_its_series()
    {
        await using var other = TargetServer.Of("a 5\n");
        var job = ScrapeBench.Job(_target.Address) with { RelabelConfigs = [new RelabelConfig { TargetLabel = "instance", Replacement = "same" }] };
        await _bench.ApplyAsync(job);
        await _bench.NextAsync();
        await BeginNextAsync();
        await _bench.ApplyAsync(job with { Discovery = ScrapeBench.Job(other.Address).Discovery });
        Assert.Equal(0, _bench.EndedCount);
        await _bench.NextAsync();
        Assert.Equal([1, 5], _bench.ValuesOf("a{instance=\"same\",job=\"app\"}"));
        Assert.Equal(1, _bench.EndedCount); // b is not there any more.
    }

    [Fact]
    public async Task A_scrape_that_is_redirected_while_a_reload_changes_its_connections_ends_well()
    {
        await using var other = TargetServer.Of("a 5\n");
        var isReloaded = new TaskCompletionSource();
        _target.Body = null;
        _target.Answer = async (stream, stop) =>
        {
            await isReloaded.Task.WaitAsync(stop);
            await TargetServer.WriteAsync(stream, $"HTTP/1.1 302 Found\r\nLocation: http://{other.Address}/metrics\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        };
        var job = ScrapeBench.Job(_target.Address);
        await _bench.ApplyAsync(job);
        _bench.Time.Advance(ScrapeBench.Interval);
        await _target.Asked.WaitAsync(TestContext.Current.CancellationToken);
        await _bench.ApplyAsync(job with { Http = job.Http with { EnableHttp2 = false } });
        isReloaded.SetResult();
        var status = await _bench.ScrapedAsync();
        Assert.Equal((TargetHealth.Up, ""), (status.Health, status.LastError));
        Assert.Equal(TargetHealth.Up, (await _bench.NextAsync()).Health);
        Assert.Equal(0, _bench.EndedCount);
    }

    [Fact]
    public void Connections_of_a_job_are_closed_by_who_leaves_last_and_not_entered_again()
    {
        var connections = new JobConnections(ScrapeBench.Job().Http);
        Assert.True(connections.TryEnter());
        connections.Exit();
        Assert.True(connections.TryEnter());
        connections.Exit(); // The job has others now.
        Assert.False(connections.IsClosed);
        connections.Exit();
        Assert.True(connections.IsClosed);
        Assert.False(connections.TryEnter());
    }

    [Fact]
    public async Task A_target_found_at_another_address_keeps_its_series()
    {
        await using var other = TargetServer.Of("a 5\n");
        var job = ScrapeBench.Job(_target.Address) with { RelabelConfigs = [new RelabelConfig { TargetLabel = "instance", Replacement = "same" }] };
        await _bench.ApplyAsync(job);
        await _bench.NextAsync();
        await _bench.ApplyAsync(job with { Discovery = ScrapeBench.Job(other.Address).Discovery });
        Assert.Equal(0, _bench.EndedCount);
        await _bench.NextAsync();
        Assert.Equal([1, 5], _bench.ValuesOf("a{instance=\"same\",job=\"app\"}"));
        Assert.Equal(1, _bench.EndedCount); // b is not there any more.
    }

    [Fact]
    public async Task A_reload_leaves_a_target_to_its_moments_and_its_series_and_puts_new_rules_in_force()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        await _bench.NextAsync();
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address) with { SampleLimit = 5 });
        Assert.Equal(TargetHealth.Up, Assert.Single(_bench.Manager.Active).Health);
        await _bench.NextAsync();
        Assert.Equal(0, _bench.EndedCount);
        Assert.Equal([2, 0], _bench.ValuesOf("scrape_series_added" + Labels));

        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address) with { MetricRelabelConfigs = [new RelabelConfig { Action = RelabelAction.Drop, SourceLabels = ["__name__"], Regex = "b" }] });
        await _bench.NextAsync();
        Assert.Equal(1, _bench.EndedCount);
        Assert.Equal([1, 1, 1], _bench.ValuesOf("a" + Labels));
        Assert.Equal(1, _target.Connections);
    }

    [Fact]
    public async Task Another_interval_is_in_force_at_once()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address) with { ScrapeInterval = TimeSpan.FromHours(1) });
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        Assert.Equal(TargetHealth.Up, (await _bench.NextAsync()).Health);
        Assert.Equal(ScrapeBench.Interval, Assert.Single(_bench.Manager.Active).Interval);
    }

    [Fact]
    public async Task A_job_that_is_gone_ends_and_a_stop_does_not()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address), ScrapeBench.Job(_target.Address) with { JobName = "second" });
        await _bench.NextAsync();
        await _bench.ScrapedAsync();
        Assert.Equal(["app", "second"], _bench.Manager.Pools);
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        Assert.Equal(7, _bench.EndedCount);
        await _bench.Manager.DisposeAsync();
        Assert.Equal(7, _bench.EndedCount);
    }

    [Fact]
    public async Task Discovery_brings_targets_and_takes_them_while_it_runs()
    {
        await _bench.ApplyAsync(ScrapeBench.Job() with { Discovery = [new StaticDiscoveryOptions([])] });
        Assert.Empty(_bench.Manager.Active);
        await FindAsync(ScrapeBench.Group(_target.Address));
        Assert.Equal(TargetHealth.Up, (await _bench.NextAsync()).Health);
        await FindAsync();
        Assert.Empty(_bench.Manager.Active);
        Assert.Equal(7, _bench.EndedCount);

        async Task FindAsync(params Toka.Monitoring.Discovery.TargetGroup[] groups)
        {
            var isDone = new TaskCompletionSource();
            _bench.Manager.Synced = isDone.SetResult;
            _bench.Found!.Replace(groups);
            await isDone.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task More_targets_than_the_limit_are_all_down_until_there_are_fewer()
    {
        await using var other = TargetServer.Of("c 1\n");
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address, other.Address) with { TargetLimit = 1 });
        var status = await _bench.NextAsync();
        await _bench.ScrapedAsync();
        Assert.Equal(TargetHealth.Down, status.Health);
        Assert.StartsWith("target_limit: the job has 2 targets, the limit is 1; ", status.LastError, StringComparison.Ordinal);
        Assert.Empty(_target.Requests);
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address) with { TargetLimit = 1 });
        Assert.Equal(TargetHealth.Up, (await _bench.NextAsync()).Health);
    }

    [Fact]
    public async Task Samples_that_cannot_be_written_are_told_and_counted_and_scraping_goes_on()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        _bench.WritesFail = true;
        Assert.Equal("the samples could not be written: disk full", (await _bench.NextAsync()).LastError);
        Assert.Equal(7, _bench.Metrics.Dropped("metrics", "write_failed").Value);
        Assert.Equal(1, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "write_failed")));
        _bench.WritesFail = false;
        Assert.Equal("", (await _bench.NextAsync()).LastError);
    }

    [Fact]
    public async Task Samples_that_the_store_refuses_are_told_at_the_target_which_is_up()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        _bench.Answer = new WriteResult(5, Conflicting: 2, FirstReason: "a has another value at this time");
        var status = await _bench.NextAsync();
        Assert.Equal((TargetHealth.Up, "the store refused 2 of the scrape's samples: a has another value at this time"), (status.Health, status.LastError));
        Assert.Equal(1, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "partial")));
        Assert.Equal(0, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "ok")));

        _target.Body = "a 1\nb x\n";
        Assert.StartsWith("part of the body is refused: line 2:3:", (await _bench.NextAsync()).LastError, StringComparison.Ordinal);
        (_target.Body, _bench.Answer) = ("a 1\n", null);
        Assert.Equal("", (await _bench.NextAsync()).LastError);
    }

    [Fact]
    public async Task Moments_that_passed_during_a_long_scrape_are_left_out_and_counted()
    {
        await _bench.ApplyAsync(ScrapeBench.Job(_target.Address));
        await _bench.NextAsync();
        _bench.Time.Advance(3 * ScrapeBench.Interval);
        await _bench.ScrapedAsync();
        Assert.Equal(2, _bench.Counter("toka_scrapes_missed_total"));
        Assert.Equal(HealthState.Degraded, Assert.Single(_bench.Manager.Parts).State);
        Assert.Equal(2, _bench.ValuesOf("a" + Labels).Length);
    }

    [Fact]
    public async Task A_thousand_targets_are_spread_over_the_interval_and_all_are_scraped()
    {
        const int Count = 1000;
        var groups = Enumerable.Range(0, Count).Select(i => LabelSet.Of(("__address__", _target.Address), ("n", FormattableString.Invariant($"{i}"))));
        await _bench.ApplyAsync(ScrapeBench.Job() with
        {
            ScrapeTimeout = ScrapeBench.Interval,
            Discovery = [new StaticDiscoveryOptions([new Toka.Monitoring.Discovery.TargetGroup("0", groups.ToValueList(), LabelSet.Empty)])],
        });
        // A ms less than an interval, in which each has one moment.
        for (var i = 1; i <= 15; i++)
        {
            _bench.Time.Advance(TimeSpan.FromMilliseconds(i < 15 ? 1000 : 999));
        }

        for (var i = 0; i < Count; i++)
        {
            Assert.Equal("", (await _bench.ScrapedAsync()).LastError);
        }

        var targets = _bench.Manager.Active;
        Assert.Equal(Count, targets.Count(static target => target.Health == TargetHealth.Up));
        Assert.Equal(Count * 7, _bench.Rows.Count);
    }

    /// <summary>After one scrape begins another, which the target does not answer.</summary>
    private async Task BeginNextAsync()
    {
        await _target.Asked.WaitAsync(TestContext.Current.CancellationToken);
        _target.Body = null;
        _target.Answer = static (_, stop) => Task.Delay(Timeout.Infinite, stop);
        _bench.Time.Advance(ScrapeBench.Interval);
        await _target.Asked.WaitAsync(TestContext.Current.CancellationToken);
    }
}
