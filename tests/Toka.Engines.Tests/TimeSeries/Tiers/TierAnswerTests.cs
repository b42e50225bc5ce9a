using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Samples;
using Toka.Query;
using Toka.Query.Results;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

/// <summary>What PromQL answers from summaries beside what it answers from the samples they were made of.</summary>
public sealed class TierAnswerTests
{
    private const long Second = 1000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;

    private static readonly Gen<long> Resolution = Gen.OneOf(Gen.Const(10 * Second), Gen.Const(Minute), Gen.Const(Hour));

    [Theory]
    [InlineData("min_over_time")]
    [InlineData("max_over_time")]
    [InlineData("count_over_time")]
    [InlineData("sum_over_time")]
    [InlineData("avg_over_time")]
    public Task Windows_of_whole_buckets_are_exact(string function) =>
        Gen.Select(TierGen.Whole, Resolution, Gen.Int[1, 9], Gen.Int[1, 5]).SampleAsync(async (series, resolution, buckets, step) =>
        {
            var expression = $"{function}(x_total[{buckets * resolution}ms])";
            var start = TierLayout.BucketEnd(series.Times[0], resolution) - resolution;
            Assert.Equal(
                await AskAsync(0, series, expression, start, step * resolution),
                await AskAsync(resolution, series, expression, start, step * resolution));
        }, iter: 100);

    [Theory]
    [InlineData("min_over_time")]
    [InlineData("max_over_time")]
    [InlineData("count_over_time")]
    [InlineData("last_over_time")]
    [InlineData("present_over_time")]
    public Task Windows_of_whole_buckets_are_exact_for_any_values(string function) =>
        Gen.Select(TierGen.Any, Resolution, Gen.Int[1, 9]).SampleAsync(async (series, resolution, buckets) =>
        {
            var expression = $"{function}(x_total[{buckets * resolution}ms])";
            var start = TierLayout.BucketEnd(series.Times[0], resolution);
            Assert.Equal(await AskAsync(0, series, expression, start, resolution), await AskAsync(resolution, series, expression, start, resolution));
        }, iter: 100);

    [Theory]
    [InlineData("min_over_time")]
    [InlineData("max_over_time")]
    [InlineData("count_over_time")]
    [InlineData("sum_over_time")]
    [InlineData("avg_over_time")]
    [InlineData("rate")]
    [InlineData("increase")]
    [InlineData("delta")]
    public Task Summaries_of_single_samples_answer_as_the_samples_do(string function) =>
        Gen.Select(TierGen.Any, Gen.Long[1, 500_000], Gen.Long[1, 100_000]).SampleAsync(async (series, range, step) =>
        {
            var raw = await AskAsync(0, series, $"{function}(x_total[{range}ms])", series.Times[0] - 10, step);
            var single = await AskAsync(1, series, $"{function}(x_total[{range}ms])", series.Times[0] - 10, step);
            Assert.Equal(raw.Select(static point => point.Time), single.Select(static point => point.Time));
            Assert.All(raw.Zip(single), static pair => AssertNear(pair.First.Value, pair.Second.Value));
        }, iter: 100);

    [Fact]
    public Task An_increase_between_samples_on_the_ends_of_buckets_is_exact_with_any_resets() =>
        Gen.Select(Gen.Int[-3, 50].Array[50, 400], Gen.OneOf(Gen.Const(10 * Second), Gen.Const(Minute)), Gen.Int[4, 9], Gen.Int[1, 5]).SampleAsync(async (steps, resolution, buckets, step) =>
        {
            // A sample every 5 s from the epoch's first day's first moment on; below zero is a reset.
            double value = 0;
            var values = Array.ConvertAll(steps, by => value = by < 0 ? -by : value + by);
            var times = Enumerable.Range(0, values.Length).Select(static i => i * 5 * Second).ToArray();
            var range = buckets * resolution;
            var found = await AskAsync(resolution, (times, values), $"increase(x_total[{range}ms])", range, step * resolution);
            foreach (var (time, increase) in found.Where(point => point.Time <= times[^1]))
            {
                Assert.Equal(TierGen.Change(values.AsSpan((int)((time - range) / 5000), (int)(range / 5000) + 1)), increase, 1e-9);
            }

            Assert.True(times[^1] < range || found.Count > 0);
        }, iter: 100);

    [Theory]
    [InlineData("rate")]
    [InlineData("increase")]
    [InlineData("delta")]
    public Task A_steady_series_has_the_same_rate_from_either_wherever_the_window_lies(string function) =>
        Gen.Select(Gen.Int[1, 15], Gen.Long[0, 14_999], Gen.Long[0, Hour], Gen.Long[1, 10 * Minute], Gen.Int[4, 9]).SampleAsync(async (slope, offset, start, step, buckets) =>
        {
            var times = Enumerable.Range(0, 1000).Select(i => offset + (i * 15 * Second)).ToArray();
            var series = (times, Array.ConvertAll(times, time => 1_000_000 + (slope * time / 1000.0)));
            var expression = $"{function}(x_total[{buckets}m])";
            var raw = await AskAsync(0, series, expression, start + Hour, step);
            var found = await AskAsync(Minute, series, expression, start + Hour, step);
            var whole = times[^1] - Minute;
            Assert.Equal(raw.Count(point => point.Time < whole), found.Count(point => point.Time < whole));
            Assert.All(raw.Zip(found).Where(pair => pair.First.Time < whole), static pair => Assert.Equal(pair.First.Value, pair.Second.Value, Math.Abs(pair.First.Value) * 1e-6));
        }, iter: 60);

    [Fact]
    public Task A_selectors_value_is_no_staler_than_the_resolution() =>
        Gen.Select(TierGen.Whole, Resolution, Gen.Long[0, 100_000], Gen.Long[1, 500_000]).SampleAsync(async (series, resolution, offset, step) =>
        {
            var start = series.Times[0] - offset;
            var values = (await AskAsync(resolution, series, "x_total", start, step)).ToDictionary(static p => p.Time, static p => p.Value);
            var times = (await AskAsync(resolution, series, "timestamp(x_total)", start, step)).ToDictionary(static p => p.Time, static p => (long)Math.Round(p.Value * 1000));
            Assert.Equal(values.Keys.Order(), times.Keys.Order());
            for (var i = 0; i < Steps; i++)
            {
                var now = start + (i * step);
                var known = TierLayout.BucketEnd(now, resolution);
                known -= known > now ? resolution : 0;
                var newest = Array.FindLastIndex(series.Times, time => time <= known);
                if (values.TryGetValue(now, out var value))
                {
                    Assert.InRange(times[now], newest < 0 ? long.MinValue : series.Times[newest], now);
                    Assert.Equal(series.Values[Array.IndexOf(series.Times, times[now])], value);
                }
                else
                {
                    var hasValue = newest >= 0 && !StaleMarker.Is(series.Values[newest]) && series.Times[newest] > known - (5 * Minute);
                    Assert.True(!hasValue || series.Times.Zip(series.Values).Any(s => s.First > known && s.First <= now && StaleMarker.Is(s.Second)));
                }
            }
        }, iter: 60);

    [Fact]
    public async Task An_engine_that_prefers_raw_says_so_to_the_store()
    {
        var reader = new TierReader(0, [0], [1]);
        var engine = new QueryEngine(reader, QueryOptions.Default, new FakeTimeProvider());
        await engine.InstantAsync("x_total", 0, CancellationToken.None);
        await engine.RunAsync(QueryRequest.Instant("x_total", 0) with { PrefersRaw = true }, CancellationToken.None);

        Assert.Equal([false, true], reader.Requests.Select(static request => request.PrefersRaw));
    }

    [Fact]
    public async Task What_a_store_tells_of_its_summaries_is_an_info_of_the_result()
    {
        var engine = new QueryEngine(new TierReader(Minute, [0, 1], [1, 2]), QueryOptions.Default, new FakeTimeProvider());
        var result = await engine.InstantAsync("sum_over_time(x_total[5m])", 2 * Minute, CancellationToken.None);

        Assert.Equal(["answered from summaries"], result.Infos);
        Assert.Empty(result.Warnings);
    }

    private const int Steps = 60;

    private static async Task<List<(long Time, double Value)>> AskAsync(long resolution, (long[] Times, double[] Values) series, string expression, long start, long step)
    {
        var engine = new QueryEngine(new TierReader(resolution, series.Times, series.Values), QueryOptions.Default, new FakeTimeProvider());
        var matrix = (MatrixValue)(await engine.RangeAsync(expression, start, start + ((Steps - 1) * step), step, CancellationToken.None)).Value;
        return [.. matrix.Series.SelectMany(static s => s.Timestamps.ToArray().Zip(s.Values.ToArray()))];
    }

    private static void AssertNear(double expected, double actual)
    {
        if (double.IsFinite(expected) && double.IsFinite(actual))
        {
            Assert.Equal(expected, actual, Math.Max(1e-9, Math.Abs(expected) * 1e-9));
        }
        else
        {
            Assert.Equal(expected, actual);
        }
    }
}
