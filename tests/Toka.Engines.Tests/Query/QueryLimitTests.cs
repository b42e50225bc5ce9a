using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query;
using Toka.Query.PromQL.Functions;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

/// <summary>What a query may take, and how it says that it reached that.</summary>
public sealed class QueryLimitTests
{
    private const long Second = 1000;

    [Theory]
    [InlineData("sort(big)", "big")]
    [InlineData("topk(3, big)", "big")]
    [InlineData("quantile(0.5, big)", "big")]
    [InlineData("big + on (l) (big offset 1s)", "big")]
    [InlineData("sum by (l) (big)", "sum by (l) (big)")]
    [InlineData("big[100s]", "big[1m40s]")]
    [InlineData("big * on (l) big", "big")]
    [InlineData("avg by (l) (rate(big[10s]))", "rate(big[10s])")]
    [InlineData("max_over_time(big[1h:10ms])", "big[1h:10ms]")]
    [InlineData("label_join(big, \"x\", \"-\", \"l\", \"l\", \"l\", \"l\", \"l\", \"l\")", "label_join(big")]
    public async Task The_memory_limit_names_itself_its_value_and_the_culprit(string expression, string culprit)
    {
        var fault = await FaultOf(Many(200), QueryOptions.Default with { MemoryMax = 40_000 }, expression);

        Assert.Equal((QueryErrorType.Execution, "memory_max"), (fault.Type, fault.Limit));
        Assert.Contains("the limit query.memory_max is 0.04 MiB", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"reached by {culprit}", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("reached by big +", fault.Message, StringComparison.Ordinal);
        Assert.Contains("raise the limit", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_result_of_a_range_query_counts_itself()
    {
        var reader = Many(20);
        var options = QueryOptions.Default with { ThreadsMax = 1 };
        var progress = new QueryProgress();
        await new QueryEngine(reader, options, TimeProvider.System).RunAsync(
            QueryRequest.Range("big", 0, 99 * Second, Second) with { Progress = progress }, CancellationToken.None);

        Assert.InRange(progress.Bytes, 20 * 100 * 16, 20 * 100 * 16 * 2);
        Assert.InRange(progress.PeakPoints, 20 * 100, 20 * 100 * 2);
        Assert.Equal((20, 2000), (progress.Series, progress.Samples));
    }

    [Fact]
    public async Task The_buckets_of_one_histogram_count_while_they_are_read_together()
    {
        // 200 columns of 1,024 places are 1.6 MB, held at once for one histogram and by tens for twenty.
        var options = QueryOptions.Default with { MemoryMax = 1 << 20, ThreadsMax = 1 };
        var one = Buckets(1, 200);
        var twenty = Buckets(20, 10);
        var fault = await Assert.ThrowsAsync<QueryException>(async () =>
            await new QueryEngine(one, options, TimeProvider.System).RangeAsync("sum(histogram_quantile(0.5, h))", 0, 999 * Second, Second, CancellationToken.None));

        Assert.Equal("memory_max", fault.Limit);
        Assert.NotNull(await new QueryEngine(twenty, options, TimeProvider.System).RangeAsync("sum(histogram_quantile(0.5, h))", 0, 999 * Second, Second, CancellationToken.None));
    }

    [Fact]
    public async Task Histograms_that_are_wanted_twice_are_kept_only_where_there_is_room_for_them()
    {
        // Each of 100 series has 100 histograms of 4 KB: 40 MB, were they kept from the first reading for the second.
        var reader = Histograms(100, 500);
        var engine = new QueryEngine(reader, QueryOptions.Default with { MemoryMax = 8 << 20, ThreadsMax = 1 }, TimeProvider.System);
        var progress = new QueryProgress();
        var request = QueryRequest.Range("count(-h) + group(-h)", 0, 99 * Second, Second);
        var result = await engine.RunAsync(request with { Progress = progress }, CancellationToken.None);

        Assert.Equal(101, Assert.Single(((MatrixValue)result.Value).Series).Values.Span[0]);
        Assert.InRange(progress.Bytes, 0, 4 << 20);
    }

    [Fact]
    public async Task Histograms_of_info_series_count_as_samples()
    {
        var reader = Histograms(1, 500);
        reader.Add(LabelSet.Of(("__name__", "v"), ("instance", "a"), ("job", "b")), Second, new double[100]);
        var options = QueryOptions.Default with { SamplesMax = 20_000, ExperimentalFunctions = true };
        var fault = await FaultOf(reader, options, "info(v, {__name__=\"h\"})");

        Assert.Equal("samples_max", fault.Limit);
        Assert.Contains("\"h\"", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "at least 200 series")]
    [InlineData(false, "200 series")]
    public async Task Too_many_series_are_refused_whether_the_store_minds_or_not(bool minds, string needed)
    {
        var fault = await FaultOf(Many(200, minds), QueryOptions.Default with { SeriesMax = 150 }, "1 + sum(big{l!=\"none\"})");

        Assert.Equal("series_max", fault.Limit);
        Assert.Equal($"selector big{{l!=\"none\"}} finds {needed}; the limit query.series_max is 150; narrow it by a label, or raise the limit", fault.Message);
        Assert.Equal("1 + sum(".Length, fault.Position);
    }

    [Fact]
    public async Task A_timeout_names_where_the_query_was()
    {
        var time = new FakeTimeProvider();
        var reader = Many(3);
        reader.WhenRead = _ => time.Advance(TimeSpan.FromMinutes(1));
        var engine = new QueryEngine(reader, QueryOptions.Default with { ThreadsMax = 1 }, time);
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await engine.InstantAsync("1 + sum(rate(big[5s]))", 0, CancellationToken.None));
        var asked = await Assert.ThrowsAsync<QueryException>(async () => await engine.RunAsync(
            QueryRequest.Instant("sum(big)", 0) with { Timeout = TimeSpan.FromSeconds(50) }, CancellationToken.None));

        Assert.Equal("timeout", fault.Limit);
        Assert.Equal("query timed out after 120 s, the limit query.timeout, in expression evaluation at big[5s]; narrow the selector or the range, or raise the limit", fault.Message);
        Assert.Equal("query timed out after 50 s, the timeout that the request asked for, in expression evaluation at big; narrow the selector or the range", asked.Message);
    }

    [Fact]
    public async Task A_long_culprit_is_cut_in_the_message()
    {
        var names = string.Join("|", Enumerable.Range(0, 500));
        var fault = await FaultOf(Many(20), QueryOptions.Default with { SeriesMax = 1 }, $"big{{l!~\"{names}\"}}");

        Assert.InRange(fault.Message.Length, 300, 500);
        Assert.Contains("…", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sum(big)", 7)]
    [InlineData("rate(big[5s])", 7)]
    [InlineData("topk(3, big)", 7)]
    [InlineData("sort_by_label(big, \"l\")", 7)]
    [InlineData("quantile(0.5, big)", 7)]
    [InlineData("count_values(\"v\", big)", 7)]
    [InlineData("limitk(2, big)", 7)]
    [InlineData("big / ignoring (x) big", 7)]
    [InlineData("big or other", 7)]
    [InlineData("big and big", 7)]
    [InlineData("max_over_time(abs(big)[100s:1s])", 7)]
    [InlineData("absent_over_time(big[5s])", 7)]
    [InlineData("scalar(big)", 7)]
    [InlineData("histogram_quantile(0.5, big)", 7)]
    [InlineData("label_replace(big, \"a\", \"$1\", \"l\", \"(.*)\")", 7)]
    public async Task A_query_ends_with_the_series_that_is_read_when_it_is_cancelled(string expression, int reads)
    {
        using var source = new CancellationTokenSource();
        var reader = Many(200);
        reader.WhenRead = count =>
        {
            if (count == reads)
            {
                source.Cancel();
            }
        };
        var options = QueryOptions.Default with { ThreadsMax = 1, ExperimentalFunctions = true };
        var fault = await Assert.ThrowsAsync<QueryException>(async () =>
            await new QueryEngine(reader, options, TimeProvider.System).RangeAsync(expression, 0, 99 * Second, Second, source.Token));

        Assert.Equal(QueryErrorType.Canceled, fault.Type);
        Assert.Equal(reads, reader.Reads);
    }

    [Theory]
    [InlineData("max_over_time(tick(vector(time()))[30d:1s])")]
    [InlineData("sum_over_time((tick(vector(time())) ^ 2 ^ 3 + 1)[30d:1s])")]
    [InlineData("max_over_time((-tick(vector(time())))[30d:1s])")]
    public async Task A_subquery_of_millions_of_steps_ends_soon_after_it_is_cancelled(string expression)
    {
        using var source = new CancellationTokenSource();
        var ticks = 0;
        var options = QueryOptions.Default with
        {
            Functions = FunctionRegistry.BuiltIn.WithElementwise("tick", 0, (value, _) =>
            {
                if (++ticks == 10)
                {
                    source.Cancel();
                }

                return value;
            }),
        };
        var fault = await Assert.ThrowsAsync<QueryException>(async () =>
            await new QueryEngine(new ListReader(), options, TimeProvider.System).InstantAsync(expression, 40L * 86_400 * Second, source.Token));

        Assert.Equal(QueryErrorType.Canceled, fault.Type);
        Assert.InRange(ticks, 10, 20_000);
    }

    [Theory]
    [InlineData("x[100y:1ms]", "samples_max")]
    [InlineData("max_over_time(vector(1)[100y:1ms])", "samples_max")]
    [InlineData("count_over_time(max_over_time(max_over_time(vector(1)[1y:1s])[1y:1s])[1y:1s])", "memory_max")]
    [InlineData("max_over_time(vector(time())[1y:1s])", "memory_max")]
    [InlineData("sum(quantile_over_time(0.5, big[1000y]))", null)]
    public async Task Huge_ranges_are_refused_before_anything_is_taken_for_them(string expression, string? limit)
    {
        var progress = new QueryProgress();
        var engine = new QueryEngine(Many(2), QueryOptions.Default, TimeProvider.System);
        var request = QueryRequest.Instant(expression, 1000 * Second) with { Progress = progress };
        if (limit is null)
        {
            Assert.NotNull(await engine.RunAsync(request, CancellationToken.None));
            return;
        }

        var fault = await Assert.ThrowsAsync<QueryException>(async () => await engine.RunAsync(request, CancellationToken.None));
        Assert.Equal(limit, fault.Limit);
        Assert.Contains("y:1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expression_of_ten_megabytes_is_refused_by_its_length()
    {
        var fault = await FaultOf(new ListReader(), QueryOptions.Default, string.Create(10 << 20, '(', static (span, c) => span.Fill(c)));

        Assert.Equal(QueryErrorType.BadData, fault.Type);
        Assert.Contains("10485760 characters; the limit expression_length_max is 65536", fault.Message, StringComparison.Ordinal);
        Assert.InRange(fault.Message.Length, 0, 300);
    }

    [Theory]
    [InlineData("(", "v", ")")]
    [InlineData("-", "v", "")]
    [InlineData("abs(", "v", ")")]
    [InlineData("max_over_time(", "v", "[5s:1s])")]
    [InlineData("", "v", " + v")]
    public async Task Deep_nesting_is_refused_and_what_is_just_allowed_is_answered(string before, string middle, string after)
    {
        string Nested(int levels) => string.Concat(Enumerable.Repeat(before, levels)) + middle + string.Concat(Enumerable.Repeat(after, levels));
        var reader = new ListReader();
        reader.Add("v", "a", Second, 1);
        var fault = await FaultOf(reader, QueryOptions.Default, Nested(2500));
        Assert.Contains("expression_depth_max", fault.Message, StringComparison.Ordinal);

        // Half of the levels is enough for two nodes a level.
        var request = QueryRequest.Instant(Nested(240), 0) with { WantsProfile = true };
        var result = await new QueryEngine(reader, QueryOptions.Default, TimeProvider.System).RunAsync(request, CancellationToken.None);
        Assert.Single(((VectorValue)result.Value).Samples);
    }

    [Fact]
    public async Task Thousands_of_selectors_are_planned_without_comparing_each_with_each()
    {
        string Sum(int from, int to) => to - from == 1 ? $"s{from}" : $"({Sum(from, (from + to) / 2)} or {Sum((from + to) / 2, to)})";
        var result = await new QueryEngine(new ListReader(), QueryOptions.Default, TimeProvider.System).InstantAsync(Sum(0, 5000), 0, CancellationToken.None);

        Assert.Empty(((VectorValue)result.Value).Samples);
    }

    private static ListReader Many(int series, bool minds = false)
    {
        var reader = new ListReader { MindsLimit = minds };
        for (var i = 0; i < series; i++)
        {
            reader.Add("big", $"{i:000}", Second, new double[100]);
        }

        return reader;
    }

    /// <summary>Series of 100 native histograms.</summary>
    private static ListReader Histograms(int series, int buckets)
    {
        var reader = new ListReader();
        var layout = new HistogramLayout(0, 0, [new HistogramSpan(0, buckets)], [], []);
        var histogram = new NativeHistogram(layout, HistogramResetHint.Unknown, 0, buckets, buckets, Enumerable.Repeat(1.0, buckets).ToArray());
        for (var i = 0; i < series; i++)
        {
            reader.AddHistograms(LabelSet.Of(("__name__", "h"), ("instance", "a"), ("job", "b"), ("l", $"{i}")), Second, Enumerable.Repeat(histogram, 100).ToArray());
        }

        return reader;
    }

    private static ListReader Buckets(int histograms, int buckets)
    {
        var reader = new ListReader();
        for (var i = 0; i < histograms * buckets; i++)
        {
            reader.Add(LabelSet.Of(("__name__", "h"), ("l", $"{i / buckets}"), ("le", $"{i % buckets}")), Second, new double[10]);
        }

        return reader;
    }

    private static async Task<QueryException> FaultOf(ListReader reader, QueryOptions options, string expression) =>
        await Assert.ThrowsAsync<QueryException>(async () =>
            await new QueryEngine(reader, options, TimeProvider.System).InstantAsync(expression, 50 * Second, CancellationToken.None));
}
