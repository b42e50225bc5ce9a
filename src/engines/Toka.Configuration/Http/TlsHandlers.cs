using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Toka.Configuration.Http;

/// <summary>Makes the runtime's handler, and another one when a file of <c>tls_config</c> has changed. Thread-safe.</summary>
internal sealed class TlsHandlers : IDisposable
{
    /// <summary>How long a connection may take to be made, TLS included: beyond it a host is not there, whatever the request's own time.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection without requests is kept: longer than the usual interval of scrapes and pushes.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly TlsOptions _tls;
    private readonly ProxyRoute? _proxy;
    private readonly FileContent? _ca;
    private readonly FileContent? _cert;
    private readonly FileContent? _key;
    private HttpMessageInvoker? _current;
    private (string? Ca, string? Cert, string? Key) _made;

    public TlsHandlers(HttpClientOptions options, Func<string, string?> environment)
    {
        _tls = options.Tls;
        _proxy = ProxyRoute.Of(options, environment);
        _ca = FileOf(_tls.CaFile, "tls_config.ca_file");
        _cert = FileOf(_tls.CertFile, "tls_config.cert_file");
        _key = FileOf(_tls.KeyFile, "tls_config.key_file");
    }

    /// <summary>What carries requests now.</summary>
    /// <exception cref="HttpRequestException">A file cannot be read or holds no certificate or key.</exception>
    public HttpMessageInvoker Current()
    {
        var material = (_ca?.Read(out _) ?? _tls.Ca, _cert?.Read(out _) ?? _tls.Cert, _key?.Read(out _) ?? _tls.Key?.Reveal());
        lock (_lock)
        {
            if (_current is null || material != _made)
            {
                // The one before is left to its requests: its idle connections time out, and then it is collected.
                _current = Make(material);
                _made = material;
            }

            return _current;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _current?.Dispose();
        }
    }

    private static FileContent? FileOf(string? path, string key) => path is null ? null : new FileContent(path, key);

    [SuppressMessage("Security", "CA5359:Do Not Disable Certificate Validation", Justification = "insecure_skip_verify asks for it")]
    private HttpMessageInvoker Make((string? Ca, string? Cert, string? Key) material)
    {
        var ssl = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = _tls.Protocols,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (material.Ca is { } ca)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(Certificates(ca, _tls.CaFile is null ? "tls_config.ca" : "tls_config.ca_file"));
            ssl.CertificateChainPolicy = policy;
        }

        if (material is { Cert: { } cert, Key: { } key })
        {
            ssl.ClientCertificateContext = ClientCertificate(cert, key);
        }

        if (_tls.InsecureSkipVerify)
        {
            ssl.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        return new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // OutgoingHttp follows them, with the credentials where they belong.
            UseCookies = false,
            UseProxy = _proxy is not null,
            Proxy = _proxy,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = IdleTimeout,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = null,
            SslOptions = ssl,
        });
    }

    private static X509Certificate2Collection Certificates(string pem, string key)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new HttpRequestException($"{key} is not PEM: {e.Message}", e);
        }

        return certificates.Count > 0 ? certificates : throw new HttpRequestException($"{key} holds no certificate; it must be PEM, with lines BEGIN CERTIFICATE");
    }

    private static SslStreamCertificateContext ClientCertificate(string certificate, string key)
    {
        var chain = Certificates(certificate, "tls_config.cert_file");
        try
        {
            var own = X509Certificate2.CreateFromPem(certificate, key);
            if (OperatingSystem.IsWindows())
            {
                // Windows speaks TLS only with keys that it has stored once.
                using var unstored = own;
                own = X509CertificateLoader.LoadPkcs12(unstored.Export(X509ContentType.Pkcs12), null);
            }

            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new HttpRequestException($"tls_config.key_file is not the key of tls_config.cert_file: {e.Message}", e);
        }
    }
}
