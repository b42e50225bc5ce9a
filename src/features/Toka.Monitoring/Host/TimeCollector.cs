using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>The host's clock, for boot time and clock skew.</summary>
internal sealed class TimeCollector(CollectorEnvironment environment) : ICollector
{
    private readonly Series _time = environment.Node.Create(MetricFamily.Gauge("node_time_seconds", "The host's time, in seconds since the Unix epoch."));

    public string Name => "time";

    public void Collect(in CollectContext context, SampleSink sink) => sink.Add(_time, context.NowMs / 1000.0);
}
