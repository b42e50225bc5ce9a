using Toka.Simulation.Mutants;
using Toka.Simulation.Worlds;

namespace Toka.Simulation;

/// <summary>The simulation can fail: whatever breaks its word is found, and what keeps it is not blamed.</summary>
public sealed class HarnessTests
{
    /// <summary>What is broken on purpose is found within so many worlds; most within ten.</summary>
    private const int WorldsMax = 400;

    [Theory]
    [InlineData(nameof(Lie.SyncDoesNothing))]
    [InlineData(nameof(Lie.SyncSometimesDoesNothing))]
    [InlineData(nameof(Lie.DirectorySyncDoesNothing))]
    [InlineData(nameof(Lie.WriteSometimesFallsShort))]
    [InlineData(nameof(Lie.WriteSometimesDoesNothing))]
    [InlineData(nameof(Lie.DeleteTakesAnother))]
    [InlineData(nameof(Lie.TruncateTakesMore))]
    [InlineData(nameof(Lie.ReadSometimesChangesABit))]
    public void A_disk_that_lies_is_found(string name)
    {
        var lie = Enum.Parse<Lie>(name);
        var failure = FirstFailure((course, dice) => course with { Disk = disk => new LyingDisk(disk, lie, dice) });
        Assert.NotNull(failure);
    }

    [Fact]
    public void A_store_that_loses_a_sample_is_found()
    {
        var failure = FirstFailure(static (course, dice) => course with { Writer = store => new LosingWriter(store, dice) });
        Assert.NotNull(failure);
    }

    [Theory]
    [InlineData(nameof(WrongAnswer.Value), "wrong:")]
    [InlineData(nameof(WrongAnswer.Missing), "lost:")]
    [InlineData(nameof(WrongAnswer.Twice), "order:")]
    [InlineData(nameof(WrongAnswer.Series), "lost:")]
    public void A_wrong_answer_is_found(string name, string beginning)
    {
        var wrong = Enum.Parse<WrongAnswer>(name);
        var failure = FirstFailure((course, dice) => course with { Reader = store => new WrongReader(store, wrong, dice) });
        Assert.NotNull(failure);
        Assert.StartsWith(beginning, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_means_one_course_of_events()
    {
        using var directories = new StoreDirectories();
        for (var seed = 1UL; seed <= 10; seed++)
        {
            var (first, second) = (new List<string>(), new List<string>());
            World.Run(new Course(seed, Campaign.StepsOfWorld) { Trace = first.Add }, new Tally(), directories);
            World.Run(new Course(seed, Campaign.StepsOfWorld) { Trace = second.Add }, new Tally(), directories);
            Assert.NotEmpty(first);

            // The real directory of the lock is in messages, and may be the next one.
            Assert.Equal(first.Select(WithoutDirectory), second.Select(WithoutDirectory));
        }

        string WithoutDirectory(string line) =>
            System.Text.RegularExpressions.Regex.Replace(line, $"{System.Text.RegularExpressions.Regex.Escape(Path.GetDirectoryName(directories.Current)!)}/[0-9]+", "");
    }

    [Fact]
    public void The_report_of_a_failure_names_the_seed_and_leaves_out_what_is_not_needed()
    {
        using var directories = new StoreDirectories();
        for (var seed = 1UL; seed <= WorldsMax; seed++)
        {
            var course = new Course(seed, Campaign.StepsOfWorld) { Disk = static disk => new LyingDisk(disk, Lie.SyncDoesNothing, new Dice(0)) };
            if (Campaign.RunOne(course, new Tally(), directories) is not { } report)
            {
                continue;
            }

            Assert.Contains($"TOKA_SIMULATION_SEED={seed}/300/0 ./test Simulation", report, StringComparison.Ordinal);
            var shortest = report[report.IndexOf("left out (", StringComparison.Ordinal)..];
            var operations = shortest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1;
            Assert.InRange(operations, 2, 20);
            return;
        }

        Assert.Fail("a disk that does not sync was not found");
    }

    [Fact]
    public void A_course_is_read_back_from_its_text()
    {
        var course = new Course(123_456_789_012, 25) { CrashAt = 17 };
        Assert.Equal((course.Seed, course.Steps, course.CrashAt), (Course.Parse(course.ToString()).Seed, Course.Parse(course.ToString()).Steps, Course.Parse(course.ToString()).CrashAt));
        Assert.Equal(Campaign.StepsOfWorld, Course.Parse("7").Steps);
    }

    private static string? FirstFailure(Func<Course, Dice, Course> change)
    {
        using var directories = new StoreDirectories();
        for (var seed = 1UL; seed <= WorldsMax; seed++)
        {
            if (World.Run(change(new Course(seed, Campaign.StepsOfWorld), new Dice(seed)), new Tally(), directories).Failure is { } failure)
            {
                return failure;
            }
        }

        return null;
    }
}
