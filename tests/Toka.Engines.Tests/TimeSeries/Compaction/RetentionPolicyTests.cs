using System.Collections;
using CsCheck;
using Toka.Core.Labels;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using static Toka.Engines.Tests.TimeSeries.Compaction.BlockGen;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class RetentionPolicyTests
{
    private static readonly Gen<TimeSpan> Keep = Gen.OneOf(Gen.Long[2, 800].Select(static days => TimeSpan.FromDays(days)), Gen.Const(TimeSpan.MaxValue));

    [Fact]
    public void Nothing_that_is_to_be_kept_goes_and_nothing_that_is_past_stays() =>
        Gen.Select(Lists, Keep, Keep, Keep.Array[0, 4], Gen.Long[-10 * Day, 900 * Day], Gen.Int[1, 31]).Sample(static (blocks, raw, tier, rules, now, held) =>
        {
            var options = Options(raw, tier, rules);
            var policy = new RetentionPolicy(options);
            var holds = new BitArray(policy.Classes);
            for (var i = 0; i < policy.Classes; i++)
            {
                holds[i] = ((held >> i) & 1) != 0;
            }

            if (!holds.HasAnySet())
            {
                return;
            }

            foreach (var block in blocks)
            {
                // The rule in its plainest words, class by class.
                var kept = Enumerable.Range(0, policy.Classes).Where(i => holds[i] && !(i < rules.Length ? IsPast(block, rules[i], now) : block.TierMs == 0 ? IsPast(EndOfDay(block), raw, now) : IsPast(block, tier, now))).ToList();
                var past = Enumerable.Range(0, policy.Classes).Where(i => holds[i] && !kept.Contains(i)).ToList();
                var verdict = policy.Judge(block, now, () => holds, out var expired);
                Assert.Equal(past.Count == 0 ? Verdict.Keep : kept.Count == 0 ? Verdict.Delete : Verdict.Rewrite, verdict);
                Assert.Equal(verdict == Verdict.Rewrite ? past : [], Enumerable.Range(0, policy.Classes).Where(i => expired?[i] == true));
            }
        });

    [Fact]
    public void The_index_is_not_asked_where_the_answer_does_not_matter()
    {
        var policy = new RetentionPolicy(Options(TimeSpan.FromDays(10), TimeSpan.FromDays(10), [TimeSpan.FromDays(5)]));
        var block = Info(1, Ladder.Raw, 0, Day);
        Assert.Equal(Verdict.Keep, policy.Judge(block, 5 * Day, NotAsked, out _));
        Assert.Equal(Verdict.Delete, policy.Judge(block, 12 * Day, NotAsked, out _));

        static BitArray NotAsked() => throw new InvalidOperationException("asked");
    }

    [Fact]
    public void A_clock_at_the_end_of_time_does_not_turn_into_its_beginning()
    {
        var policy = new RetentionPolicy(Options(TimeSpan.FromDays(10), TimeSpan.MaxValue, []));
        Assert.Equal(Verdict.Keep, policy.Judge(Info(1, Ladder.Raw, 0, 1), long.MinValue, static () => new BitArray(1), out _));
        Assert.Equal(Verdict.Keep, policy.Judge(Info(1, Ladder.Tier1m, long.MinValue, long.MinValue), long.MaxValue, static () => new BitArray(1), out _));
        Assert.Equal(Verdict.Delete, policy.Judge(Info(1, Ladder.Raw, 0, 1), long.MaxValue, static () => new BitArray(1), out _));
    }

    [Fact]
    public void Without_two_days_of_raw_samples_no_summaries_are_kept()
    {
        var options = new RetentionOptions { RawKeep = TimeSpan.FromHours(47) };
        Assert.Equal(TimeSpan.Zero, options.KeepOf(Ladder.Tier1m));
        Assert.Equal(TimeSpan.FromDays(180), new RetentionOptions().KeepOf(Ladder.Tier1m));
    }

    private static RetentionOptions Options(TimeSpan raw, TimeSpan tier, TimeSpan[] rules) => new()
    {
        RawKeep = raw,
        Keep10s = tier,
        Keep1m = tier,
        Keep1h = tier,
        Rules = [.. rules.Select(static (keep, i) => new RetentionRule([new LabelMatcher("rule", MatchOperator.Equal, i.ToString(System.Globalization.CultureInfo.InvariantCulture))], keep))],
    };

    /// <summary>Raw samples go with the end of their day.</summary>
    private static BlockInfo EndOfDay(BlockInfo block) => block with { MaxMs = Ladder.LastOf(block.MaxMs, Day) };

    private static bool IsPast(BlockInfo block, TimeSpan keep, long now) => keep != TimeSpan.MaxValue && now - block.MaxMs > (long)keep.TotalMilliseconds;
}
