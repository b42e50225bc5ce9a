using System.Globalization;
using DnsClient;
using DnsClient.Protocol;
using Toka.Configuration.Binding;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Discovery.Dns;

/// <summary>Targets that are records of DNS: one group a name. Source: Prometheus, "Configuration", <c>dns_sd_config</c>.</summary>
internal sealed class DnsDiscovery(DnsDiscoveryOptions options, DnsResolver resolver, DiscoveryTools tools) : PollingDiscovery("dns", options.RefreshInterval, tools)
{
    /// <summary>Names that are asked for at the same time, count.</summary>
    private const int AtOnceMax = 8;

    private const string NameLabel = "__meta_dns_name";
    private const string ServiceLabel = "__meta_dns_srv_record_target";
    private const string ServicePortLabel = "__meta_dns_srv_record_port";
    private const string ExchangerLabel = "__meta_dns_mx_record_target";
    private const string ServerLabel = "__meta_dns_ns_record_target";

    protected override async Task LookAsync(CancellationToken cancellationToken)
    {
        // All names at once would be a burst at the server; one after the other a slow one would hold up the rest.
        foreach (var batch in options.Names.Chunk(AtOnceMax))
        {
            await Task.WhenAll(batch.Select(name => AskAsync(name, cancel => FindAsync(name, cancel), cancellationToken)));
        }
    }

    private async Task<IReadOnlyList<TargetGroup>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var records = await resolver.AskAsync(name, TypeOf(options.Type), cancellationToken);
        if (records.Count > TargetGroupReader.TargetsMax)
        {
            throw new BadInputException($"it has {records.Count} records; at most {TargetGroupReader.TargetsMax} are taken");
        }

        // The order of records changes from answer to answer; that of targets does not.
        var targets = records.Select(record => TargetOf(record, name)).OfType<LabelSet>().Order().ToValueList();
        return [new TargetGroup(name, targets, LabelSet.Empty)];
    }

    private static QueryType TypeOf(DnsRecordType type) => type switch
    {
        DnsRecordType.A => QueryType.A,
        DnsRecordType.Aaaa => QueryType.AAAA,
        DnsRecordType.Mx => QueryType.MX,
        DnsRecordType.Ns => QueryType.NS,
        _ => QueryType.SRV,
    };

    /// <summary>The target of a record; null for one that only leads there, such as a CNAME.</summary>
    private LabelSet? TargetOf(DnsResourceRecord record, string name) => (options.Type, record) switch
    {
        (DnsRecordType.Srv, SrvRecord srv) => Target(srv.Target.Value, srv.Port, name, (ServiceLabel, srv.Target.Value), (ServicePortLabel, Text(srv.Port))),
        (DnsRecordType.Mx, MxRecord mx) => Target(mx.Exchange.Value, options.Port, name, (ExchangerLabel, mx.Exchange.Value)),
        (DnsRecordType.Ns, NsRecord ns) => Target(ns.NSDName.Value, options.Port, name, (ServerLabel, ns.NSDName.Value)),
        (DnsRecordType.A or DnsRecordType.Aaaa, AddressRecord address) => Target(address.Address.ToString(), options.Port, name),
        _ => null,
    };

    private static LabelSet Target(string host, int port, string name, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var builder = new LabelSetBuilder();
        host = host.TrimEnd('.');
        builder.Set(TargetGroup.AddressLabel, host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{Text(port)}" : $"{host}:{Text(port)}");
        builder.Set(NameLabel, name);
        foreach (var (label, value) in labels)
        {
            builder.Set(label, value);
        }

        return builder.Build();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
