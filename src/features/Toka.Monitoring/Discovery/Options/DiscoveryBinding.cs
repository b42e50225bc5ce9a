using System.Globalization;
using Toka.Configuration.Binding;
using Toka.Configuration.Http;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;

namespace Toka.Monitoring.Discovery.Options;

/// <summary>Takes from a section where its targets are found: <c>static_configs</c> and the <c>…_sd_configs</c> of Prometheus.</summary>
public static class DiscoveryBinding
{
    /// <summary>Items of one list, count.</summary>
    private const int ItemsMax = 10_000;

    /// <summary>Targets of one item of <c>static_configs</c>, count.</summary>
    private const int StaticTargetsMax = 100_000;

    /// <summary>Labels of a group, count.</summary>
    private const int LabelsMax = 1000;

    private static readonly TimeSpan s_refreshMax = TimeSpan.FromDays(365);

    private static readonly (string, DnsRecordType)[] s_records =
        [("SRV", DnsRecordType.Srv), ("A", DnsRecordType.A), ("AAAA", DnsRecordType.Aaaa), ("MX", DnsRecordType.Mx), ("NS", DnsRecordType.Ns)];

    /// <summary>The kinds that Prometheus 3 knows and Toka does not carry out.</summary>
    private static readonly string[] s_unsupported =
    [
        "aws", "azure", "consul", "digitalocean", "docker", "dockerswarm", "ec2", "ecs", "elasticache", "eureka", "gce", "hetzner", "ionos", "kubernetes", "kuma", "lightsail", "linode",
        "marathon", "msk", "nerve", "nomad", "openstack", "ovhcloud", "puppetdb", "rds", "scaleway", "serverset", "stackit", "triton", "uyuni", "vultr",
    ];

    /// <summary>Declares and takes the keys, which stand in the section itself. Kinds that are not carried out are noted as not in force.</summary>
    /// <param name="section">The section, such as one of <c>scrape_configs</c>.</param>
    /// <param name="relabel">The rules of relabelling for targets, which may make an address of what is none.</param>
    public static ValueList<DiscoveryOptions> Bind(ConfigSection section, IReadOnlyList<RelabelConfig> relabel)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(relabel);
        var relabeller = relabel.All(static rule => rule.Faults().Count == 0) ? new Relabeller(relabel) : null;
        var found = new List<DiscoveryOptions>();
        var index = 0;
        var groups = section.List("static_configs", ItemsMax, "Targets that stand here.", item => BindStatic(item, index++, relabeller));
        if (groups.Count > 0)
        {
            found.Add(new StaticDiscoveryOptions(groups));
        }

        found.AddRange(section.List("file_sd_configs", ItemsMax, "Files of targets.", BindFile));
        found.AddRange(section.List("http_sd_configs", ItemsMax, "Addresses that answer with targets.", BindHttp));
        found.AddRange(section.List("dns_sd_configs", ItemsMax, "Names of DNS whose records are targets.", BindDns));
        foreach (var kind in s_unsupported)
        {
            section.NotInForce($"{kind}_sd_configs", "this kind of discovery is not supported, and its targets are not found; list them by file_sd_configs or http_sd_configs");
        }

        return found.ToValueList();
    }

    private static TargetGroup BindStatic(ConfigSection section, int index, Relabeller? relabeller)
    {
        var addresses = section.Texts("targets", StaticTargetsMax, "HOST:PORT of each target.");
        var labels = new LabelSetBuilder();
        foreach (var (name, value) in section.TextMap("labels", LabelsMax, "Labels of all of them."))
        {
            if (TargetLabels.FaultOf(name, value) is { } fault)
            {
                section.Fault("labels", fault);
            }
            else
            {
                labels.Set(name, value);
            }
        }

        var group = labels.Build();
        var targets = new List<LabelSet>(addresses.Count);
        foreach (var address in addresses)
        {
            if (TargetLabels.FaultOf(TargetGroup.AddressLabel, address) is { } fault)
            {
                section.Fault("targets", fault);
            }
            else if (address.Contains('/', StringComparison.Ordinal) && !BecomesAddress(address, group, relabeller))
            {
                section.Fault("targets", $"\"{address}\" is not HOST:PORT; scheme and path have keys of their own (scheme, metrics_path)");
            }
            else
            {
                targets.Add(LabelSet.Of((TargetGroup.AddressLabel, address)));
            }
        }

        return new TargetGroup(index.ToString(CultureInfo.InvariantCulture), targets.ToValueList(), group);
    }

    /// <summary>Whether relabelling drops a target or gives it another address, as it does with those of the Blackbox exporter.</summary>
    private static bool BecomesAddress(string address, LabelSet group, Relabeller? relabeller)
    {
        if (relabeller is null)
        {
            return true; // The rules have faults of their own, which are told.
        }

        var labels = group.ToBuilder();
        labels.Set(TargetGroup.AddressLabel, address);
        try
        {
            return !relabeller.Apply(labels) || !labels.Build()[TargetGroup.AddressLabel].Contains('/', StringComparison.Ordinal);
        }
        catch (BadInputException)
        {
            return true; // A label would be too long: that is told when the target is scraped.
        }
    }

    private static FileDiscoveryOptions BindFile(ConfigSection section)
    {
        var files = section.Paths("files", ItemsMax, "Files of targets, .json, .yml or .yaml; the last part may hold * and ?.");
        foreach (var file in files)
        {
            var folder = Path.GetDirectoryName(file.Text) ?? "";
            if (folder.AsSpan().ContainsAny('*', '?') || Path.GetExtension(file.Text).ToLowerInvariant() is not (".json" or ".yml" or ".yaml"))
            {
                section.Fault("files", $"\"{file.Text}\" is no file of targets; it must end in .json, .yml or .yaml and may hold * in its last part only");
            }
        }

        if (files.Count == 0)
        {
            section.Fault("files", "names no file; at least one must be given");
        }

        return new FileDiscoveryOptions(files.Select(static file => file.Text).ToValueList(), Refresh(section, TimeSpan.FromMinutes(5), "How often files are read even if nothing seems changed; a change is seen within seconds."));
    }

    private static HttpDiscoveryOptions BindHttp(ConfigSection section)
    {
        var text = section.RequiredText("url", "The address that answers with targets, as JSON.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            if (text.Length > 0)
            {
                section.Fault("url", "is not an absolute address of http or https; write one like http://inventory.example/targets");
            }

            url = new Uri("http://localhost/");
        }

        (url, var http) = HttpClientOptions.Bind(section).TakeUser(url);
        return new HttpDiscoveryOptions(url, Refresh(section, TimeSpan.FromMinutes(1), "How often it is asked."), http);
    }

    private static DnsDiscoveryOptions BindDns(ConfigSection section)
    {
        var names = section.Texts("names", ItemsMax, "Names that are asked for.");
        if (names.Count == 0)
        {
            section.Fault("names", "names nothing; at least one name must be given");
        }

        var type = section.Choice("type", "SRV", s_records, "The kind of record.", StringComparison.OrdinalIgnoreCase);
        var port = section.Integer("port", 0, 0, ushort.MaxValue, "The port of each target; not for SRV, whose records have their own.");
        if (port == 0 && type != DnsRecordType.Srv && names.Count > 0)
        {
            section.Fault("port", "is missing; records of this type hold no port, so give the targets'");
        }

        return new DnsDiscoveryOptions(names, type, port, Refresh(section, TimeSpan.FromSeconds(30), "How often it is asked."));
    }

    private static TimeSpan Refresh(ConfigSection section, TimeSpan fallback, string description) =>
        section.Duration("refresh_interval", fallback, TimeSpan.FromSeconds(1), s_refreshMax, description);
}
