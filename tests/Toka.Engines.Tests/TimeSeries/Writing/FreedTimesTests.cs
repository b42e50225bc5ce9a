using CsCheck;
using Toka.TimeSeries.Writing;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries.Writing;

public sealed class FreedTimesTests
{
    [Fact]
    public void What_was_freed_is_told_to_the_millisecond()
    {
        Gen.Select(Gen.Long[-50, 50], Gen.Int[0, 20]).Array[0, 40].Sample(ranges =>
        {
            var freed = new FreedTimes();
            foreach (var (from, length) in ranges)
            {
                freed.Add(from, from + length);
            }

            for (var time = -60L; time <= 80; time++)
            {
                Assert.Equal(Array.Exists(ranges, range => time >= range.Item1 && time <= range.Item1 + range.Item2), freed.Has(time));
            }
        });
    }

    [Fact]
    public void Many_ranges_become_few_and_none_is_forgotten()
    {
        var freed = new FreedTimes();
        for (var i = 0L; i < 10 * FreedTimes.RangesMax; i++)
        {
            freed.Add(i * i * 1000, (i * i * 1000) + 10);
        }

        freed.Add(long.MinValue, long.MinValue);
        freed.Add(long.MaxValue - 5, long.MaxValue);
        Assert.All(Enumerable.Range(0, 10 * FreedTimes.RangesMax), i => Assert.True(freed.Has((long)i * i * 1000)));
        Assert.True(freed.Has(long.MinValue) && freed.Has(long.MaxValue) && !freed.Has(-1000));
    }
}
