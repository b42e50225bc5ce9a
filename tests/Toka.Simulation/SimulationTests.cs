using System.Diagnostics;
using System.Globalization;
using Toka.Simulation.Worlds;

namespace Toka.Simulation;

/// <summary>
/// The store on a disk that fails, loses what was not synced and tears writes, in processes that die anywhere: one minute,
/// ten with --long. TOKA_SIMULATION_SEED (of a report) runs that world alone; TOKA_SIMULATION_SECONDS sets the time.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    /// <summary>Each kind of step, event and fault must come this often a minute; the rarest come some hundred times.</summary>
    private const int LeastPerMinute = 20;

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
        Tell(Campaign.Run(seed, TimeSpan.FromSeconds(Seconds), Math.Clamp(Environment.ProcessorCount, 1, 4), total), total, watch.Elapsed.TotalSeconds);
        var least = (long)(LeastPerMinute * Seconds / 60);
        Assert.Empty(total.Below(Math.Max(1, least)));
    }

    private void Tell(string? failure, Tally total, double seconds)
    {
        output.WriteLine(total.ToString());
        if (seconds > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {total.Steps / seconds:N0} operations of the store and {total.DiskOperations / seconds:N0} of the disk a second, {seconds:N1} s"));
        }

        if (failure is not null)
        {
            Assert.Fail(failure);
        }
    }
}
