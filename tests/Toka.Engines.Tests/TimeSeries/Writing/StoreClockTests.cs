using Toka.Core.Labels;
using Toka.TimeSeries.Writing;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries.Writing;

public sealed class StoreClockTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly LabelSet _cpu = Fixture.Labels("cpu");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void The_steady_time_follows_small_steps_at_once_and_jumps_when_the_clock_has_stood_for_hours()
    {
        var time = new JumpingClock(Fixture.Start);
        var clock = new StoreClock(time, null);
        time.Offset = TimeSpan.FromHours(20);
        clock.Observe();
        Assert.Equal(clock.NowMs, clock.SteadyMs);

        var before = clock.SteadyMs;
        time.Offset = TimeSpan.FromDays(400);
        clock.Observe();
        Assert.Equal((before, before), (clock.SteadyMs, clock.EarlierMs));
        Assert.Equal(Fixture.Start.AddDays(400).ToUnixTimeMilliseconds(), clock.LaterMs);
        for (var hour = 0; hour < 5; hour++)
        {
            time.Advance(TimeSpan.FromHours(1));
            clock.Observe();
            Assert.Equal(before + (hour + 1) * 3_600_000L, clock.SteadyMs);
        }

        time.Advance(TimeSpan.FromHours(1));
        clock.Observe();
        Assert.Equal(clock.NowMs, clock.SteadyMs);
    }

    [Fact]
    public void A_clock_that_comes_back_has_never_been_away()
    {
        var time = new JumpingClock(Fixture.Start);
        var clock = new StoreClock(time, null);
        for (var i = 0; i < 20; i++)
        {
            time.Offset = TimeSpan.FromDays(i % 2 == 0 ? 10_000 : i % 4 == 1 ? -8000 : 0);
            clock.Observe();
            time.Advance(TimeSpan.FromHours(1));
            clock.Observe();
            Assert.Equal(Fixture.Start.AddHours(i + 1).ToUnixTimeMilliseconds(), clock.SteadyMs);
        }
    }

    [Fact]
    public void A_clock_that_is_far_from_where_the_last_run_ended_must_stand_first()
    {
        var time = new JumpingClock(Fixture.Start);
        var last = Fixture.Start.AddDays(-30).ToUnixTimeMilliseconds();
        var clock = new StoreClock(time, last);
        Assert.Equal((last, clock.NowMs), (clock.EarlierMs, clock.LaterMs));
        time.Advance(StoreClock.Standing);
        clock.Observe();
        Assert.Equal(clock.NowMs, clock.SteadyMs);
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    [InlineData(40)]
    public async Task A_clock_that_jumps_and_comes_back_costs_no_sample_and_refuses_none(int days)
    {
        var model = new Sealing.Model();
        var kept = Fixture.Start.AddDays(-1).ToUnixTimeMilliseconds();
        await using (var store = _fixture.OnDisk())
        {
            for (var minute = 0; minute < 600; minute++)
            {
                if (minute is 200 or 400)
                {
                    _fixture.Time.Offset = TimeSpan.FromDays(minute == 200 ? days : 0);
                }

                // The store's own samples go by the clock, those of others are right all along.
                await model.WriteAsync(
                    store,
                    (_cpu, _fixture.NowMs, minute),
                    (Fixture.Labels("other"), Fixture.Start.AddMinutes(minute).ToUnixTimeMilliseconds(), minute));
                _fixture.Time.Advance(TimeSpan.FromMinutes(1));
                store.Maintain();
            }

            // What the store made while the clock was behind is older than it keeps, now that the clock is right.
            await model.VerifyAsync(store, kept);
            _fixture.Time.Advance(TimeSpan.FromMinutes(130));
            store.Maintain();
            await model.VerifyAsync(store, kept);

            // And samples are in order again: what comes now is not late for ever.
            await model.WriteAsync(store, (_cpu, _fixture.NowMs, 1), (Fixture.Labels("other"), _fixture.NowMs, 1));
            Assert.Equal(0, _fixture.Metrics.Read().Single(static m => m.Labels[LabelSet.MetricName] == "toka_store_memory_bytes" && m.Labels["part"] == "late").Value);
        }

        await using var again = _fixture.OnDisk();
        await model.VerifyAsync(again, kept);
    }
}
