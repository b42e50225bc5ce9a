namespace Toka.Benchmarks.Protocols.Otlp;

/// <summary>The best of the rounds: others share the processor's caches. A second is one of a processor's time.</summary>
/// <param name="items">Points or spans of a pass.</param>
internal sealed class BestRound(int items)
{
    private double _secondsPerPass = double.MaxValue;

    public double PerSecond => items / _secondsPerPass;

    /// <summary>Bytes allocated by an item, in the last round.</summary>
    public double Garbage { get; private set; }

    public void Run(Action pass, double seconds)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var passes = 0;
        var before = Environment.CpuUsage.TotalTime;
        var spent = 0.0;
        for (; spent < seconds; spent = (Environment.CpuUsage.TotalTime - before).TotalSeconds)
        {
            for (var i = 0; i < 10; i++, passes++)
            {
                pass();
            }
        }

        _secondsPerPass = Math.Min(_secondsPerPass, spent / passes);
        Garbage = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / passes / items;
    }
}
