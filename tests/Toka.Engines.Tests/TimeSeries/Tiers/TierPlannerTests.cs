using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class TierPlannerTests
{
    private const long Day = TierLayout.DayMs;
    private const long Hour = Day / 24;

    private static readonly long[] Resolutions = TierLayout.ResolutionsMs.ToArray();
    private static readonly HashSet<long> None = [];

    [Theory]
    [InlineData(1, 6, false)]
    [InlineData(1, 7, true)]
    [InlineData(2, 7, false)]
    [InlineData(2, 37, true)]
    public void A_day_is_due_once_it_has_settled(int rawBlocks, int hoursAfter, bool isDue)
    {
        var job = TierPlanner.Next([.. Enumerable.Range(1, rawBlocks).Select(static i => Raw(i, 0))], Day + (hoursAfter * Hour) - 1, Resolutions, None);

        Assert.Equal(isDue, job is not null);
        Assert.Equal(isDue ? Enumerable.Range(1, rawBlocks).Select(static i => (long)i) : [], job?.Raw.Select(static block => block.Sequence) ?? []);
    }

    [Fact]
    public void Days_are_summed_up_the_oldest_first_until_all_are_current_and_again_after_late_samples()
    {
        List<BlockInfo> blocks = [Raw(2, 1), Raw(1, 0), Raw(3, 3)];
        var done = new List<long>();
        var sequence = 10L;
        while (TierPlanner.Next(blocks, 10 * Day, Resolutions, None) is { } job)
        {
            done.Add(job.DayStartMs / Day);
            blocks.AddRange(job.ResolutionsMs.Select(resolution => Block(++sequence, resolution, job.DayStartMs / Day)));
        }

        Assert.Equal([0L, 1, 3], done);
        blocks.Add(Raw(++sequence, 1));
        Assert.Equal(Day, TierPlanner.Next(blocks, 10 * Day, Resolutions, None)?.DayStartMs);
        Assert.Null(TierPlanner.Next(blocks, 10 * Day, Resolutions, new HashSet<long> { Day }));
    }

    [Fact]
    public void Late_samples_that_came_twice_before_the_day_was_summed_up_again_are_summed_up() =>
        Assert.Equal(0, TierPlanner.Next([Block(11, 10_000, 0), Block(17, 0, 0) with { Sources = [15, 16] }], 10 * Day, [10_000], None)?.DayStartMs);

    [Fact]
    public void A_day_whose_raw_samples_are_gone_keeps_its_summaries_whatever_comes_late() =>
        Assert.Null(TierPlanner.Next([Block(2, 10_000, 0), Raw(9, 0)], 10 * Day, Resolutions, None));

    private static BlockInfo Raw(long sequence, int day) => Block(sequence, 0, day);

    private static BlockInfo Block(long sequence, long resolution, long day) => new(sequence, resolution, (day * Day) + 1, (day * Day) + Day - 1, 1, 1, 1, [], "");
}
