using System.Globalization;
using System.Net;

namespace Toka.Configuration.Http;

/// <summary>
/// Which proxy a request takes: that of the configuration or of the environment, but for what <c>no_proxy</c> names. Thread-safe.
/// Source: Prometheus and Go's <c>httpproxy</c>: names match themselves and what ends in them, <c>*</c> everything.
/// </summary>
internal sealed class ProxyRoute : IWebProxy
{
    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly List<Spared> _exceptions = [];
    private readonly bool _spareLoopback;

    private ProxyRoute(Uri? http, Uri? https, BasicAuthOptions? auth, string? exceptions, bool spareLoopback)
    {
        _http = http;
        _https = https;
        _spareLoopback = spareLoopback;
        foreach (var text in (exceptions ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            _exceptions.Add(Spared.Parse(text.ToLowerInvariant()));
        }

        Credentials = auth is null ? null : new NetworkCredential(auth.Username, auth.Password?.Reveal());
    }

    /// <inheritdoc/>
    public ICredentials? Credentials { get; set; }

    /// <summary>The route that options ask for; null for none.</summary>
    /// <param name="options">The options.</param>
    /// <param name="environment">Gives an environment variable's value.</param>
    public static ProxyRoute? Of(HttpClientOptions options, Func<string, string?> environment)
    {
        if (options.ProxyUrl is { } url)
        {
            return new ProxyRoute(url, url, options.ProxyAuth, options.NoProxy, spareLoopback: options.NoProxy is not null);
        }

        if (!options.ProxyFromEnvironment)
        {
            return null;
        }

        var http = UriOf(environment("HTTP_PROXY") ?? environment("http_proxy"));
        var https = UriOf(environment("HTTPS_PROXY") ?? environment("https_proxy"));
        if ((http ?? https) is not { } any)
        {
            return null;
        }

        var auth = any.UserInfo.Length > 0 ? BasicAuthOptions.OfUserInfo(any) : null;
        return new ProxyRoute(http, https, auth, environment("NO_PROXY") ?? environment("no_proxy"), spareLoopback: true);
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : ProxyFor(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host)
    {
        var name = host.IdnHost.TrimEnd('.').ToLowerInvariant();
        var address = IPAddress.TryParse(name.Trim('[', ']'), out var parsed) ? parsed : null;
        return ProxyFor(host) is null
            || (_spareLoopback && (name == "localhost" || (address is not null && IPAddress.IsLoopback(address))))
            || _exceptions.Exists(exception => exception.Matches(name, address, host.Port));
    }

    private Uri? ProxyFor(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? _https : _http;

    private static Uri? UriOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var url) ? url : null;
    }

    /// <summary>One part of <c>no_proxy</c>.</summary>
    private sealed record Spared(string Name, IPNetwork? Network, IPAddress? Address, int Port)
    {
        public static Spared Parse(string text)
        {
            if (IPNetwork.TryParse(text, out var network))
            {
                return new Spared("", network, null, 0);
            }

            var port = 0;
            var colon = text.LastIndexOf(':');
            if (colon > 0 && text.IndexOf(':', StringComparison.Ordinal) == colon && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            {
                text = text[..colon];
            }

            return IPAddress.TryParse(text, out var address)
                ? new Spared("", null, address, port)
                : new Spared(text.StartsWith("*.", StringComparison.Ordinal) ? text[1..] : text, null, null, port);
        }

        public bool Matches(string name, IPAddress? address, int port)
        {
            if (Port != 0 && Port != port)
            {
                return false;
            }

            if (Network is { } network)
            {
                return address is not null && network.Contains(address);
            }

            if (Address is not null)
            {
                return Address.Equals(address);
            }

            // ".example.org" is what lies below the name; "example.org" is the name too.
            return Name == "*" || name == Name || name.EndsWith(Name.StartsWith('.') ? Name : "." + Name, StringComparison.Ordinal);
        }
    }
}
