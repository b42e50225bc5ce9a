using CsCheck;
using Toka.TimeSeries.Compaction;
using static Toka.Engines.Tests.TimeSeries.Compaction.BlockGen;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class SizeCapTests
{
    [Fact]
    public void What_is_left_fits_and_no_block_goes_in_vain() =>
        Gen.Select(Lists, Gen.Long[-10, 20_000_000]).Sample(static (blocks, room) =>
        {
            var victims = SizeCap.Victims(blocks, room);
            Assert.Equal(victims.Count, victims.Distinct().Count());
            var left = blocks.Except(victims).Sum(static block => block.Bytes);
            Assert.True(left <= Math.Max(0, room));
            Assert.True(victims.Count == 0 || left + victims[^1].Bytes > room);
        });

    [Fact]
    public void Within_a_resolution_the_oldest_go_first() =>
        Gen.Select(Lists, Gen.Long[0, 20_000_000]).Sample(static (blocks, room) =>
        {
            var victims = SizeCap.Victims(blocks, room);
            foreach (var tier in blocks.GroupBy(static block => block.TierMs))
            {
                var gone = tier.Where(victims.Contains).ToList();
                var left = tier.Except(gone).ToList();
                Assert.True(gone.Count == 0 || left.Count == 0 || gone.Max(static block => block.MaxMs) <= left.Min(static block => block.MaxMs));
            }
        });

    [Fact]
    public void Summaries_do_not_crowd_out_raw_samples_nor_raw_samples_the_summaries()
    {
        var raw = Enumerable.Range(0, 10).Select(static i => Info(i + 1, Ladder.Raw, i * Day, i * Day + 1, 100)).ToList();
        var fine = Enumerable.Range(0, 10).Select(static i => Info(i + 11, Ladder.Tier10s, i * Day, i * Day + 1, 100)).ToList();
        var coarse = Enumerable.Range(0, 10).Select(static i => Info(i + 21, Ladder.Tier1h, i * Day, i * Day + 1, 10)).ToList();
        var victims = SizeCap.Victims([.. raw, .. fine, .. coarse], 1000);

        // 2 100 bytes: raw down to its half of the room, then the fine summaries; the coarse ones stay.
        Assert.Equal(raw.Take(5), victims.Where(static block => block.TierMs == Ladder.Raw));
        Assert.Equal(fine.Take(6), victims.Where(static block => block.TierMs == Ladder.Tier10s));
        Assert.Equal(11, victims.Count);
    }
}
