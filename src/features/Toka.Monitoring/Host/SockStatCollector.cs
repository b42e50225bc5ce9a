using Toka.Core.Telemetry;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Sockets in use by protocol: <c>/proc/net/sockstat</c> and <c>sockstat6</c>.</summary>
internal sealed class SockStatCollector : ICollector
{
    /// <summary>Protocols kept at most; kernels have about 10.</summary>
    public const int ProtocolsMax = 64;

    private readonly SourceFile[] _files;
    private readonly NameTable<Protocol> _protocols;

    public SockStatCollector(CollectorEnvironment environment)
    {
        _files = [environment.Proc(Name, "net/sockstat"), environment.Proc(Name, "net/sockstat6", optional: true)];
        var overflow = environment.Metrics.Dropped("metrics", "device_limit");
        _protocols = new NameTable<Protocol>(
            name => new Protocol(environment.Node, name, environment.Options.PageBytes, overflow), ProtocolsMax, overflow);
    }

    public string Name => "sockstat";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        foreach (var file in _files)
        {
            if (!file.TryRead(out var rest))
            {
                continue;
            }

            while (Fields.TryLine(ref rest, out var line))
            {
                var colon = line.IndexOf((byte)':');
                if (colon <= 0 || (_protocols.TryGet(line[..colon], out var protocol) && !protocol.TryCollect(line[(colon + 1)..], sink)))
                {
                    file.Malformed("has a line that is not a protocol with names and numbers");
                }
            }
        }

        _protocols.Sweep();
    }

    private sealed class Protocol
    {
        private readonly NameTable<Field> _fields;

        public Protocol(SeriesFactory factory, string protocol, int pageBytes, SelfCounter overflow) =>
            _fields = new NameTable<Field>(name => new Field(factory, protocol, name, pageBytes), 32, overflow);

        public bool TryCollect(ReadOnlySpan<byte> words, SampleSink sink)
        {
            while (Fields.TryWord(ref words, out var name))
            {
                if (!Fields.TryNumber(ref words, out var value))
                {
                    return false;
                }

                if (_fields.TryGet(name, out var field))
                {
                    sink.Add(field.Value, value);
                    if (field.Bytes is not null)
                    {
                        sink.Add(field.Bytes, value * field.PageBytes);
                    }
                }
            }

            _fields.Sweep();
            return true;
        }
    }

    private sealed class Field(SeriesFactory factory, string protocol, string name, int pageBytes)
    {
        public int PageBytes { get; } = pageBytes;

        public Series Value { get; } = factory.Create(MetricFamily.Gauge($"node_sockstat_{protocol}_{name}", $"Sockets of {protocol}: {name}."));

        /// <summary>The kernel counts memory in pages.</summary>
        public Series? Bytes { get; } = name == "mem"
            ? factory.Create(MetricFamily.Gauge($"node_sockstat_{protocol}_mem_bytes", $"Sockets of {protocol}: memory, in bytes."))
            : null;
    }
}
