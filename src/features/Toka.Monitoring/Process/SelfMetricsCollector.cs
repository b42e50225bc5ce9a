using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Telemetry;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Process;

/// <summary>Writes Toka's metrics about itself into the store. Comes last, so that it tells of the other collectors too.</summary>
internal sealed class SelfMetricsCollector(CollectorEnvironment environment) : ICollector
{
    private readonly Dictionary<LabelSet, Series> _series = [];
    private readonly Dictionary<string, MetricFamily> _families = [];

    public string Name => "self";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        foreach (var (labels, value) in environment.Metrics.Read())
        {
            if (!_series.TryGetValue(labels, out var series))
            {
                series = Create(labels);
                _series.Add(labels, series);
            }

            sink.Add(series, value);
        }
    }

    private Series Create(LabelSet labels)
    {
        var name = labels[LabelSet.MetricName];
        if (!_families.TryGetValue(name, out var family))
        {
            var known = environment.Metrics.FamilyOf(name);
            family = new MetricFamily(known?.Family ?? name, known?.Type ?? MetricType.Unknown, known?.Help ?? "");
            _families.Add(name, family);
        }

        return environment.Self.Create(family, labels);
    }
}
