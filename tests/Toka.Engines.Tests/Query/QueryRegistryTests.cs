using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Results;
using Toka.Query.Tracking;

namespace Toka.Engines.Tests.Query;

public sealed class QueryRegistryTests : IDisposable
{
    private const long Second = 1000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("toka-query-log-");
    private readonly ListReader _reader = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly SelfMetrics _self = new();
    private readonly QueryRegistry _registry;

    public QueryRegistryTests()
    {
        for (var i = 0; i < 20; i++)
        {
            _reader.Add("v", $"{i}", Second, new double[100]);
        }

        _registry = new QueryRegistry(new QueryEngine(_reader, QueryOptions.Default with { ThreadsMax = 1, SamplesMax = 1500 }, _time), _self, _time);
    }

    public void Dispose()
    {
        _registry.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_query_can_be_seen_while_it_runs_and_be_ended_by_its_number()
    {
        IReadOnlyList<TrackedQuery> seen = [];
        _reader.WhenRead = count =>
        {
            if (count == 5)
            {
                _time.Advance(TimeSpan.FromSeconds(3));
                seen = _registry.Active;
                Assert.False(_registry.Cancel(seen[0].Id + 1));
                Assert.True(_registry.Cancel(seen[0].Id));
            }
        };
        var request = QueryRequest.Range("sum(v)", 0, 10 * Second, Second) with { Origin = QueryOrigin.OfHttp("10.0.0.1:99", "a browser", "/api/v1/query_range") };
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await _registry.RunAsync(request, CancellationToken.None));

        var query = Assert.Single(seen);
        Assert.Equal(("sum(v)", "10.0.0.1:99", "active"), (query.Request.Expression, query.Request.Origin.Client, query.Status));
        Assert.Equal((TimeSpan.FromSeconds(3), 20, 400), (query.Elapsed, query.Series, query.Samples));
        Assert.Equal((QueryErrorType.Canceled, true), (fault.Type, fault.IsByRequest));
        Assert.Contains($"query {query.Id} was ended", fault.Message, StringComparison.Ordinal);
        Assert.Equal(5, _reader.Reads);
        Assert.Empty(_registry.Active);
        Assert.Equal(1, Count("toka_queries_total", ("status", "canceled")));
        Assert.False(_registry.Cancel(query.Id));
    }

    [Fact]
    public async Task A_stop_ends_the_queries_that_run_and_those_that_come()
    {
        _reader.WhenRead = count =>
        {
            if (count == 3)
            {
                _registry.Stop();
            }
        };
        var fault = await Assert.ThrowsAsync<QueryException>(() => AskAsync("sum(v)"));
        await Assert.ThrowsAsync<QueryException>(() => AskAsync("sum(v)"));

        Assert.Equal((QueryErrorType.Canceled, "toka is stopping; ask again when it runs"), (fault.Type, fault.Message));
        Assert.Equal(3, _reader.Reads);
    }

    [Fact]
    public async Task The_slowest_of_the_last_hour_are_kept_in_their_order()
    {
        var seconds = 0;
        _reader.WhenRead = _ => _time.Advance(TimeSpan.FromSeconds(seconds));
        foreach (var next in (int[])[2, 9, 1, 5])
        {
            seconds = next;
            await AskAsync($"v{{l=\"3\"}} * {next}");
        }

        Assert.Equal([9, 5, 2, 1], _registry.Slowest.Select(static query => (int)query.Elapsed.TotalSeconds));

        _time.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromSeconds(10));
        Assert.Equal([5, 1], _registry.Slowest.Select(static query => (int)query.Elapsed.TotalSeconds));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_registry.Slowest);
    }

    [Fact]
    public async Task An_expression_that_is_asked_again_and_again_is_listed_with_its_slowest_time()
    {
        var seconds = 0;
        _reader.WhenRead = _ => _time.Advance(TimeSpan.FromSeconds(seconds));
        foreach (var next in (int[])[2, 9, 1])
        {
            seconds = next;
            await AskAsync("v{l=\"3\"}");
        }

        Assert.Equal(9, Assert.Single(_registry.Slowest).Elapsed.TotalSeconds);
    }

    [Fact]
    public async Task A_list_has_an_end_and_so_have_its_expressions()
    {
        for (var i = 0; i < 60; i++)
        {
            await AskAsync($"sum(v{{l=\"1\",x!=\"{new string('x', 2000)}\"}})");
            await Assert.ThrowsAsync<QueryException>(() => AskAsync($"sum(v) + {i}"));
        }

        Assert.Equal(50, _registry.Slowest.Count);
        Assert.All(_registry.Slowest, static query => Assert.InRange(query.Request.Expression.Length, 1, 1001));
        Assert.Equal([.. Enumerable.Range(10, 50).Reverse().Select(static i => $"sum(v) + {i}")], _registry.Limited.Select(static query => query.Request.Expression));
    }

    [Fact]
    public async Task What_reached_a_limit_is_listed_and_counted_by_it()
    {
        await Assert.ThrowsAsync<QueryException>(() => AskAsync("sum(v)"));
        await Assert.ThrowsAsync<QueryException>(() => AskAsync("sum("));
        await AskAsync("v{l=\"3\"}");

        var query = Assert.Single(_registry.Limited);
        Assert.Equal(("sum(v)", "samples_max", "execution", 1600), (query.Request.Expression, query.Limit, query.Status, query.Samples));
        Assert.Equal(1, Count("toka_query_limits_total", ("limit", "samples_max")));
        Assert.Equal((1, 1, 1), (Count("toka_queries_total", ("status", "success")), Count("toka_queries_total", ("status", "execution")), Count("toka_queries_total", ("status", "bad_data"))));
        Assert.Equal(1700, Count("toka_query_samples_total"));
        Assert.Equal(3, Count("toka_query_duration_seconds_bucket", ("le", "0.001")));
        Assert.Equal(3, Count("toka_query_duration_seconds_bucket", ("le", "+Inf")));
    }

    [Fact]
    public async Task The_log_has_a_line_for_each_query()
    {
        var path = Path.Combine(_directory.FullName, "queries.log");
        await using (var log = new QueryLog(path, QueryLog.BytesMaxDefault, _self, Assert.Fail))
        {
            _registry.Log = log;
            await _registry.RunAsync(QueryRequest.Range("sum(v{l=\"3\"})", 0, 10 * Second, Second) with { Origin = QueryOrigin.OfRule("Slow") }, CancellationToken.None);
            await Assert.ThrowsAsync<QueryException>(() => AskAsync("sum(v)"));
        }

        var lines = (await File.ReadAllLinesAsync(path)).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.Equal(
            """{"time":"2026-01-01T00:00:00+00:00","id":1,"expression":"sum(v{l=\"3\"})","startMs":0,"endMs":10000,"stepMs":1000,"durationSeconds":0,"series":1,"samples":100,"peakPoints":PEAK,"bytes":BYTES,"status":"success","from":"rule","rule":"Slow"}""",
            lines[0].ToString().Replace($"{lines[0].GetProperty("bytes")},\"st", "BYTES,\"st", StringComparison.Ordinal).Replace($"\"peakPoints\":{lines[0].GetProperty("peakPoints")}", "\"peakPoints\":PEAK", StringComparison.Ordinal));
        Assert.Equal("samples_max", lines[1].GetProperty("limit").GetString());
        Assert.Contains("query.samples_max is 1500", lines[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_waits_for_the_log_has_no_more_of_a_long_expression_than_is_written()
    {
        var query = new TrackedQuery(1, QueryRequest.Instant(new string('v', 1 << 20), 0), 0, TimeSpan.Zero, 0, 0, 0, 0);
        var cut = TrackedQueryJson.Cut(query);

        Assert.Equal(16_385, cut.Request.Expression.Length);
        Assert.Same(cut, TrackedQueryJson.Cut(cut));
    }

    [Fact]
    public async Task A_full_log_begins_anew_and_keeps_the_last_one()
    {
        var path = Path.Combine(_directory.FullName, "queries.log");
        await using (var log = new QueryLog(path, 4096, _self, Assert.Fail))
        {
            _registry.Log = log;
            for (var i = 0; i < 100; i++)
            {
                await AskAsync($"v{{l=\"3\"}} + {i}");
            }
        }

        Assert.InRange(new FileInfo(path).Length, 1, 4096);
        Assert.InRange(new FileInfo(path + ".1").Length, 2048, 4096);
        Assert.Equal(2, _directory.GetFiles().Length);
        Assert.EndsWith("+ 99", JsonDocument.Parse((await File.ReadAllLinesAsync(path))[^1]).RootElement.GetProperty("expression").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_costs_no_query_and_is_counted_and_told_once()
    {
        var reports = new List<string>();
        await using (var log = new QueryLog(Path.Combine(_directory.FullName, "missing", "queries.log"), 4096, _self, reports.Add))
        {
            _registry.Log = log;
            for (var i = 0; i < 10; i++)
            {
                await AskAsync("v{l=\"3\"}");
            }
        }

        Assert.Equal(10, Count("toka_dropped_total", ("signal", "query_log"), ("reason", "write_failed")));
        Assert.Contains("cannot be written", Assert.Single(reports), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_goes_on_behind_a_failure_of_any_kind()
    {
        var folder = Path.Combine(_directory.FullName, "missing");
        var path = Path.Combine(folder, "queries.log");
        void FailToTell(string report)
        {
            Directory.CreateDirectory(folder);
            throw new InvalidOperationException(report);
        }

        await using (var log = new QueryLog(path, QueryLog.BytesMaxDefault, _self, FailToTell))
        {
            _registry.Log = log;
            for (var i = 0; i < 10; i++)
            {
                await AskAsync("v{l=\"3\"}");
            }
        }

        Assert.Equal(9, (await File.ReadAllLinesAsync(path)).Length);
        Assert.Equal(1, Count("toka_dropped_total", ("signal", "query_log"), ("reason", "write_failed")));
    }

    [Fact]
    public async Task Another_engine_answers_the_queries_that_come()
    {
        _registry.Engine = new QueryEngine(_reader, QueryOptions.Default with { SeriesMax = 1 }, _time);

        var fault = await Assert.ThrowsAsync<QueryException>(() => AskAsync("v"));
        Assert.Equal("series_max", fault.Limit);
    }

    private long Count(string name, params (string, string)[] labels)
    {
        var wanted = LabelSet.Of([(LabelSet.MetricName, name), .. labels]);
        return (long)_self.Read().Single(sample => sample.Labels.Equals(wanted)).Value;
    }

    private async Task AskAsync(string expression) => await _registry.InstantAsync(expression, 50 * Second, CancellationToken.None);
}
