namespace Toka.Monitoring.Collection;

/// <summary>Reads one part of the host. Called by one thread at a time.</summary>
internal interface ICollector
{
    /// <summary>The label <c>collector</c> of its own figures; node_exporter's name where it has one.</summary>
    string Name { get; }

    /// <summary>Starts what runs beside the other collectors, before any of them collects.</summary>
    void Prepare(in CollectContext context)
    {
    }

    /// <summary>Reads and hands over. What cannot be read is reported, costs its own samples and nothing else.</summary>
    void Collect(in CollectContext context, SampleSink sink);
}

/// <summary>What a collector needs to know about the moment.</summary>
/// <param name="NowMs">The time of the samples, ms since the Unix epoch.</param>
/// <param name="ElapsedSeconds">Seconds since the collection before; 0 for the first.</param>
/// <param name="IsSlow">Whether it is time to look at what hardly changes.</param>
internal readonly record struct CollectContext(long NowMs, double ElapsedSeconds, bool IsSlow);
