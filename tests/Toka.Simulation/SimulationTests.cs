using System.Diagnostics;
using System.Globalization;
using Toka.Simulation.Worlds;

namespace Toka.Simulation;

/// <summary>
/// The store on a disk that fails, loses what was not synced and tears writes, in processes that die anywhere: one minute,
/// ten with --long. TOKA_SIMULATION_SEED (of a report) runs that world alone; TOKA_SIMULATION_SECONDS sets the time.
/// </summary>
public sealed class SimulationTests
{
    /// <summary>However slow the machine is, less than this proves nothing. The rarest kinds come once in some 500 operations.</summary>
    private const int OperationsLeast = 50_000;

    /// <summary>Each kind of step, event and fault must have come this often.</summary>
    private const int EachLeast = 10;

    private static readonly bool s_long = Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1";

    private static double Seconds =>
        double.TryParse(Environment.GetEnvironmentVariable("TOKA_SIMULATION_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : s_long ? 600 : 60;

    [Fact]
    public void The_store_keeps_its_word_on_a_faulty_disk()
    {
        var total = new Tally();
        if (Environment.GetEnvironmentVariable("TOKA_SIMULATION_SEED") is { Length: > 0 } text)
        {
            using var directories = new StoreDirectories();
            Tell(Campaign.RunOne(Course.Parse(text), total, directories), total, 0);
            return;
        }

        var seed = (ulong)Random.Shared.NextInt64(1_000_000_000);
        var watch = Stopwatch.StartNew();
        Tell(Campaign.Run(seed, TimeSpan.FromSeconds(Seconds), OperationsLeast, Math.Clamp(Environment.ProcessorCount, 1, 4), total), total, watch.Elapsed.TotalSeconds);
        Assert.Empty(total.Below(EachLeast));
    }

    /// <summary>On the console, where ./test finds it: nobody shall take an idle loop for a proof.</summary>
    private static void Tell(string? failure, Tally total, double seconds)
    {
        foreach (var line in total.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Console.WriteLine($"figures: {line}");
        }

        if (seconds > 0)
        {
            var cpu = Environment.CpuUsage.TotalTime.TotalSeconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"figures:   {total.Steps / seconds:N0} operations of the store and {total.DiskOperations / seconds:N0} of the disk a second in {seconds:N0} s; {total.Steps / cpu:N0} and {total.DiskOperations / cpu:N0} a second of processor time, of which there were {cpu:N0} s"));
        }

        if (failure is not null)
        {
            Assert.Fail(failure);
        }
    }
}
