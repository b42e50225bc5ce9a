using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

/// <summary>What queries ask of a store for the newer parts of the language, and what becomes of them while they are switched off.</summary>
public sealed class LanguageFeatureTests
{
    private const long Second = 1000;

    private static readonly QueryOptions All = QueryOptions.Default with
    {
        ExperimentalFunctions = true,
        ExtendedRangeSelectors = true,
        FillModifiers = true,
        StartTimestamps = true,
    };

    [Fact]
    public async Task A_duration_of_the_querys_step_is_known_when_the_store_is_asked()
    {
        var reader = new ListReader();

        await Engine(reader).RangeAsync("rate(v[step() * 3] offset range())", 100 * Second, 160 * Second, 20 * Second, CancellationToken.None);

        var request = Assert.Single(reader.Requests);
        Assert.Equal((60 * Second, 100 * Second - 60 * Second - 60 * Second + 1, 100 * Second), (request.RangeMs, request.FromMs, request.ToMs));
    }

    [Theory]
    [InlineData("v[step()]", "1:3: parse error: duration must be greater than 0")]
    [InlineData("v offset (1h / range())", "1:16: parse error: division by zero")]
    [InlineData("v[1m:2m % step()]", "1:11: parse error: modulo by zero")]
    [InlineData("v offset -(10 ^ (300 + step()))", "1:10: parse error: duration out of range")]
    public async Task A_duration_that_a_query_makes_senseless_is_named_with_its_place(string expression, string message)
    {
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await Engine(new ListReader()).InstantAsync(expression, 0, CancellationToken.None));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(QueryErrorType.BadData, fault.Type);
    }

    [Fact]
    public async Task A_culprit_is_printed_as_it_was_written_not_as_it_was_computed()
    {
        var reader = new ListReader();
        reader.Add("v", "a", Second, new double[100]);
        var engine = new QueryEngine(reader, All with { SamplesMax = 10 }, TimeProvider.System);

        var fault = await Assert.ThrowsAsync<QueryException>(async () =>
            await engine.RangeAsync("sum_over_time(v[step() * 2])", 0, 50 * Second, 10 * Second, CancellationToken.None));

        Assert.Contains("v[step() * 2]", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("increase(v[1m] anchored)", 100 - 60 - 300, 100)]
    [InlineData("increase(v[1m] smoothed)", 100 - 60 - 300, 100 + 300)]
    [InlineData("v smoothed offset 10s", 90 - 300, 90 + 300)]
    public async Task An_extended_selector_asks_for_raw_samples_of_a_look_back_around(string expression, long from, long to)
    {
        var reader = new ListReader();

        await Engine(reader).InstantAsync(expression, 100 * Second, CancellationToken.None);

        var request = Assert.Single(reader.Requests);
        Assert.Equal((from * Second + 1, to * Second, true), (request.FromMs, request.ToMs, request.PrefersRaw));
    }

    [Theory]
    [InlineData("v anchored", "anchored modifier can only be used with a range")]
    [InlineData("max_over_time((v anchored)[1m:])", "anchored modifier can only be used with a range")]
    [InlineData("absent_over_time((v[1m] smoothed))", "smoothed modifier can only be used with: delta, increase, rate - not with absent_over_time")]
    public async Task An_extended_selector_without_meaning_is_refused(string expression, string message)
    {
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await Engine(new ListReader()).InstantAsync(expression, 0, CancellationToken.None));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("info(v)", "function \"info\" is experimental")]
    [InlineData("start_timestamp(v)", "function \"start_timestamp\" is experimental")]
    [InlineData("v smoothed", "smoothed modifier is experimental and not enabled")]
    [InlineData("v + fill(0) v", "binop fill modifiers are experimental and not enabled")]
    public async Task What_is_switched_off_is_refused_by_name(string expression, string message)
    {
        var engine = new QueryEngine(new ListReader(), QueryOptions.Default, TimeProvider.System);
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await engine.InstantAsync(expression, 0, CancellationToken.None));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_a_counter_began_matters_only_where_it_is_switched_on()
    {
        var reader = new ListReader { CreatedMs = 5 * Second };
        reader.Add("v", "a", 10 * Second, double.NaN, 7);
        var off = new QueryEngine(reader, All with { StartTimestamps = false }, TimeProvider.System);

        Assert.Equal(7, await ValueAsync(Engine(reader), "increase(v[9s])", 10 * Second));
        Assert.Null(await ValueAsync(off, "increase(v[9s])", 10 * Second));
        Assert.Equal(5, await ValueAsync(Engine(reader), "start_timestamp(v)", 10 * Second));
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await ValueAsync(off, "start_timestamp(v)", 10 * Second));
        Assert.Contains("start_timestamps", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_selects_only_what_can_tell_of_the_series_found()
    {
        var reader = Hosts("h.1", "h|2", "");

        await Engine(reader).InstantAsync("info(sum by (instance) (load @ 7 offset 2s))", 100 * Second, CancellationToken.None);

        Assert.Equal(2, reader.Requests.Count);
        var request = reader.Requests[1];
        Assert.Equal((5 * Second - 300 * Second + 1, 5 * Second), (request.FromMs, request.ToMs));
        Assert.Equal(("target_info", MatchOperator.Equal), (request.Matchers[0].Value, request.Matchers[0].Operator));
        var ofInstance = Assert.Single(request.Matchers, matcher => matcher.Name == "instance");
        Assert.Equal(["h.1", "h|2", ""], new[] { "h.1", "h|2", "hx1", "h", "2", "" }.Where(value => ofInstance.IsMatch(System.Text.Encoding.UTF8.GetBytes(value))));
    }

    [Theory]
    [InlineData("info(label_replace(load, \"instance\", \"h9\", \"\", \"\"))")]
    [InlineData("info(count_values(\"job\", load))")]
    public async Task Info_is_not_narrowed_where_its_argument_makes_labels(string expression)
    {
        var reader = Hosts("h1");

        await Engine(reader).InstantAsync(expression, 0, CancellationToken.None);

        Assert.Equal("__name__", Assert.Single(reader.Requests[1].Matchers).Name);
    }

    [Fact]
    public async Task Info_and_a_selector_of_the_same_info_series_do_not_share_a_selection()
    {
        var reader = Hosts("h1");
        reader.Add(LabelSet.Of(("__name__", "target_info"), ("instance", "h1"), ("zone", "north")), Second, 1);
        reader.Add(LabelSet.Of(("__name__", "target_info"), ("instance", "other"), ("zone", "south")), Second, 1);

        Assert.Equal(3, await ValueAsync(Engine(reader), "count(info(load)) + count(target_info) unless info(load, {zone=\"south\"})", 0));
    }

    [Fact]
    public async Task An_info_series_that_stands_for_two_at_once_is_refused()
    {
        var reader = Hosts("h1");
        reader.Add(LabelSet.Of(("__name__", "target_info"), ("instance", "h1"), ("zone", "north")), Second, 1);
        reader.Add(LabelSet.Of(("__name__", "target_info"), ("instance", "h1"), ("zone", "south")), Second, 1);

        var fault = await Assert.ThrowsAsync<QueryException>(async () => await ValueAsync(Engine(reader), "info(load)", 0));

        Assert.Contains("found duplicate series for info metric", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_range_is_left_out_where_an_extended_one_shows_its_ends()
    {
        var reader = new ListReader();
        reader.Add("v", "a", 10 * Second, 0, 1, 2, 3);

        Assert.Equal([(20 * Second, 2.0)], await SamplesAsync(Engine(reader), "v[15s]", 25 * Second));
        Assert.Equal([(10 * Second, 1.0), (20 * Second, 2.0), (25 * Second, 2.0)], await SamplesAsync(Engine(reader), "v[15s] anchored", 25 * Second));
        Assert.Equal([(5 * Second, 0.5), (10 * Second, 1.0), (15 * Second, 1.5)], await SamplesAsync(Engine(reader), "v[10s] smoothed", 15 * Second));
    }

    private static QueryEngine Engine(ListReader reader) => new(reader, All, TimeProvider.System);

    private static ListReader Hosts(params string[] instances)
    {
        var reader = new ListReader();
        foreach (var instance in instances)
        {
            reader.Add(LabelSet.Of(("__name__", "load"), ("instance", instance)), Second, 1);
        }

        return reader;
    }

    private static async Task<double?> ValueAsync(QueryEngine engine, string expression, long timeMs)
    {
        var result = await engine.InstantAsync(expression, timeMs, CancellationToken.None);
        return ((VectorValue)result.Value).Samples is [var sample] ? sample.Value : null;
    }

    private static async Task<IReadOnlyList<(long, double)>> SamplesAsync(QueryEngine engine, string expression, long timeMs)
    {
        var result = await engine.InstantAsync(expression, timeMs, CancellationToken.None);
        var series = Assert.Single(((MatrixValue)result.Value).Series);
        return [.. series.Timestamps.ToArray().Zip(series.Values.ToArray())];
    }
}
