using CsCheck;
using Toka.Core.Series;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class SummaryMergeTests
{
    [Fact]
    public void Each_day_is_the_later_ones_where_it_has_any_of_it() => Gen.Select(TierGen.Whole, TierGen.Whole).Sample(static (one, other) =>
    {
        using var earlier = TierGen.SumUpByDay(60_000, one.Times, one.Values);
        using var later = TierGen.SumUpByDay(60_000, other.Times, other.Values);
        using var merged = new SummaryColumn();
        var replaced = SummaryMerge.Merge(earlier, later, merged);

        var days = SummariserTests.Rows(later).Select(static row => TierLayout.DayStart(row.TimestampMs)).ToHashSet();
        var kept = SummariserTests.Rows(earlier).Where(row => !days.Contains(TierLayout.DayStart(row.TimestampMs))).ToList();
        Assert.Equal(kept.Concat(SummariserTests.Rows(later)).OrderBy(static row => row.TimestampMs), SummariserTests.Rows(merged));
        Assert.Equal(earlier.Count - kept.Count, replaced);
    });
}
