using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query;
using Toka.Query.Results;

namespace Toka.Engines.Tests.TimeSeries.Reading;

/// <summary>Selections of more series than the request allows are refused while they are still cheap.</summary>
public sealed class SelectionLimitTests : IDisposable
{
    private const int Series = 20_000;

    /// <summary>The numbers of the series and of their values, several times over; with labels it is three times as much.</summary>
    private const long CheapBytes = Series * 80;

    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Too_many_series_are_counted_and_no_labels_are_made_of_them(bool sealedOnce, bool reopened)
    {
        await using (var store = _fixture.OnDisk())
        {
            await FillAsync(store);
            if (sealedOnce)
            {
                Assert.True(store.Seal());
            }

            if (!reopened)
            {
                await RefuseAsync(store);
            }
        }

        if (reopened)
        {
            await using var again = _fixture.OnDisk();
            await RefuseAsync(again);
        }
    }

    [Fact]
    public async Task Series_outside_of_the_time_asked_for_do_not_count()
    {
        await using var store = _fixture.OnDisk();
        await FillAsync(store);
        using var set = await store.SelectAsync(Request() with { FromMs = _fixture.NowMs + 60_000, ToMs = _fixture.NowMs + 120_000 }, CancellationToken.None);

        Assert.Equal(0, set.Count);
    }

    [Fact]
    public async Task A_query_over_them_says_which_selector_it_was()
    {
        await using var store = _fixture.OnDisk();
        await FillAsync(store);
        var engine = new QueryEngine(store, QueryOptions.Default with { SeriesMax = 1000 }, _fixture.Time);
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await engine.InstantAsync("sum(rate(m{pod=~\".+\"}[5m]))", _fixture.NowMs, CancellationToken.None));

        Assert.Equal("selector m{pod=~\".+\"} finds at least 20000 series; the limit query.series_max is 1000; narrow it by a label, or raise the limit", fault.Message);
    }

    [Fact]
    public async Task A_selection_that_is_cancelled_ends()
    {
        await using var store = _fixture.OnDisk();
        await FillAsync(store);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.SelectAsync(Request() with { Limit = 0 }, gone.Token));
    }

    private static SelectRequest Request() => new() { FromMs = 0, ToMs = long.MaxValue, Limit = 1000, Matchers = [new LabelMatcher("pod", MatchOperator.Matches, "p.*")] };

    private static async Task RefuseAsync(Toka.TimeSeries.MetricStore store)
    {
        var warm = await Assert.ThrowsAsync<LimitExceededException>(async () => await store.SelectAsync(Request(), CancellationToken.None));
        Assert.Equal(Series, warm.Needed);
        Assert.Contains("finds at least 20000 series; the limit is 1000", warm.Message, StringComparison.Ordinal);

        // A selection ends on the thread that it began on.
        var before = GC.GetAllocatedBytesForCurrentThread();
        await Assert.ThrowsAsync<LimitExceededException>(async () => await store.SelectAsync(Request(), CancellationToken.None));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, CheapBytes);
    }

    private async Task FillAsync(Toka.TimeSeries.MetricStore store)
    {
        using var batch = new WriteBatch();
        for (var i = 0; i < Series; i++)
        {
            batch.Add(LabelSet.Of((LabelSet.MetricName, "m"), ("namespace", "some-namespace-with-a-name"), ("node", "some-node-with-a-name"), ("pod", $"pod-{i:00000}")), _fixture.NowMs, i);
        }

        Assert.Equal(Series, (await store.WriteAsync(batch, CancellationToken.None)).Accepted);
    }
}
