using Toka.Configuration.Binding;
using Toka.Configuration.Http;

namespace Toka.Monitoring.Discovery.Options;

/// <summary>One place where a job's targets are found. Immutable; two are equal when they say the same.</summary>
public abstract record DiscoveryOptions;

/// <summary><c>static_configs</c>: the targets stand in the configuration.</summary>
/// <param name="Groups">All groups of the job.</param>
public sealed record StaticDiscoveryOptions(ValueList<TargetGroup> Groups) : DiscoveryOptions;

/// <summary>One of <c>file_sd_configs</c>: the targets stand in files.</summary>
/// <param name="Files">The files' paths; the last part of each may hold <c>*</c>.</param>
/// <param name="RefreshInterval">How often they are read even if nothing seems changed. Default 5 min.</param>
public sealed record FileDiscoveryOptions(ValueList<string> Files, TimeSpan RefreshInterval) : DiscoveryOptions;

/// <summary>One of <c>http_sd_configs</c>: the targets are asked for.</summary>
/// <param name="Url">The address, http or https.</param>
/// <param name="RefreshInterval">How often. Default 1 min.</param>
/// <param name="Http">How it is asked.</param>
public sealed record HttpDiscoveryOptions(Uri Url, TimeSpan RefreshInterval, HttpClientOptions Http) : DiscoveryOptions;

/// <summary>One of <c>dns_sd_configs</c>: the targets are records of DNS.</summary>
/// <param name="Names">The names that are asked for.</param>
/// <param name="Type">The kind of record. Default SRV.</param>
/// <param name="Port">The port of each target; not for SRV, whose records have their own.</param>
/// <param name="RefreshInterval">How often. Default 30 s.</param>
public sealed record DnsDiscoveryOptions(ValueList<string> Names, DnsRecordType Type, int Port, TimeSpan RefreshInterval) : DiscoveryOptions;

/// <summary>A kind of DNS record.</summary>
public enum DnsRecordType
{
    /// <summary>Services: name and port.</summary>
    Srv,

    /// <summary>Addresses of IPv4.</summary>
    A,

    /// <summary>Addresses of IPv6.</summary>
    Aaaa,

    /// <summary>Mail exchangers.</summary>
    Mx,

    /// <summary>Name servers.</summary>
    Ns,
}
