using Toka.Core.Spans;
using Toka.Tracing.SpanMetrics;

namespace Toka.Features.Tests.Tracing.SpanMetrics;

public sealed class SpanMetricsTests
{
    [Fact]
    public async Task Spans_become_a_counter_and_a_histogram_by_service_operation_kind_and_status()
    {
        var bench = new SpanMetricsBench();
        await bench.AddAsync(
            TestTrace.Span(1, 1, 9, 0, 250, "shop", "GET /cart", SpanKind.Server, instance: "a"),
            TestTrace.Span(1, 2, 9, 0, 750, "shop", "GET /cart", SpanKind.Server, instance: "a"),
            TestTrace.Span(1, 3, 9, 0, 100, "shop", "GET /cart", SpanKind.Server, SpanStatus.Error, instance: "a"));
        const string Good = """{instance="a",job="shop",service_name="shop",span_kind="SPAN_KIND_SERVER",span_name="GET /cart",status_code="STATUS_CODE_UNSET"}""";
        const string Bad = """{instance="a",job="shop",service_name="shop",span_kind="SPAN_KIND_SERVER",span_name="GET /cart",status_code="STATUS_CODE_ERROR"}""";
        Assert.Equal(
            [
                $"created traces_span_metrics_calls_total{Bad} 0.001",
                $"created traces_span_metrics_calls_total{Good} 0.001",
                $"created traces_span_metrics_duration_seconds{Bad} 0.001",
                $"created traces_span_metrics_duration_seconds{Good} 0.001",
                $"exemplar traces_span_metrics_duration_seconds{Bad} 0000000000000003 0.1",
                $"exemplar traces_span_metrics_duration_seconds{Good} 0000000000000002 0.75",
                $"traces_span_metrics_calls_total{Bad} 0 @0.001",
                $"traces_span_metrics_calls_total{Bad} 1 @10",
                $"traces_span_metrics_calls_total{Good} 0 @0.001",
                $"traces_span_metrics_calls_total{Good} 2 @10",
                $"traces_span_metrics_duration_seconds{Bad} count 0 sum 0 @0.001",
                $"traces_span_metrics_duration_seconds{Bad} count 1 sum 0.1 @10",
                $"traces_span_metrics_duration_seconds{Good} count 0 sum 0 @0.001",
                $"traces_span_metrics_duration_seconds{Good} count 2 sum 1 @10",
            ],
            await bench.IntervalAsync());
        Assert.Equal(3, bench.Stored);
        await bench.AddAsync(TestTrace.Span(1, 4, 9, 0, 500, "shop", "GET /cart", SpanKind.Server, instance: "a"));
        Assert.Equal(
            [$"traces_span_metrics_calls_total{Bad} 1 @20", $"traces_span_metrics_calls_total{Good} 3 @20"], await bench.IntervalAsync("calls_total"));
    }

    [Theory]
    [InlineData("ot=th:c", 4)]
    [InlineData("ot=th:8;rv:abcdefabcdefab", 2)]
    [InlineData("vendor=x,ot=p:3;r:5", 8)]
    [InlineData("ot=th:zz", 1)]
    [InlineData("", 1)]
    public async Task A_span_that_sampling_kept_counts_for_those_that_it_did_not(string traceState, int count)
    {
        var bench = new SpanMetricsBench();
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 500, traceState: traceState));
        var lines = await bench.IntervalAsync("} ");
        Assert.Contains(lines, line => line.StartsWith("traces_span_metrics_calls_total", StringComparison.Ordinal) && line.EndsWith($" {count} @10", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith($"count {count} sum {(count * 0.5).ToString(System.Globalization.CultureInfo.InvariantCulture)} @10", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Classic_buckets_are_written_where_they_are_asked_for()
    {
        var bench = new SpanMetricsBench(new SpanMetricsOptions { Histograms = HistogramForms.Classic });
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 2), TestTrace.Span(1, 2, 0, 0, 300), TestTrace.Span(1, 3, 0, 0, 60_000));
        var lines = await bench.IntervalAsync("duration_seconds");
        Assert.Equal(["0.002 1", "0.4 2", "1.0 2", "15.0 2", "+Inf 3"], new[] { "0.002", "0.4", "1.0", "15.0", "+Inf" }
            .Select(le => le + " " + lines.Single(line => line.StartsWith("traces", StringComparison.Ordinal) && line.Contains($"le=\"{le}\"", StringComparison.Ordinal) && line.EndsWith("@10", StringComparison.Ordinal)).Split(' ')[^2]));
        Assert.Contains(lines, static line => line.StartsWith("traces_span_metrics_duration_seconds_sum", StringComparison.Ordinal) && line.EndsWith(" 60.302 @10", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("exemplar", StringComparison.Ordinal) && line.Contains("+Inf", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_stored_is_not_counted_and_what_could_not_be_written_goes_with_the_next_write()
    {
        var bench = new SpanMetricsBench { StoreFails = true };
        await Assert.ThrowsAsync<IOException>(async () => await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5)));
        Assert.Empty(await bench.IntervalAsync());
        bench.StoreFails = false;
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5));
        bench.Fails = true;
        Assert.Empty(await bench.IntervalAsync());
        Assert.True(bench.Metric("toka_dropped_total", ("reason", "write_failed")) > 0);
        bench.Fails = false;
        Assert.Contains(await bench.IntervalAsync("calls_total"), static line => line.EndsWith(" 1 @30", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_service_with_too_many_operations_has_the_rest_as_other_and_all_services_together_too()
    {
        var bench = new SpanMetricsBench(new SpanMetricsOptions { Histograms = HistogramForms.Native, OperationsPerServiceMax = 2, OperationsMax = 4 });
        await bench.AddAsync([.. Enumerable.Range(1, 5).Select(static i => TestTrace.Span(1, (ulong)i, 0, 0, 5, "noisy", $"op{i}"))]);
        await bench.AddAsync([.. Enumerable.Range(1, 3).Select(static i => TestTrace.Span(1, (ulong)i, 0, 0, 5, $"s{i}", "op"))]);
        var lines = (await bench.IntervalAsync("calls_total")).Where(static line => line.EndsWith("@10", StringComparison.Ordinal)).ToList();
        Assert.Equal(["noisy op1 1", "noisy op2 1", "noisy other 3", "other other 2", "s1 op 1"], lines.Select(static line => $"{Label(line, "service_name")} {Label(line, "span_name")} {line.Split(' ')[^2]}").Order());
        Assert.Equal(3, bench.Metric("toka_span_metrics_overflow_spans_total", ("limit", "service")));
        Assert.Equal(2, bench.Metric("toka_span_metrics_overflow_spans_total", ("limit", "all")));
    }

    [Fact]
    public async Task A_series_without_spans_ends_with_a_stale_marker_gives_its_place_back_and_begins_anew_at_zero()
    {
        var bench = new SpanMetricsBench(new SpanMetricsOptions { Histograms = HistogramForms.Both, Idle = TimeSpan.FromSeconds(15), OperationsPerServiceMax = 1 });
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5, name: "a", kind: SpanKind.Server));
        await bench.IntervalAsync();
        var ends = await bench.IntervalAsync();
        Assert.All(ends, static line => Assert.EndsWith("stale @20", line, StringComparison.Ordinal));
        Assert.Equal(1 + 20 + 2 + 20, ends.Count); // An operation, and the edge from the user, which has no client's side.
        Assert.Equal(0, bench.Metric("toka_span_metrics_operations"));
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5, name: "b"));
        Assert.Contains(await bench.IntervalAsync("calls_total"), static line => line.Contains("span_name=\"b\"", StringComparison.Ordinal) && line.EndsWith(" 0 @20.001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_writer_writes_at_its_interval_and_once_more_at_its_end()
    {
        var bench = new SpanMetricsBench();
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5));
        bench.Writer.Start();
        await bench.Writer.DisposeAsync();
        Assert.Equal(0, bench.Metric("toka_dropped_total", ("reason", "write_failed")));
    }

    private static string Label(string line, string name)
    {
        var start = line.IndexOf($"{name}=\"", StringComparison.Ordinal) + name.Length + 2;
        return line[start..line.IndexOf('"', start)];
    }
}
