using CsCheck;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class TierChooserTests
{
    private const long Second = 1000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = TierLayout.DayMs;

    [Theory]
    [InlineData("", 0, 0, 0)]
    [InlineData("", 0, 15 * Second, 0)]
    [InlineData("", 0, 40 * Second, 10 * Second)]
    [InlineData("", 0, 5 * Minute, Minute)]
    [InlineData("", 0, 4 * Hour, Hour)]
    [InlineData("rate", 5 * Minute, 15 * Second, 10 * Second)]
    [InlineData("rate", 5 * Minute, Hour, Minute)]
    [InlineData("rate", 30 * Second, Hour, 0)]
    [InlineData("rate", Day, 0, 0)]
    [InlineData("quantile_over_time", Day, Hour, 0)]
    [InlineData("timestamp", 0, Hour, 0)]
    public void The_coarsest_that_four_of_fit_the_step_and_the_range_does(string function, long range, long step, long expected)
    {
        Assert.Equal(expected, TierChooser.CoarsestFor(Request(0, Day, function, range, step)));
        Assert.Equal(0, TierChooser.CoarsestFor(Request(0, Day, function, range, step) with { PrefersRaw = true }));
    }

    [Fact]
    public void Days_without_summaries_are_read_raw()
    {
        var days = TierDays.Of([Raw(1, 0), Tier(2, 0, 10 * Second), Tier(3, 0, Minute), Raw(4, 1)]);
        var choice = TierChooser.Choose(Request(Hour, 2 * Day - 1, "", 0, 5 * Minute), days, UnsealedDays.None);

        Assert.Equal([new TierRange(Hour - (2 * Minute), Day - 1, Minute), new TierRange(Day, (2 * Day) - 1, 0)], choice.Ranges);
        Assert.Equal((Minute, Minute, 0L), (choice.ResolutionMs, choice.ResolutionAt(Hour), choice.ResolutionAt(Day)));
        Assert.Equal("answered from 1m summaries up to 1970-01-01T23:59:59Z (step 5m); raw samples, where they are still kept, with resolution=raw", Assert.Single(choice.Infos()));
        Assert.Empty(choice.Warnings());
    }

    [Fact]
    public void A_day_with_late_samples_is_read_raw_until_it_is_summed_up_again()
    {
        var request = Request(0, Day - 1, "rate", 10 * Minute, 10 * Minute);
        List<BlockInfo> blocks = [Raw(1, 0), Tier(2, 0, Minute), Raw(3, 0)];
        Assert.Equal([new TierRange(0, Day - 1, 0)], TierChooser.Choose(request, TierDays.Of(blocks), UnsealedDays.None).Ranges);
        Assert.False(TierDays.Of(blocks).IsCurrent(Hour, Minute));

        blocks = [Raw(4, 0, 1, 3), Tier(2, 0, Minute), Tier(5, 0, Minute)];
        Assert.Equal([new TierRange(-2 * Minute, -1, 0), new TierRange(0, Day - 1, Minute)], TierChooser.Choose(Request(0, Day - 1, "rate", 10 * Minute, 10 * Minute) with { FromMs = -2 * Minute }, TierDays.Of(blocks), UnsealedDays.None).Ranges);
        Assert.True(TierDays.Of(blocks).IsCurrent(Hour, Minute));
    }

    [Fact]
    public void Days_with_samples_in_memory_are_read_raw_where_raw_samples_are_kept()
    {
        var days = TierDays.Of([Tier(1, 0, Minute), .. Enumerable.Range(1, 3).SelectMany(static day => new[] { Raw(10 * day, day), Tier((10 * day) + 1, day, Minute) })]);
        var request = Request(2 * Minute, (4 * Day) - 1, "", 0, 5 * Minute);
        TierRange[] RangesWith(UnsealedDays unsealed) => [.. TierChooser.Choose(request, days, unsealed).Ranges];

        Assert.Equal([new TierRange(0, (4 * Day) - 1, Minute)], RangesWith(UnsealedDays.None));
        Assert.Equal([new TierRange(0, Day - 1, Minute, WithLate: true), new TierRange(Day, (2 * Day) - 1, 0), new TierRange(2 * Day, (4 * Day) - 1, Minute)], RangesWith(new UnsealedDays(4 * Day, [0, Day])));
        Assert.Equal([new TierRange(0, (3 * Day) - 1, Minute), new TierRange(3 * Day, (4 * Day) - 1, 0)], RangesWith(new UnsealedDays((3 * Day) + Hour, [])));
    }

    [Fact]
    public void A_raw_block_written_anew_makes_no_summaries_old() =>
        Assert.True(TierDays.Of([Tier(2, 0, Minute), Raw(3, 0, 1)]).IsCurrent(0, Minute));

    [Fact]
    public void Where_raw_samples_are_gone_the_finest_summaries_answer_and_say_so()
    {
        var days = TierDays.Of([Tier(2, 0, Minute), Tier(3, 0, Hour), Raw(4, 1), Tier(5, 1, Minute)]);
        var choice = TierChooser.Choose(Request(Hour, (2 * Day) - 1, "quantile_over_time", Hour, Minute), days, UnsealedDays.None);

        Assert.Equal([new TierRange(Hour - (2 * Minute), Day - 1, Minute), new TierRange(Day, (2 * Day) - 1, 0)], choice.Ranges);
        Assert.Equal("raw samples from before 1970-01-01T23:59:59Z are no longer kept: answered from 1m summaries; quantile_over_time needs the distribution of the samples, so it is an estimate", Assert.Single(choice.Warnings()));
        Assert.Equal([false, true], days.Days.Select(static day => day.IsRawWhole));
    }

    [Theory]
    [InlineData(new long[0])]
    [InlineData(new[] { 7L, 8 })]
    public void Late_samples_of_a_day_whose_others_are_gone_are_read_beside_its_summaries(long[] sources)
    {
        var days = TierDays.Of([Raw(1, 0), Tier(2, 0, Minute), Tier(3, 1, Minute), Raw(9, 1, sources)]);
        var request = Request(2 * Minute, (2 * Day) - 1, "", 0, 15 * Second);

        Assert.Equal([new TierRange(2 * Minute, Day - 1, 0), new TierRange(Day, (2 * Day) - 1, Minute, WithLate: true)], TierChooser.Choose(request, days, UnsealedDays.None).Ranges);
    }

    [Fact]
    public void Samples_in_memory_of_a_day_whose_others_are_gone_are_read_beside_its_summaries()
    {
        var days = TierDays.Of([Tier(2, 0, Minute)]);
        var request = Request(2 * Minute, Day - 1, "", 0, 15 * Second);

        Assert.Equal([new TierRange(0, Day - 1, Minute)], TierChooser.Choose(request, days, UnsealedDays.None).Ranges);
        Assert.Equal([new TierRange(0, Day - 1, Minute, WithLate: true)], TierChooser.Choose(request, days, new UnsealedDays(5 * Day, [0])).Ranges);
    }

    [Fact]
    public void The_parts_cover_the_request_once_and_each_does_or_must() =>
        Gen.Select(
            Gen.Select(Gen.Int[0, 4], Gen.OneOf(Gen.Const(0L), Gen.Const(10 * Second), Gen.Const(Minute), Gen.Const(Hour)), Gen.Int[1, 20]).Array[0, 12],
            Gen.Long[-Day, 6 * Day], Gen.Long[0, 3 * Day], Gen.OneOf(Gen.Const(0L), Gen.Const(15 * Second), Gen.Const(5 * Minute), Gen.Const(4 * Hour)), Gen.OneOf(Gen.Const(""), Gen.Const("rate"), Gen.Const("changes"))).Sample(static (blocks, from, length, step, function) =>
        {
            var days = TierDays.Of([.. blocks.Select(static block => Block(block.Item3, block.Item2, block.Item1))]);
            var request = Request(from, from + length, function, function.Length > 0 ? Hour : 0, step);
            var choice = TierChooser.Choose(request, days, UnsealedDays.None);
            var wanted = TierChooser.CoarsestFor(request);

            Assert.Equal(request.ToMs, choice.Ranges[^1].ToMs);
            Assert.InRange(choice.Ranges[0].FromMs, request.FromMs - (2 * choice.ResolutionMs), request.FromMs);
            Assert.All(choice.Ranges.Zip(choice.Ranges.Skip(1)), static pair => Assert.Equal(pair.First.ToMs + 1, pair.Second.FromMs));
            foreach (var day in days.Days)
            {
                var resolution = choice.ResolutionAt(Math.Clamp(day.StartMs, request.FromMs, request.ToMs));
                if (day.EndMs >= request.FromMs && day.StartMs <= request.ToMs)
                {
                    Assert.True(resolution <= wanted ? !day.HasRaw || resolution == 0 || day.IsCurrent(resolution) : !day.HasRaw);
                }
            }
        });

    private static SelectRequest Request(long from, long to, string function, long range, long step) =>
        new() { FromMs = from, ToMs = to, Function = function, RangeMs = range, StepMs = step };

    private static BlockInfo Raw(long sequence, int day, params long[] sources) => Block(sequence, 0, day, sources);

    private static BlockInfo Tier(long sequence, int day, long resolution) => Block(sequence, resolution, day);

    private static BlockInfo Block(long sequence, long resolution, int day, params long[] sources) =>
        new(sequence, resolution, (day * Day) + 5000, (day * Day) + Day - 5000, 1, 1, 1, sources, "");
}
