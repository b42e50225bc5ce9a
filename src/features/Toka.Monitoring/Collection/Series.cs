using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Monitoring.Collection;

/// <summary>A metric's name with what is known of it. Made once per collector, shared by its series.</summary>
internal sealed class MetricFamily(string name, MetricType type, string help)
{
    public string Name { get; } = name;

    public MetricMetadata Metadata { get; } = new(name, type, help, "");

    public static MetricFamily Counter(string name, string help) => new(name, MetricType.Counter, help);

    public static MetricFamily Gauge(string name, string help) => new(name, MetricType.Gauge, help);

    public static MetricFamily Info(string name, string help) => new(name, MetricType.Info, help);
}

/// <summary>One series that a collector holds on to: its labels are built once, a sample costs no allocation.</summary>
internal sealed class Series(MetricFamily family, LabelSet labels)
{
    public MetricFamily Family { get; } = family;

    public LabelSet Labels { get; } = labels;

    /// <summary>The tick of the last sample; the sink's own.</summary>
    internal long LastTick { get; set; } = -1;

    /// <summary>Whether the store holds it as a series that goes on; the sink's own.</summary>
    internal bool IsLive { get; set; }
}

/// <summary>Makes series that carry a job and an instance.</summary>
internal sealed class SeriesFactory(string job, string instance)
{
    public Series Create(MetricFamily family, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var builder = new LabelSetBuilder();
        builder.Set(LabelSet.MetricName, family.Name);
        foreach (var (name, value) in labels)
        {
            builder.Set(name, value);
        }

        return Create(family, builder);
    }

    /// <summary>A series of another label set's labels and name, which of a histogram has a suffix, with the job and instance of this factory.</summary>
    public Series Create(MetricFamily family, LabelSet labels) => Create(family, labels.ToBuilder());

    private Series Create(MetricFamily family, LabelSetBuilder builder)
    {
        builder.Set("job", job);
        builder.Set("instance", instance);
        return new Series(family, builder.Build());
    }
}
