using System.Security.Authentication;
using Toka.Configuration.Binding;

namespace Toka.Configuration.Http;

/// <summary>How TLS is spoken: <c>tls_config</c>. Files are read anew when they change.</summary>
public sealed record TlsOptions
{
    private static readonly (string, TlsVersion?)[] s_versions =
        [("TLS13", TlsVersion.Tls13), ("TLS12", TlsVersion.Tls12), ("TLS11", TlsVersion.Tls11), ("TLS10", TlsVersion.Tls10)];

    /// <summary>The system's authorities, no certificate of one's own, TLS 1.2 and newer.</summary>
    public static TlsOptions Default { get; } = new();

    /// <summary>Certificates of authorities, PEM; null for the system's or <see cref="CaFile"/>.</summary>
    public string? Ca { get; init; }

    /// <summary>The file of <see cref="Ca"/>.</summary>
    public string? CaFile { get; init; }

    /// <summary>The certificate to show to the server, PEM, with those of its chain behind it; null for none or <see cref="CertFile"/>.</summary>
    public string? Cert { get; init; }

    /// <summary>The file of <see cref="Cert"/>.</summary>
    public string? CertFile { get; init; }

    /// <summary>The certificate's key, PEM; null for none or <see cref="KeyFile"/>.</summary>
    public Secret? Key { get; init; }

    /// <summary>The file of <see cref="Key"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The name that the server's certificate must hold; null for the address's.</summary>
    public string? ServerName { get; init; }

    /// <summary>Whether the server's certificate is taken unseen. Default false.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>The oldest version that is taken; null for TLS 1.2.</summary>
    public TlsVersion? MinVersion { get; init; }

    /// <summary>The newest version that is taken; null for the newest that there is.</summary>
    public TlsVersion? MaxVersion { get; init; }

    /// <summary>The versions in the runtime's terms.</summary>
    internal SslProtocols Protocols
    {
        get
        {
            if (MinVersion is null && MaxVersion is null)
            {
                return SslProtocols.None; // The system's choice, which the runtime's documentation asks for.
            }

            var min = MinVersion ?? TlsVersion.Tls12;
            var max = MaxVersion ?? TlsVersion.Tls13;
            var protocols = SslProtocols.None;
            foreach (var (version, protocol) in s_protocols)
            {
                protocols |= version >= min && version <= max ? protocol : SslProtocols.None;
            }

            return protocols;
        }
    }

#pragma warning disable SYSLIB0039, CA5397 // Old versions are taken only where the configuration asks for them by name.
    private static readonly (TlsVersion, SslProtocols)[] s_protocols =
        [(TlsVersion.Tls10, SslProtocols.Tls), (TlsVersion.Tls11, SslProtocols.Tls11), (TlsVersion.Tls12, SslProtocols.Tls12), (TlsVersion.Tls13, SslProtocols.Tls13)];
#pragma warning restore SYSLIB0039, CA5397

    internal static TlsOptions Bind(ConfigSection section)
    {
        var options = new TlsOptions
        {
            Ca = section.OptionalText("ca", null, "Certificates of authorities, PEM."),
            CaFile = section.NeededPath("ca_file", "The file of them."),
            Cert = section.OptionalText("cert", null, "The certificate to show to the server, PEM."),
            CertFile = section.NeededPath("cert_file", "The file of it."),
            Key = section.OptionalSecret("key", "The certificate's key, PEM."),
            KeyFile = section.NeededPath("key_file", "The file of it."),
            ServerName = section.OptionalText("server_name", null, "The name that the server's certificate must hold; sent as the request's host too."),
            InsecureSkipVerify = section.Boolean("insecure_skip_verify", false, "The server's certificate is taken unseen."),
            MinVersion = Version(section, "min_version", "The oldest version that is taken; without it TLS 1.2."),
            MaxVersion = Version(section, "max_version", "The newest version that is taken; without it the newest."),
        };
        SecretManagers.Declare(section, "ca_ref", "cert_ref", "key_ref");
        Either("ca", options.Ca is not null, options.CaFile is not null);
        Either("cert", options.Cert is not null, options.CertFile is not null);
        Either("key", options.Key is not null, options.KeyFile is not null);
        var hasCert = options.Cert is not null || options.CertFile is not null;
        if (hasCert != (options.Key is not null || options.KeyFile is not null))
        {
            section.Fault("", hasCert ? "has a certificate without its key; give key_file" : "has a key without its certificate; give cert_file");
        }

        if ((options.MinVersion ?? TlsVersion.Tls12) > (options.MaxVersion ?? TlsVersion.Tls13))
        {
            section.Fault(section.Has("max_version") ? "max_version" : "min_version", "leaves no version: it lies below min_version, which is TLS12 without the key");
        }

        return options;

        void Either(string key, bool isText, bool isFile)
        {
            if (isText && isFile)
            {
                section.Fault(key + "_file", $"stands beside {key}; remove one");
            }
        }
    }

    private static TlsVersion? Version(ConfigSection section, string key, string description) =>
        section.OptionalChoice(key, s_versions, description);
}

/// <summary>A version of TLS.</summary>
public enum TlsVersion
{
    /// <summary>TLS 1.0.</summary>
    Tls10,

    /// <summary>TLS 1.1.</summary>
    Tls11,

    /// <summary>TLS 1.2.</summary>
    Tls12,

    /// <summary>TLS 1.3.</summary>
    Tls13,
}
