using System.Buffers.Text;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>The table of tracked connections, where netfilter tracks them.</summary>
internal sealed class ConntrackCollector(CollectorEnvironment environment) : ICollector
{
    private readonly SourceFile _entries = environment.Proc("conntrack", "sys/net/netfilter/nf_conntrack_count", optional: true);
    private readonly SourceFile _limit = environment.Proc("conntrack", "sys/net/netfilter/nf_conntrack_max", optional: true);
    private readonly SourceFile _stat = environment.Proc("conntrack", "net/stat/nf_conntrack", optional: true);

    private readonly Series _entriesSeries = environment.Node.Create(MetricFamily.Gauge("node_nf_conntrack_entries", "Tracked connections."));
    private readonly Series _limitSeries = environment.Node.Create(MetricFamily.Gauge("node_nf_conntrack_entries_limit", "Largest number of tracked connections."));

    private readonly NameTable<Series?> _columns = new(
        name => Create(environment.Node, name), 64, environment.Metrics.Dropped("metrics", "device_limit"));

    private Series?[] _order = [];
    private byte[] _header = [];
    private double[] _sums = [];

    public string Name => "conntrack";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (_entries.TryReadNumber(out var value))
        {
            sink.Add(_entriesSeries, value);
        }

        if (_limit.TryReadNumber(out value))
        {
            sink.Add(_limitSeries, value);
        }

        if (_stat.TryRead(out var rest))
        {
            CollectStat(rest, sink);
        }
    }

    /// <summary>A line of names, then a line of hexadecimal numbers for each CPU, which are added up.</summary>
    private void CollectStat(ReadOnlySpan<byte> rest, SampleSink sink)
    {
        Fields.TryLine(ref rest, out var header);
        if (!header.SequenceEqual(_header))
        {
            Learn(header);
        }

        Array.Clear(_sums);
        while (Fields.TryLine(ref rest, out var line))
        {
            for (var i = 0; i < _order.Length; i++)
            {
                if (!Fields.TryWord(ref line, out var word) || !Utf8Parser.TryParse(word, out ulong count, out var used, 'x') || used != word.Length)
                {
                    _stat.Malformed("has a line with fewer hexadecimal numbers than names");
                    return;
                }

                _sums[i] += count;
            }
        }

        for (var i = 0; i < _order.Length; i++)
        {
            if (_order[i] is { } series)
            {
                sink.Add(series, _sums[i]);
            }
        }
    }

    private void Learn(ReadOnlySpan<byte> header)
    {
        _header = header.ToArray();
        var order = new List<Series?>();
        while (Fields.TryWord(ref header, out var name))
        {
            order.Add(_columns.TryGet(name, out var series) ? series : null);
        }

        _order = [.. order];
        _sums = new double[_order.Length];
    }

    private static Series? Create(SeriesFactory factory, string name) =>
        name is "found" or "invalid" or "ignore" or "insert" or "insert_failed" or "drop" or "early_drop" or "search_restart"
            ? factory.Create(MetricFamily.Counter("node_nf_conntrack_stat_" + name, $"Tracked connections: {name}, of all CPUs."))
            : null;
}
