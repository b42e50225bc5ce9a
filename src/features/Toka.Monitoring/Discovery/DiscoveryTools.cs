using System.Net;
using Microsoft.Extensions.Logging;
using Toka.Core.Telemetry;
using Toka.Monitoring.Discovery.Dns;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Discovery;

/// <summary>What discoveries stand on, and how they are made. One a process. Thread-safe.</summary>
/// <param name="self">Counts.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where faults are told.</param>
/// <param name="dnsServers">The servers that DNS is asked of; null for the system's.</param>
public sealed class DiscoveryTools(SelfMetrics self, TimeProvider time, ILogger log, IReadOnlyList<IPEndPoint>? dnsServers = null)
{
    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; } = time;

    /// <summary>Where faults are told.</summary>
    internal ILogger Log { get; } = log;

    /// <summary>What each kind counts.</summary>
    internal DiscoveryMetrics Metrics { get; } = new(self);

    /// <summary>Who is asked for records.</summary>
    private readonly Lazy<DnsResolver> _dns = new(() => new DnsResolver(dnsServers));

    /// <summary>Makes a discovery; it does nothing before it is run.</summary>
    /// <param name="options">The place where targets are found.</param>
    public IDiscovery Make(DiscoveryOptions options) => options switch
    {
        StaticDiscoveryOptions one => new StaticDiscovery(one, this),
        FileDiscoveryOptions one => new FileDiscovery(one, this),
        HttpDiscoveryOptions one => new HttpDiscovery(one, this),
        DnsDiscoveryOptions one => new DnsDiscovery(one, _dns.Value, this),
        _ => throw new ArgumentException($"there is no discovery for {options?.GetType().Name}", nameof(options)),
    };
}
