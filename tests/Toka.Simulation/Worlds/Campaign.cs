using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Toka.Simulation.Worlds;

/// <summary>Worlds by the thousand, and the report of the first that fails.</summary>
internal static class Campaign
{
    /// <summary>Long enough for several lives of a store, short enough that a failure can be read.</summary>
    public const int StepsOfWorld = 300;

    /// <summary>A short course of which every disk operation is a place to crash.</summary>
    public const int StepsOfExhaustive = 25;

    /// <summary>One world in so many is short and crashes at each of its disk operations in turn.</summary>
    private const int ExhaustiveEvery = 8;

    private const int OperationsShown = 30;
    private const int ShrinkRunsMax = 2000;

    /// <summary>Runs worlds of consecutive seeds until the time is over and enough was done, or one fails.</summary>
    /// <param name="seed">The first one.</param>
    /// <param name="time">At least so long.</param>
    /// <param name="operations">At least so many operations of the store, however slow the machine is.</param>
    /// <param name="threads">Worlds that run beside each other; each is one thread's.</param>
    /// <param name="total">Takes the counts.</param>
    /// <returns>The report of the failure; null where nothing failed.</returns>
    public static string? Run(ulong seed, TimeSpan time, long operations, int threads, Tally total)
    {
        var watch = Stopwatch.StartNew();
        var (next, done) = (-1L, 0L);
        string? failure = null;
        var gate = new Lock();
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            var tally = new Tally();
            using var directories = new StoreDirectories();
            while ((watch.Elapsed < time || Volatile.Read(ref done) < operations) && Volatile.Read(ref failure) is null)
            {
                var number = Interlocked.Increment(ref next);
                var course = new Course(seed + (ulong)number, number % ExhaustiveEvery == 0 ? StepsOfExhaustive : StepsOfWorld);
                var before = tally.Steps;
                var found = RunOne(course, tally, directories);
                Interlocked.Add(ref done, tally.Steps - before);
                if (found is { } report)
                {
                    lock (gate)
                    {
                        failure ??= report;
                    }
                }
            }

            lock (gate)
            {
                total.Add(tally);
            }
        })).ToList();
        workers.ForEach(static worker => worker.Start());
        workers.ForEach(static worker => worker.Join());
        return failure;
    }

    /// <summary>Runs a course; one of the short kind also with a crash at each of its disk operations.</summary>
    /// <returns>The report of a failure; null where nothing failed.</returns>
    public static string? RunOne(Course course, Tally tally, StoreDirectories directories)
    {
        var outcome = World.Run(course, tally, directories);
        for (var at = 1L; outcome.Failure is null && course is { Steps: StepsOfExhaustive, CrashAt: 0 } && at <= outcome.DiskOperations; at++)
        {
            var crashing = course with { CrashAt = at };
            if (World.Run(crashing, tally, directories).Failure is not null)
            {
                return Report(crashing, directories);
            }
        }

        return outcome.Failure is null ? null : Report(course, directories);
    }

    /// <summary>Runs a failing course again to tell what happened, and leaves out what is not needed for it to fail.</summary>
    public static string Report(Course course, StoreDirectories directories)
    {
        var scrap = new Tally();
        var trace = new List<string>();
        var outcome = World.Run(course with { Trace = trace.Add }, scrap, directories);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"seed {course.Seed}, step {outcome.Step}: {outcome.Failure ?? "did not fail again: something in it is not told by the seed"}\n");
        text.Append(CultureInfo.InvariantCulture, $"again: TOKA_SIMULATION_SEED={course} ./test Simulation\n");
        text.Append(CultureInfo.InvariantCulture, $"world: {Settings.Of(course.Seed)}\nthe last operations:\n");
        trace.TakeLast(OperationsShown).ToList().ForEach(line => text.Append("  ").Append(line).Append('\n'));
        if (outcome.Failure is not null)
        {
            var shortest = Shrink(course with { Steps = Math.Min(course.Steps, outcome.Step) }, Kind(outcome.Failure), directories);
            trace.Clear();
            outcome = World.Run(shortest with { Trace = trace.Add }, scrap, directories);
            text.Append(CultureInfo.InvariantCulture, $"with what is not needed left out ({trace.Count} operations): {outcome.Failure}\n");
            trace.TakeLast(OperationsShown).ToList().ForEach(line => text.Append("  ").Append(line).Append('\n'));
        }

        return text.ToString();
    }

    /// <summary>Leaves out steps, half of them at first and single ones in the end, as long as the same kind of failure remains.</summary>
    private static Course Shrink(Course course, string kind, StoreDirectories directories)
    {
        var scrap = new Tally();
        var runs = 0;
        for (var size = Math.Max(1, course.Steps / 2); size >= 1 && runs < ShrinkRunsMax; size /= 2)
        {
            for (var first = 1; first <= course.Steps && runs < ShrinkRunsMax; first += size)
            {
                var skipped = course.Skipped.Union(Enumerable.Range(first, size)).ToHashSet();
                var shorter = course with { Skipped = skipped };
                if (skipped.Count > course.Skipped.Count && ++runs > 0
                    && World.Run(shorter, scrap, directories).Failure is { } failure && Kind(failure) == kind)
                {
                    course = shorter;
                }
            }
        }

        return course;
    }

    /// <summary>The first word of a failure, and of an exception its type.</summary>
    private static string Kind(string failure)
    {
        var words = failure.Split(' ', 3);
        return words[0] == "threw:" && words.Length > 1 ? words[1] : words[0];
    }
}
