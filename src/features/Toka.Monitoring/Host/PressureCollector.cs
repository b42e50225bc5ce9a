using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Time that tasks lost waiting for a resource: pressure stall information, <c>/proc/pressure</c> (Linux 4.20).</summary>
internal sealed class PressureCollector(CollectorEnvironment environment) : ICollector
{
    private const double MicrosecondsPerSecond = 1e6;

    private readonly Resource[] _resources =
    [
        new(environment, "cpu", "node_pressure_cpu_waiting_seconds_total", null),
        new(environment, "io", "node_pressure_io_waiting_seconds_total", "node_pressure_io_stalled_seconds_total"),
        new(environment, "memory", "node_pressure_memory_waiting_seconds_total", "node_pressure_memory_stalled_seconds_total"),
        new(environment, "irq", null, "node_pressure_irq_stalled_seconds_total"),
    ];

    public string Name => "pressure";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        foreach (var resource in _resources)
        {
            resource.Collect(sink);
        }
    }

    private sealed class Resource(CollectorEnvironment environment, string name, string? waiting, string? stalled)
    {
        private readonly SourceFile _file = environment.Proc("pressure", "pressure/" + name, optional: true);

        private readonly Series? _some = waiting is null ? null
            : environment.Node.Create(MetricFamily.Counter(waiting, $"Seconds in which at least one task waited for {name}."));

        private readonly Series? _full = stalled is null ? null
            : environment.Node.Create(MetricFamily.Counter(stalled, $"Seconds in which no task could go on because of {name}."));

        public void Collect(SampleSink sink)
        {
            if (!_file.TryRead(out var rest))
            {
                return;
            }

            while (Fields.TryLine(ref rest, out var line))
            {
                var series = line.StartsWith("some "u8) ? _some : line.StartsWith("full "u8) ? _full : null;
                if (series is null)
                {
                    continue;
                }

                var total = line.LastIndexOf("total="u8);
                if (total >= 0 && Fields.TryParse(line[(total + 6)..], out var microseconds))
                {
                    sink.Add(series, microseconds / MicrosecondsPerSecond);
                }
                else
                {
                    _file.Malformed("has a line without total=");
                }
            }
        }
    }
}
