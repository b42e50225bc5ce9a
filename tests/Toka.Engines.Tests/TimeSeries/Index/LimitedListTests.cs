using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries.Index;

/// <summary>Lists for people: cut at their limit, from the index alone.</summary>
public sealed class LimitedListTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_selection_is_cut_at_its_limit_where_that_is_asked_for_and_refused_where_not(bool withBlocks)
    {
        await using var store = await FilledAsync(withBlocks);
        foreach (var matchers in new LabelMatcher[][] { [], [Name("up")], [new("__name__", MatchOperator.Matches, ".+")], [Name("up"), new("i", MatchOperator.NotEqual, "3")], [new("none", MatchOperator.Equal, "")] })
        {
            var all = await CountAsync(store, Request(matchers));
            Assert.Equal(all, await CountAsync(store, Request(matchers) with { Limit = 1000, IsCutAtLimit = true }));
            Assert.Equal(5, await CountAsync(store, Request(matchers) with { Limit = 5, IsCutAtLimit = true }));
            await Assert.ThrowsAsync<LimitExceededException>(async () => await CountAsync(store, Request(matchers) with { Limit = 5 }));
        }

        Assert.Equal(0, await CountAsync(store, Request(Name("other")) with { Limit = 5, IsCutAtLimit = true }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_left_of_a_cut_selection_is_ordered_by_labels_and_matches(bool withBlocks)
    {
        await using var store = await FilledAsync(withBlocks);
        using var set = await store.SelectAsync(
            Request(new LabelMatcher("i", MatchOperator.Matches, "1.*"), Name("down")) with { Limit = 7, IsCutAtLimit = true }, TestContext.Current.CancellationToken);
        var labels = Enumerable.Range(0, set.Count).Select(set.LabelsOf).ToList();
        Assert.Equal(7, labels.Count);
        Assert.Equal(labels.Order(), labels);
        Assert.All(labels, static l => Assert.True(l["i"][0] == '1' && l["__name__"] == "down"));
        using var samples = new FloatColumn();
        set.ReadFloats(3, samples);
        Assert.Equal(1, samples.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Names_and_values_are_the_same_with_and_without_matchers_that_leave_all(bool withBlocks)
    {
        await using var store = await FilledAsync(withBlocks);
        var stop = TestContext.Current.CancellationToken;
        foreach (var all in new LabelMatcher[] { new("__name__", MatchOperator.NotEqual, ""), new("__name__", MatchOperator.Matches, ".+"), new("none", MatchOperator.Equal, ""), new("x", MatchOperator.Matches, ".*") })
        {
            Assert.Equal(await store.LabelNamesAsync(Request(), stop), await store.LabelNamesAsync(Request(all), stop));
            Assert.Equal(await store.LabelValuesAsync("i", Request(), stop), await store.LabelValuesAsync("i", Request(all), stop));
            Assert.Equal(["0", "1", "10"], await store.LabelValuesAsync("i", Request(all) with { Limit = 3 }, stop));
        }

        // Not every series has this one.
        Assert.Equal(["__name__", "i", "only"], await store.LabelNamesAsync(Request(), stop));
        Assert.Equal(["7"], await store.LabelValuesAsync("i", Request(new LabelMatcher("only", MatchOperator.NotEqual, "")), stop));
    }

    [Fact]
    public async Task The_report_counts_chunks_times_and_bytes_of_values()
    {
        await using var store = await FilledAsync(withBlocks: false);
        var report = store.Cardinality(10);
        Assert.Equal(report.Series, report.Chunks);
        Assert.Equal((_fixture.NowMs, _fixture.NowMs), (report.OldestMs, report.NewestMs));
        Assert.Equal(10 + (2 * 40), report.LabelBytes.Single(static l => l.Name == "i").Count);
        Assert.Equal(6, report.LabelBytes.Single(static l => l.Name == "__name__").Count);
    }

    private static LabelMatcher Name(string name) => new("__name__", MatchOperator.Equal, name);

    private static SelectRequest Request(params LabelMatcher[] matchers) => new() { Matchers = matchers, FromMs = 0, ToMs = long.MaxValue / 4 };

    private static async Task<int> CountAsync(MetricStore store, SelectRequest request)
    {
        using var set = await store.SelectAsync(request, TestContext.Current.CancellationToken);
        return set.Count;
    }

    /// <summary>50 series <c>up</c> and 50 <c>down</c>, one of them with a label more; in the second case half of each are in a block.</summary>
    private async Task<MetricStore> FilledAsync(bool withBlocks)
    {
        var store = withBlocks ? _fixture.OnDisk() : _fixture.InMemory();
        await WriteAsync(store, 0, withBlocks ? 30 : 50);
        if (withBlocks)
        {
            _fixture.Time.Advance(TimeSpan.FromHours(8));
            store.Maintain();
            await WriteAsync(store, 20, 50);
        }

        return store;
    }

    private Task<WriteResult> WriteAsync(MetricStore store, int from, int to) => Fixture.Write(
        store,
        [.. Enumerable.Range(from, to - from).SelectMany(i => new[]
        {
            (LabelSet.Of(("__name__", "up"), ("i", $"{i}")), _fixture.NowMs, 1.0),
            (i == 7 ? LabelSet.Of(("__name__", "down"), ("i", "7"), ("only", "x")) : LabelSet.Of(("__name__", "down"), ("i", $"{i}")), _fixture.NowMs, 1.0),
        })]);
}
