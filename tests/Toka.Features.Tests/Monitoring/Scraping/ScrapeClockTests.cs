using Toka.Monitoring.Scraping.Loops;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class ScrapeClockTests
{
    private const long Noon = 1_767_268_800_000;

    [Fact]
    public void Moments_are_an_interval_apart_however_late_scrapes_begin()
    {
        var clock = Clock(Noon);
        Assert.Equal(Noon + 4_000, clock.NextMs(Noon));
        Assert.Equal(Noon + 4_000, clock.Begin(Noon + 4_007, out _));
        Assert.Equal(Noon + 19_000, clock.NextMs(Noon + 4_100));
        Assert.Equal(Noon + 19_011, clock.Begin(Noon + 19_011, out var missed));
        Assert.Equal(0, missed);
        Assert.Equal(Noon + 34_000, clock.NextMs(Noon + 20_000));
    }

    [Fact]
    public void A_short_interval_is_rounded_by_a_hundredth_of_it()
    {
        var clock = new ScrapeClock(Noon);
        clock.Set(TimeSpan.FromMilliseconds(200), 0);
        Assert.Equal(Noon, clock.Begin(Noon + 2, out _));
        Assert.Equal(Noon + 203, clock.Begin(Noon + 203, out _));
    }

    [Fact]
    public void Moments_that_passed_are_left_out_and_the_last_of_them_is_made_up_for()
    {
        var clock = Clock(Noon);
        Assert.Equal(Noon + 40_000, clock.Begin(Noon + 40_000, out var missed));
        Assert.Equal(2, missed);
        Assert.Equal(Noon + 49_000, clock.NextMs(Noon + 40_000));
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_stop_the_scrapes()
    {
        var clock = Clock(Noon);
        clock.Begin(Noon + 4_000, out _);
        const long HourBefore = Noon - 3_600_000;
        Assert.InRange(clock.NextMs(HourBefore), HourBefore + 1, HourBefore + 15_000);
    }

    [Fact]
    public void Another_interval_goes_on_from_the_last_scrape()
    {
        var clock = Clock(Noon);
        clock.Begin(Noon + 4_000, out _);
        clock.Set(TimeSpan.FromMinutes(1), 30_000);
        Assert.Equal(Noon + 30_000, clock.NextMs(Noon + 5_000));
    }

    private static ScrapeClock Clock(long nowMs)
    {
        var clock = new ScrapeClock(nowMs);
        clock.Set(TimeSpan.FromSeconds(15), 4_000);
        return clock;
    }
}
