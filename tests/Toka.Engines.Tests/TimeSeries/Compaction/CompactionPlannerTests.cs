using CsCheck;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Tiers;
using static Toka.Engines.Tests.TimeSeries.Compaction.BlockGen;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class CompactionPlannerTests
{
    [Fact]
    public void Executing_plans_ends_with_no_overlap_and_one_block_a_complete_span() =>
        Lists.Sample(static blocks =>
        {
            var end = RunToTheEnd(new PlanInput(blocks, long.MaxValue, long.MaxValue));
            foreach (var tier in end.GroupBy(static block => block.TierMs))
            {
                var longest = Ladder.LengthsOf(tier.Key)[^1];
                Assert.All(tier, block => Assert.True(Ladder.Fits(block.MinMs, block.MaxMs, longest)));
                Assert.All(tier.GroupBy(block => Ladder.StartOf(block.MinMs, longest)), span => Assert.Single(tier.Key == Ladder.Raw ? span : span.Skip(EmptyDays(span))));
            }
        });

    [Fact]
    public void Spans_too_long_for_the_time_kept_are_not_filled_but_overlaps_are_merged_all_the_same() =>
        Lists.Sample(static blocks =>
        {
            var end = RunToTheEnd(new PlanInput(blocks, long.MaxValue, long.MaxValue) { KeepMs = static _ => 2 * Day });
            foreach (var tier in end.GroupBy(static block => block.TierMs))
            {
                var ordered = tier.OrderBy(static block => block.MinMs).ToList();
                Assert.All(ordered.Zip(ordered.Skip(1)), static pair => Assert.True(pair.First.MaxMs < pair.Second.MinMs));
            }
        });

    [Fact]
    public void No_job_is_larger_than_its_budget_and_plans_end_within_any_budget() =>
        Gen.Select(Lists, Gen.Long[0, 3_000_000], Gen.Long[-40 * Hour, 900 * Day]).Sample(static (blocks, budget, sealedUntil) =>
        {
            RunToTheEnd(new PlanInput(blocks, sealedUntil, budget), job =>
            {
                Assert.True(job.Bytes <= budget);
                Assert.Equal(job.Inputs.OrderBy(static input => input.Sequence), job.Inputs);
                Assert.All(job.Inputs, input => Assert.Equal(job.TierMs, input.TierMs));
                Assert.Contains(job.CutMs, Ladder.LengthsOf(job.TierMs).ToArray());
                Assert.True(job.Inputs.Count > 1 || !Ladder.Fits(job.MinMs, job.MaxMs, job.CutMs));
                Assert.True(job.Inputs.Count == 1 || Ladder.LastOf(job.MinMs, job.CutMs) < sealedUntil);
            });
        });

    [Fact]
    public void What_was_written_first_stays_first_whatever_part_of_a_group_the_budget_allows() =>
        Gen.Select(Lists, Gen.Long[0, 3_000_000]).Sample(static (blocks, budget) =>
        {
            var known = blocks.ToList();
            var next = known.Count + 1L;
            RunToTheEnd(new PlanInput(blocks, long.MaxValue, budget), job =>
            {
                // A block that is left out and overlaps must come before all inputs, for the output comes after it.
                var first = job.Inputs[0].Sequence;
                if (job.Inputs.Count > 1)
                {
                    Assert.DoesNotContain(known, block => block.TierMs == job.TierMs && block.Sequence > first && !job.Inputs.Contains(block)
                        && (job.TierMs == Ladder.Raw || (block.MinMs <= job.MaxMs && block.MaxMs >= job.MinMs)) && Ladder.Fits(Math.Min(block.MinMs, job.MinMs), Math.Max(block.MaxMs, job.MaxMs), job.CutMs));
                }

                known = Execute(known, job, ref next);
            });
        });

    [Fact]
    public void A_day_is_merged_once_when_it_is_sealed_and_not_before()
    {
        var blocks = Enumerable.Range(0, 12).Select(static i => Info(i + 1, Ladder.Raw, i * 2 * Hour, (i + 1) * 2 * Hour - 1)).ToArray();
        Assert.Null(CompactionPlanner.Next(new PlanInput(blocks, Day - 1, long.MaxValue)));
        var job = CompactionPlanner.Next(new PlanInput(blocks, Day, long.MaxValue));
        Assert.NotNull(job);
        Assert.Equal(12, job.Inputs.Count);
        Assert.Equal(Day, job.CutMs);
    }

    [Fact]
    public void Two_blocks_of_one_partition_are_merged_before_their_day_is_over()
    {
        BlockInfo[] blocks = [Info(1, Ladder.Raw, 0, Hour), Info(2, Ladder.Raw, Hour / 2, Hour)];
        var job = CompactionPlanner.Next(new PlanInput(blocks, 3 * Hour, long.MaxValue));
        Assert.NotNull(job);
        Assert.Equal(2 * Hour, job.CutMs);
    }

    [Fact]
    public void A_small_late_block_waits_while_it_is_fresh_and_small_ones_are_gathered_first()
    {
        var day = Info(1, Ladder.Raw, 0, Day - 1, 1_000_000);
        var late = Info(2, Ladder.Raw, Hour, Hour, 100);
        var input = new PlanInput([day, late], 2 * Day, long.MaxValue) { Fresh = new HashSet<long> { 2, 3 } };
        Assert.Null(CompactionPlanner.Next(input));
        var gathered = CompactionPlanner.Next(input with { Blocks = [day, late, Info(3, Ladder.Raw, Hour, Hour, 100)] });
        Assert.NotNull(gathered);
        Assert.Equal([2L, 3L], gathered.Inputs.Select(static block => block.Sequence));
        Assert.Equal(2, CompactionPlanner.Next(input with { Fresh = new HashSet<long>() })?.Inputs.Count);
        Assert.Equal(2, CompactionPlanner.Next(input with { Blocks = [day, late with { Bytes = 200_000 }] })?.Inputs.Count);
        var many = Enumerable.Range(2, CompactionPlanner.LateBlocks).Select(static i => Info(i, Ladder.Raw, Hour, Hour, 100)).Prepend(day).ToArray();
        var fresh = many.Select(static block => block.Sequence).ToHashSet();
        Assert.Equal(many.Length, CompactionPlanner.Next(input with { Blocks = many, Fresh = fresh })?.Inputs.Count);
    }

    [Fact]
    public void Blocks_that_are_left_alone_and_jobs_that_are_postponed_do_not_stop_the_others()
    {
        BlockInfo[] blocks = [Info(1, Ladder.Raw, 0, 1), Info(2, Ladder.Raw, 0, 1), Info(3, Ladder.Raw, 0, 1), Info(4, Ladder.Raw, Day, Day), Info(5, Ladder.Raw, Day, Day)];
        var job = CompactionPlanner.Next(new PlanInput(blocks, long.MaxValue, long.MaxValue) { LeftAlone = new HashSet<long> { 2 } });
        Assert.Equal("1,3", job?.Key);
        job = CompactionPlanner.Next(new PlanInput(blocks, long.MaxValue, long.MaxValue) { IsPostponed = static job => job.Inputs[^1].Sequence == 3 });
        Assert.Equal("4,5", job?.Key);
    }

    /// <summary>Between how many of the blocks at least a day is empty: such are not merged.</summary>
    private static int EmptyDays(IEnumerable<BlockInfo> blocks)
    {
        var ordered = blocks.OrderBy(static block => block.MinMs).ToList();
        return ordered.Zip(ordered.Skip(1)).Count(static pair => TierLayout.DayStart(pair.Second.MinMs) - TierLayout.DayStart(pair.First.MaxMs) > Day);
    }

    private static List<BlockInfo> RunToTheEnd(PlanInput input, Action<MergeJob>? check = null)
    {
        var blocks = input.Blocks.ToList();
        var next = blocks.Count + 1L;
        var jobs = 0;
        while (CompactionPlanner.Next(input with { Blocks = blocks }) is { } job)
        {
            // A split makes at most as many blocks as spans are touched, and every other job removes a block.
            Assert.True(++jobs < 1000, "plans do not end");
            check?.Invoke(job);
            blocks = Execute(blocks, job, ref next);
        }

        return blocks;
    }

    /// <summary>What a merger would leave: one block for each span of the job's length that has data at the inputs' ends or between them.</summary>
    private static List<BlockInfo> Execute(List<BlockInfo> blocks, MergeJob job, ref long next)
    {
        var left = blocks.Except(job.Inputs).ToList();
        var outputs = new List<BlockInfo>();
        foreach (var input in job.Inputs)
        {
            foreach (var time in new[] { input.MinMs, input.MinMs + (input.MaxMs - input.MinMs) / 2, input.MaxMs }.Distinct())
            {
                outputs.Add(Info(0, job.TierMs, time, time));
            }
        }

        foreach (var span in outputs.GroupBy(block => Ladder.StartOf(block.MinMs, job.CutMs)))
        {
            left.Add(Info(next++, job.TierMs, span.Min(static block => block.MinMs), span.Max(static block => block.MaxMs), Math.Max(1, job.Bytes / job.Inputs.Count)));
        }

        return left;
    }
}
