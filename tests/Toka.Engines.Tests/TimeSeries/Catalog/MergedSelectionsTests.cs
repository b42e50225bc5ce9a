using Toka.Core.Labels;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Index;
using Toka.TimeSeries.Reading;

namespace Toka.Engines.Tests.TimeSeries.Catalog;

public sealed class MergedSelectionsTests
{
    private readonly MergedSelections _kept = new();

    [Fact]
    public void A_selection_is_found_again_by_the_same_series_of_the_head()
    {
        var head = Head(3);
        var merged = new MergedSelection([]);
        _kept.Keep([], head, [], merged);

        Assert.Same(merged, _kept.Find([], head, []));
        Assert.Null(_kept.Find([], Head(3), []));
    }

    [Fact]
    public void One_of_more_series_than_the_head_keeps_is_not_kept_as_it_would_never_be_found()
    {
        _kept.Keep([], Head(SelectionCache.SeriesMax + 1), [], new MergedSelection([]));

        Assert.Equal(0, _kept.Count);
    }

    [Fact]
    public void Series_of_the_head_count_where_few_of_them_are_chosen()
    {
        for (var i = 0; i < 32; i++)
        {
            _kept.Keep([], Head(SelectionCache.SeriesMax), [], new MergedSelection([]));
        }

        Assert.Equal(8, _kept.Count);
    }

    private static HeadSelection Head(int series) => new(new Selection([], new int[series], [], new LabelSet[series], 0, 0), [], 0);
}
