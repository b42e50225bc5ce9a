using System.Text.RegularExpressions;
using Toka.Core.Samples;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>
/// Counts of the network protocols: <c>/proc/net/netstat</c> and <c>/proc/net/snmp</c> (a line of names, then a line of
/// numbers, per protocol) and <c>/proc/net/snmp6</c> (a name and a number a line); node_exporter's selection.
/// </summary>
internal sealed partial class NetStatCollector : ICollector
{
    /// <summary>Names kept at most; kernels have about 300.</summary>
    public const int NamesMax = 2048;

    private readonly SourceFile _netstat;
    private readonly SourceFile _snmp;
    private readonly SourceFile _snmp6;
    private readonly NameTable<Protocol> _netstatProtocols;
    private readonly NameTable<Protocol> _snmpProtocols;
    private readonly NameTable<Series?> _snmp6Fields;

    public NetStatCollector(CollectorEnvironment environment)
    {
        _netstat = environment.Proc(Name, "net/netstat");
        _snmp = environment.Proc(Name, "net/snmp");
        _snmp6 = environment.Proc(Name, "net/snmp6", optional: true);
        var overflow = environment.Metrics.Dropped("metrics", "device_limit");
        _netstatProtocols = new NameTable<Protocol>(name => new Protocol(environment.Node, name), NamesMax, overflow);
        _snmpProtocols = new NameTable<Protocol>(name => new Protocol(environment.Node, name), NamesMax, overflow);
        _snmp6Fields = new NameTable<Series?>(name => CreateSnmp6(environment.Node, name), NamesMax, overflow);
    }

    public string Name => "netstat";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        CollectPairs(_netstat, _netstatProtocols, sink);
        CollectPairs(_snmp, _snmpProtocols, sink);
        CollectSnmp6(sink);
    }

    private static void CollectPairs(SourceFile file, NameTable<Protocol> protocols, SampleSink sink)
    {
        if (!file.TryRead(out var rest))
        {
            return;
        }

        while (Fields.TryLine(ref rest, out var names))
        {
            var colon = names.IndexOf((byte)':');
            if (colon <= 0 || !Fields.TryLine(ref rest, out var values) || !values.StartsWith(names[..(colon + 1)]))
            {
                file.Malformed("is not pairs of a line of names and a line of numbers");
                return;
            }

            if (protocols.TryGet(names[..colon], out var protocol) && !protocol.TryCollect(names, values[(colon + 1)..], sink))
            {
                file.Malformed("has fewer numbers than names");
            }
        }

        protocols.Sweep();
    }

    private void CollectSnmp6(SampleSink sink)
    {
        if (!_snmp6.TryRead(out var rest))
        {
            return;
        }

        while (Fields.TryLine(ref rest, out var line))
        {
            if (!Fields.TryWord(ref line, out var name) || !_snmp6Fields.TryGet(name, out var series) || series is null)
            {
                continue;
            }

            if (Fields.TryNumber(ref line, out var value))
            {
                sink.Add(series, value);
            }
            else
            {
                _snmp6.Malformed($"has no number after the name of {series.Family.Name}");
            }
        }

        _snmp6Fields.Sweep();
    }

    private static Series? CreateSnmp6(SeriesFactory factory, string name)
    {
        var six = name.IndexOf('6', StringComparison.Ordinal);
        return six < 0 ? null : Create(factory, name[..(six + 1)], name[(six + 1)..]);
    }

    private static Series? Create(SeriesFactory factory, string protocol, string field)
    {
        var name = $"{protocol}_{field}";
        return Selected().IsMatch(name)
            ? factory.Create(new MetricFamily(
                "node_netstat_" + name,
                field is "CurrEstab" or "Forwarding" ? MetricType.Gauge : MetricType.Counter,
                $"Statistic {field} of {protocol}."))
            : null;
    }

    [GeneratedRegex(
        @"^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)" +
        @"|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)" +
        @"|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)" +
        @"|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Selected();

    /// <summary>One protocol's columns, found anew only when its line of names changes.</summary>
    private sealed class Protocol(SeriesFactory factory, string name)
    {
        private byte[] _names = [];
        private Series?[] _columns = [];

        public bool TryCollect(ReadOnlySpan<byte> names, ReadOnlySpan<byte> values, SampleSink sink)
        {
            if (!names.SequenceEqual(_names))
            {
                Learn(names);
            }

            foreach (var column in _columns)
            {
                if (!Fields.TryWord(ref values, out var word))
                {
                    return false;
                }

                if (column is not null)
                {
                    if (!Fields.TryParse(word, out var value))
                    {
                        return false;
                    }

                    sink.Add(column, value);
                }
            }

            return true;
        }

        private void Learn(ReadOnlySpan<byte> names)
        {
            _names = names.ToArray();
            var columns = new List<Series?>();
            var rest = names[(name.Length + 1)..];
            while (Fields.TryWord(ref rest, out var field))
            {
                columns.Add(Create(factory, name, System.Text.Encoding.UTF8.GetString(field)));
            }

            _columns = [.. columns];
        }
    }
}
