using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>The load averages of <c>/proc/loadavg</c>.</summary>
internal sealed class LoadCollector(CollectorEnvironment environment) : ICollector
{
    private readonly SourceFile _file = environment.Proc("loadavg", "loadavg");

    private readonly Series[] _loads =
    [
        environment.Node.Create(MetricFamily.Gauge("node_load1", "Load average over 1 minute.")),
        environment.Node.Create(MetricFamily.Gauge("node_load5", "Load average over 5 minutes.")),
        environment.Node.Create(MetricFamily.Gauge("node_load15", "Load average over 15 minutes.")),
    ];

    public string Name => "loadavg";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (!_file.TryRead(out var text))
        {
            return;
        }

        foreach (var load in _loads)
        {
            if (!Fields.TryNumber(ref text, out var value))
            {
                _file.Malformed("does not begin with three numbers");
                return;
            }

            sink.Add(load, value);
        }
    }
}
