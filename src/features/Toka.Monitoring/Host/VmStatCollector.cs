using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Paging, swapping, faults and kills for want of memory, of <c>/proc/vmstat</c>: node_exporter's selection.</summary>
internal sealed class VmStatCollector : ICollector
{
    /// <summary>Fields kept at most; kernels have about 200.</summary>
    public const int FieldsMax = 1024;

    private readonly SourceFile _file;
    private readonly NameTable<Series?> _fields;

    public VmStatCollector(CollectorEnvironment environment)
    {
        _file = environment.Proc(Name, "vmstat");
        _fields = new NameTable<Series?>(name => Create(environment.Node, name), FieldsMax, environment.Metrics.Dropped("metrics", "device_limit"));
    }

    public string Name => "vmstat";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (!_file.TryRead(out var rest))
        {
            return;
        }

        while (Fields.TryLine(ref rest, out var line))
        {
            if (!Fields.TryWord(ref line, out var name) || !_fields.TryGet(name, out var series) || series is null)
            {
                continue;
            }

            if (Fields.TryNumber(ref line, out var value))
            {
                sink.Add(series, value);
            }
            else
            {
                _file.Malformed($"has no number after the name of {series.Family.Name}");
            }
        }

        _fields.Sweep();
    }

    private static Series? Create(SeriesFactory factory, string name) => IsSelected(name)
        ? factory.Create(MetricFamily.Counter("node_vmstat_" + name, $"Field {name} of /proc/vmstat."))
        : null;

    private static bool IsSelected(string name) =>
        name.StartsWith("oom_kill", StringComparison.Ordinal) || name.StartsWith("pgpg", StringComparison.Ordinal) ||
        name.StartsWith("pswp", StringComparison.Ordinal) ||
        (name.StartsWith("pg", StringComparison.Ordinal) && name.Contains("fault", StringComparison.Ordinal));
}
