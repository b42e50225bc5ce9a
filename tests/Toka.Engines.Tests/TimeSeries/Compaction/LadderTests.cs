using CsCheck;
using Toka.TimeSeries.Compaction;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class LadderTests
{
    [Fact]
    public void Each_length_divides_the_next_so_that_short_spans_lie_within_long_ones()
    {
        foreach (var tier in new[] { Ladder.Raw, Ladder.Tier10s, Ladder.Tier1m, Ladder.Tier1h })
        {
            var lengths = Ladder.LengthsOf(tier).ToArray();
            Assert.True(lengths.Length >= 2);
            Assert.All(lengths.Zip(lengths.Skip(1)), static pair => Assert.True(pair.Second > pair.First && pair.Second % pair.First == 0));
        }
    }

    [Fact]
    public void Every_time_lies_in_exactly_one_span_which_begins_at_a_multiple_of_its_length() =>
        Gen.Select(Gen.Long, BlockGen.Tier, Gen.Int[0, 2]).Sample(static (time, tier, level) =>
        {
            var lengths = Ladder.LengthsOf(tier);
            var length = lengths[Math.Min(level, lengths.Length - 1)];
            var start = Ladder.StartOf(time, length);
            var last = Ladder.LastOf(time, length);
            Assert.InRange(time, start, last);
            Assert.Equal(start, Ladder.StartOf(last, length));
            if (start == long.MinValue || last == long.MaxValue)
            {
                return;
            }

            Assert.Equal(0, start % length);
            Assert.Equal(length - 1, last - start);
            Assert.Equal(start, Ladder.StartOf(start, length));
            Assert.True(Ladder.Fits(start, last, length));
            Assert.True(last == long.MaxValue || !Ladder.Fits(start, last + 1, length));
        });
}
