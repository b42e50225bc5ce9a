using Microsoft.Extensions.Time.Testing;
using Toka.Query;
using Toka.Query.PromQL.Functions;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

/// <summary>What a query tells of its cost, and parts that are evaluated once.</summary>
public sealed class QueryProfileTests
{
    private const long Second = 1000;

    private readonly ListReader _reader = new();
    private readonly FakeTimeProvider _time = new();

    public QueryProfileTests()
    {
        for (var i = 0; i < 10; i++)
        {
            _reader.Add("v_total", $"{i}", Second, [.. Enumerable.Range(0, 100).Select(n => (double)n * i)]);
        }
    }

    [Fact]
    public async Task The_tree_tells_the_series_steps_and_samples_of_each_part()
    {
        var profile = (await ProfileOf("sum by (l) (rate(v_total[10s])) * scalar(count(v_total @ 50))"))!;

        Assert.Equal(
            """
            *  10 series 8 steps 0 samples
              sum  10 series 8 steps 0 samples
                rate  10 series 8 steps 0 samples
                  range selector  10 series 8 steps 1000 samples
              scalar  0 series 1 steps 0 samples once for all steps
                count  1 series 1 steps 0 samples
                  selector  10 series 1 steps 1000 samples
            """, Tree(profile.Root), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task Selections_tell_what_they_found_and_what_was_decoded_of_it()
    {
        var profile = (await ProfileOf("rate(v_total[10s]) + v_total{l=\"3\"}"))!;

        Assert.Collection(
            profile.Fetches,
            fetch => Assert.Equal(("v_total", 10L, 1000L, -1, 0L), (fetch.Selector, fetch.Series, fetch.Samples, fetch.Blocks, fetch.ResolutionMs)),
            fetch => Assert.Equal(("v_total{l=\"3\"}", 1L, 100L), (fetch.Selector, fetch.Series, fetch.Samples)));
        Assert.Equal((20 - 10) * Second + 1, profile.Fetches[0].FromMs);
        Assert.Equal(90 * Second, profile.Fetches[0].ToMs);
    }

    [Fact]
    public async Task Time_is_told_where_it_went()
    {
        var options = QueryOptions.Default with
        {
            ThreadsMax = 1,
            Functions = FunctionRegistry.BuiltIn.WithElementwise("linger", 0, (value, _) =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return value;
            }),
        };
        var profile = (await ProfileOf("sum(linger(v_total{l=\"3\"})) + sum(v_total)", options))!;

        Assert.Equal(TimeSpan.FromSeconds(8), profile.Root.Elapsed);
        Assert.Equal(TimeSpan.FromSeconds(8), profile.Evaluating);
        Assert.Equal(TimeSpan.FromSeconds(8), profile.Root.Children[0].Children[0].Elapsed);
        Assert.Equal(TimeSpan.Zero, profile.Root.Children[0].Children[0].Children[0].Elapsed);
        Assert.Equal(TimeSpan.Zero, profile.Root.Children[1].Elapsed);
    }

    [Fact]
    public async Task A_result_has_no_profile_unless_it_is_asked_for()
    {
        var result = await Engine().InstantAsync("sum(v_total)", 50 * Second, CancellationToken.None);

        Assert.Null(result.Statistics.Profile);
        Assert.InRange(result.Statistics.PeakPoints, 100, 300);
    }

    [Theory]
    [InlineData("rate(v_total[10s]) / on (l) rate(v_total[10s])", 10)]
    [InlineData("rate(v_total[10s]) / on () group_left () sum(rate(v_total[10s]))", 10)]
    [InlineData("sum(rate(v_total[10s])) / (sum(rate(v_total[10s])))", 10)]
    [InlineData("v_total and v_total > 3", 10)]
    [InlineData("max_over_time(rate(v_total[10s])[20s:5s]) - max_over_time(rate(v_total[10s])[20s:5s])", 10)]
    [InlineData("rate(v_total[10s]) / on (l) rate(v_total[11s])", 20)]
    [InlineData("rate(v_total[10s]) / on (l) max_over_time(rate(v_total[10s])[20s:5s])", 20)]
    [InlineData("v_total @ start() + on (l) v_total", 20)]
    public async Task Parts_that_are_alike_on_the_same_steps_are_evaluated_once(string expression, int reads)
    {
        await Engine().RangeAsync(expression, 20 * Second, 90 * Second, 10 * Second, CancellationToken.None);

        Assert.Equal(reads, _reader.Reads);
    }

    [Theory]
    [InlineData("rate(v_total[10s]) * on (l) rate(v_total[10s])", "rate(v_total[10s]) ^ 2")]
    [InlineData("sum(v_total) + sum(v_total) + sum(v_total)", "3 * sum(v_total)")]
    [InlineData("(v_total > 100) or on (l) v_total or on (l) v_total > 100", "v_total > 100 or on (l) v_total")]
    [InlineData("topk(2, v_total) + on (l) topk(2, v_total)", "2 * topk(2, v_total)")]
    public async Task What_is_shared_means_the_same(string shared, string apart)
    {
        var small = Engine(QueryOptions.Default with { SamplesMax = 2000 });
        foreach (var engine in new[] { Engine(), small })
        {
            var one = (MatrixValue)(await engine.RangeAsync(shared, 20 * Second, 90 * Second, 10 * Second, CancellationToken.None)).Value;
            var other = (MatrixValue)(await engine.RangeAsync(apart, 20 * Second, 90 * Second, 10 * Second, CancellationToken.None)).Value;

            Assert.NotEmpty(one.Series);
            Assert.Equal(Text(other), Text(one));
        }
    }

    [Fact]
    public async Task Sharing_is_noted_at_each_place_and_costs_the_second_one_no_samples()
    {
        var profile = (await ProfileOf("rate(v_total[10s]) / on () group_left () sum(rate(v_total[10s]))"))!;

        Assert.Equal(
            """
            /  10 series 8 steps 0 samples
              rate  10 series 8 steps 0 samples shared
                range selector  10 series 8 steps 1000 samples
              sum  1 series 8 steps 0 samples
                rate  10 series 8 steps 0 samples shared
            """, Tree(profile.Root), ignoreLineEndingDifferences: true);
    }

    private static string Text(MatrixValue value) => string.Join(
        '\n', value.Series.Select(static series => $"{string.Join(',', series.Timestamps.ToArray())} {string.Join(',', series.Values.ToArray().Select(static number => number.ToString("G9")))}"));

    private static string Tree(NodeProfile node, string indent = "") => string.Join('\n', (string[])
        [$"{indent}{node.Kind}  {node.Series} series {node.Steps} steps {node.Samples} samples {node.Note}".TrimEnd(), .. node.Children.Select(child => Tree(child, indent + "  "))]);

    private async Task<QueryProfile?> ProfileOf(string expression, QueryOptions? options = null) => (await Engine(options).RunAsync(
        QueryRequest.Range(expression, 20 * Second, 90 * Second, 10 * Second) with { WantsProfile = true }, CancellationToken.None)).Statistics.Profile;

    private QueryEngine Engine(QueryOptions? options = null) => new(_reader, options ?? QueryOptions.Default, _time);
}
