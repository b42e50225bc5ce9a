using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Limits;
using Toka.Query;
using Toka.Query.PromQL.Functions;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

public sealed class QueryEngineTests
{
    private const long Second = 1000;

    private readonly ListReader _reader = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Equal_selectors_share_one_request_that_covers_both()
    {
        _reader.Add("c_total", "a", Second, [.. Enumerable.Range(0, 100).Select(i => (double)i)]);

        await Engine().RangeAsync("sum(rate(c_total[30s])) / count(c_total) + sum(c_total offset 10s)", 50 * Second, 90 * Second, 10 * Second, CancellationToken.None);

        var request = Assert.Single(_reader.Requests);
        Assert.Equal((50 - 10 - 300) * Second + 1, request.FromMs);
        Assert.Equal(90 * Second, request.ToMs);
        Assert.Equal("", request.Function);
    }

    [Fact]
    public async Task A_request_says_what_the_samples_are_for()
    {
        await Engine().RangeAsync("rate(c_total[30s] offset 5s)", 50 * Second, 90 * Second, 10 * Second, CancellationToken.None);

        var request = Assert.Single(_reader.Requests);
        Assert.Equal(("rate", 30 * Second, 10 * Second), (request.Function, request.RangeMs, request.StepMs));
        Assert.Equal((50 - 5 - 30) * Second + 1, request.FromMs);
        Assert.Equal(85 * Second, request.ToMs);
    }

    [Fact]
    public async Task Too_many_points_are_refused_in_prometheus_words()
    {
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await Engine().RangeAsync("up", 0, 11_001 * Second, Second, CancellationToken.None));

        Assert.Equal("exceeded maximum resolution of 11,000 points per timeseries: the range has 11,001 steps. Try a larger step (?step=XX), a shorter range, or raise the limit query.points_per_series_max", fault.Message);
        Assert.Equal(QueryErrorType.BadData, fault.Type);
    }

    [Theory]
    [InlineData("samples_max", "sum(rate(big[5m]))", "big[5m]")]
    [InlineData("samples_max", "sort(big)", "big")]
    [InlineData("samples_max", "max_over_time(vector(1)[100y:1ms])", "vector(1)[100y:1ms]")]
    [InlineData("series_max", "count({l=~\".+\"})", "{l=~\".+\"}")]
    public async Task A_limit_names_itself_and_the_culprit(string limit, string expression, string culprit)
    {
        for (var i = 0; i < 20; i++)
        {
            _reader.Add("big", $"{i}", Second, new double[100]);
        }

        var options = limit == "series_max" ? QueryOptions.Default with { SeriesMax = 10 } : QueryOptions.Default with { SamplesMax = 1000 };
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await Engine(options).InstantAsync(expression, 99 * Second, CancellationToken.None));

        Assert.Equal(QueryErrorType.Execution, fault.Type);
        Assert.Contains(limit, fault.Message, StringComparison.Ordinal);
        Assert.Contains(culprit, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(950, true)]
    [InlineData(500, false)]
    public async Task A_heavy_query_is_refused_while_memory_is_critical_and_a_light_one_is_not(long used, bool isRefused)
    {
        _reader.Add("big", "a", Second, new double[100]);
        _reader.Add("small", "a", Second, new double[10]);
        var options = QueryOptions.Default with
        {
            HeavySamples = 50,
            Memory = new MemoryBudget(1000, () => used, static () => { }, TimeProvider.System),
        };
        var engine = Engine(options);

        Assert.NotNull(await engine.InstantAsync("sum_over_time(small[10s])", 99 * Second, CancellationToken.None));
        if (!isRefused)
        {
            Assert.NotNull(await engine.InstantAsync("sum_over_time(big[100s])", 99 * Second, CancellationToken.None));
            return;
        }

        var fault = await Assert.ThrowsAsync<QueryException>(async () => await engine.InstantAsync("sum_over_time(big[100s])", 99 * Second, CancellationToken.None));
        Assert.StartsWith("memory is at 95 % of 0 MiB, so queries of more than 50 samples are refused until it falls: reached by big[1m40s]", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_whose_caller_is_gone_is_canceled()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await Engine().InstantAsync("up", 0, gone.Token));

        Assert.Equal(QueryErrorType.Canceled, fault.Type);
    }

    [Fact]
    public async Task A_query_that_takes_too_long_times_out()
    {
        _reader.Add("up", "a", Second, 1);
        var slow = QueryOptions.Default with
        {
            Functions = FunctionRegistry.BuiltIn.WithElementwise("linger", 0, (value, _) =>
            {
                _time.Advance(TimeSpan.FromMinutes(3));
                return value;
            }),
        };
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await Engine(slow).InstantAsync("sum(linger(up)) + sum(up)", 0, CancellationToken.None));

        Assert.Equal(QueryErrorType.Timeout, fault.Type);
        Assert.Contains("120 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Products_add_functions()
    {
        _reader.Add("v", "a", Second, 1, 2, 6);
        var functions = FunctionRegistry.BuiltIn
            .WithRange("spread_over_time", 0, (in RangeWindow window, ReadOnlySpan<double> _) => window.Values[^1] - window.Values[0])
            .WithElementwise("plus", 1, (value, arguments) => value + arguments[0]);
        var result = await Engine(QueryOptions.Default with { Functions = functions }).InstantAsync("plus(spread_over_time(v[3s]), 10)", 2 * Second, CancellationToken.None);

        Assert.Equal(15, Assert.Single(((VectorValue)result.Value).Samples).Value);
        Assert.False(FunctionRegistry.BuiltIn.TryGet("plus", out _));
    }

    [Fact]
    public async Task Statistics_count_what_was_decoded()
    {
        _reader.Add("v", "a", Second, 1, 2, 3);
        _reader.Add("v", "b", Second, 1, 2, 3, 4);
        var result = await Engine().InstantAsync("sum(v)", 2 * Second, CancellationToken.None);

        Assert.Equal((2, 7), (result.Statistics.Series, result.Statistics.Samples));
    }

    [Fact]
    public async Task Names_are_dropped_at_once_unless_told_otherwise()
    {
        _reader.Add("c_total", "a", Second, 0, 1, 2);
        const string Expression = "label_replace(rate({l=\"a\"}[3s]), \"n\", \"$1\", \"__name__\", \"(.+)\")";
        var atOnce = (VectorValue)(await Engine().InstantAsync(Expression, 2 * Second, CancellationToken.None)).Value;
        var late = (VectorValue)(await Engine(QueryOptions.Default with { DelayedNameRemoval = true }).InstantAsync(Expression, 2 * Second, CancellationToken.None)).Value;

        Assert.Equal("{l=\"a\"}", Assert.Single(atOnce.Samples).Labels.ToString());
        Assert.Equal("{l=\"a\",n=\"c_total\"}", Assert.Single(late.Samples).Labels.ToString());
    }

    [Theory]
    [InlineData("rate(v[7s])")]
    [InlineData("sum by (l) (v) + on (l) max_over_time(v[4s])")]
    [InlineData("avg_over_time((v > 2)[10s:3s])")]
    [InlineData("topk(2, v) or vector(time())")]
    [InlineData("resets(v[9s]) + changes(v[9s])")]
    public void A_range_query_says_at_each_step_what_an_instant_query_says(string expression) =>
        Gen.Select(Gen.Double[0, 5].Array[1, 40], Gen.Double[0, 5].Array[1, 40], Gen.Int[1, 7]).SampleAsync(async (a, b, step) =>
        {
            var reader = new ListReader();
            reader.Add("v", "a", Second, a);
            reader.Add("v", "b", 2 * Second, b);
            var engine = new QueryEngine(reader, QueryOptions.Default, _time);
            var matrix = (MatrixValue)(await engine.RangeAsync(expression, 0, 60 * Second, step * Second, CancellationToken.None)).Value;
            for (var time = 0L; time <= 60 * Second; time += step * Second)
            {
                var vector = (VectorValue)(await engine.InstantAsync(expression, time, CancellationToken.None)).Value;
                var expected = vector.Samples.ToDictionary(sample => sample.Labels, sample => sample.Value);
                var found = matrix.Series.Where(series => series.Timestamps.Span.Contains(time))
                    .ToDictionary(series => series.Labels, series => series.Values.Span[series.Timestamps.Span.IndexOf(time)]);
                Assert.Equal(expected, found);
            }
        }, iter: 30);

    [Fact]
    public async Task What_the_store_finds_while_series_are_read_stands_in_the_answer()
    {
        var reader = new ListReader { WarningWhenRead = "damaged data was passed over" };
        reader.Add("v", "a", Second, 1, 2, 3);
        var result = await new QueryEngine(reader, QueryOptions.Default, _time).InstantAsync("sum(v)", Second, CancellationToken.None);
        Assert.Equal(["damaged data was passed over"], result.Warnings);
    }

    private QueryEngine Engine(QueryOptions? options = null) => new(_reader, options ?? QueryOptions.Default, _time);
}
