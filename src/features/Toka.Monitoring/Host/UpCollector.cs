using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>
/// <c>up</c>, 1 as long as the host and Toka itself are watched: what rules and dashboards of scraped targets begin with. When
/// the process dies the series ends, as one does whose target is gone.
/// </summary>
internal sealed class UpCollector(CollectorEnvironment environment) : ICollector
{
    private static readonly MetricFamily s_up = MetricFamily.Gauge("up", "1 where the last collection of this instance succeeded.");

    private readonly Series _node = environment.Node.Create(s_up);
    private readonly Series _self = environment.Self.Create(s_up);

    public string Name => "up";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        sink.Add(_node, 1);
        sink.Add(_self, 1);
    }
}
