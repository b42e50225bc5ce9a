using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Memory and swap: each line of <c>/proc/meminfo</c> as <c>node_memory_NAME[_bytes]</c>.</summary>
internal sealed class MemoryCollector : ICollector
{
    /// <summary>Fields kept at most; kernels have about 60.</summary>
    public const int FieldsMax = 256;

    private readonly SourceFile _file;
    private readonly NameTable<Field> _fields;

    public MemoryCollector(CollectorEnvironment environment)
    {
        _file = environment.Proc(Name, "meminfo");
        _fields = new NameTable<Field>(name => new Field(environment.Node, name), FieldsMax, environment.Metrics.Dropped("metrics", "device_limit"));
    }

    public string Name => "meminfo";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (!_file.TryRead(out var rest))
        {
            return;
        }

        while (Fields.TryLine(ref rest, out var line))
        {
            var colon = line.IndexOf((byte)':');
            if (colon <= 0)
            {
                _file.Malformed("has a line without a name and a colon");
                continue;
            }

            var words = line[(colon + 1)..];
            if (!Fields.TryNumber(ref words, out var value) || !_fields.TryGet(line[..colon], out var field))
            {
                _file.Malformed("has a line without a number");
                continue;
            }

            var isKibibytes = Fields.TryWord(ref words, out var unit) && unit.SequenceEqual("kB"u8);
            sink.Add(isKibibytes ? field.Bytes : field.Count, isKibibytes ? value * 1024 : value);
        }

        _fields.Sweep();
    }

    private sealed class Field(SeriesFactory factory, string name)
    {
        private readonly string _metric = "node_memory_" + name.Replace("(", "_", StringComparison.Ordinal).Replace(")", "", StringComparison.Ordinal);
        private Series? _bytes;
        private Series? _count;

        public Series Bytes => _bytes ??= factory.Create(MetricFamily.Gauge(_metric + "_bytes", $"Memory: {name}, in bytes."));

        public Series Count => _count ??= factory.Create(MetricFamily.Gauge(_metric, $"Memory: {name}."));
    }
}
